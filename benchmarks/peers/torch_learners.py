"""The learners in torch: the same code runs eagerly, with torch's fused Adam, and compiled whole by torch.compile."""

import os

import torch
import work
from torch.nn import functional

# --- networks and policies ---


def mlp(parameters, x):
    *hidden, weight, bias = parameters
    for each in range(0, len(hidden), 2):
        x = functional.relu(functional.linear(x, hidden[each], hidden[each + 1]))
    return functional.linear(x, weight, bias)


def twin(critics, observations, actions):
    """Returns both critics' values."""
    x = torch.cat((observations, actions), -1)
    half = len(critics) // 2
    return mlp(critics[:half], x).squeeze(-1), mlp(critics[half:], x).squeeze(-1)


def least(critics, observations, actions):
    return torch.minimum(*twin(critics, observations, actions))


def tanh_density(noise, log_std, u):
    log_slope = 2 * (work.LOG_TWO - u - functional.softplus(-2 * u))
    return (-0.5 * noise.square() - log_std - work.HALF_LOG_TWO_PI - log_slope).sum(-1)


def tanh_heads(policy, observations):
    mean, log_std = mlp(policy, observations).chunk(2, -1)
    return mean, log_std.clamp(work.LOG_STD_MIN, work.LOG_STD_MAX)


def tanh_draw(policy, observations, count=None):
    """Returns actions and their log-densities: one for each state, or `count`."""
    mean, log_std = tanh_heads(policy, observations)
    if count is not None:
        mean, log_std = mean[:, None], log_std[:, None]
    noise = torch.randn(mean.shape if count is None else (len(mean), count, work.ACTION))
    u = mean + log_std.exp() * noise
    return u.tanh(), tanh_density(noise, log_std, u)


def tanh_log_prob(policy, observations, actions):
    mean, log_std = tanh_heads(policy, observations)
    u = actions.clamp(work.BORDER - 1, 1 - work.BORDER).atanh()
    return tanh_density((u - mean) * (-log_std).exp(), log_std, u)


def gaussian(policy, observations):
    *network, log_std = policy
    return mlp(network, observations).tanh(), log_std.clamp(work.LOG_STD_MIN, work.LOG_STD_MAX)


def gaussian_draw(policy, observations):
    mean, log_std = gaussian(policy, observations)
    return (mean + log_std.exp() * torch.randn(mean.shape)).clamp(-1, 1)


def gaussian_log_prob(policy, observations, actions):
    mean, log_std = gaussian(policy, observations)
    noise = (actions - mean) * (-log_std).exp()
    return (-0.5 * noise.square() - log_std - work.HALF_LOG_TWO_PI).sum(-1)


# --- steps ---


class EagerNetwork:
    """Parameters and their optimizer, with gradients by autograd's tape."""

    def __init__(self, parameters, rate):
        self.parameters = [each.requires_grad_() for each in parameters]
        self.optimizer = torch.optim.Adam(self.parameters, lr=rate, fused=True)

    def improve(self, loss):
        """Takes one step of Adam; returns the loss and what else the function `loss` returns."""
        value, extra = loss(self.parameters)
        # Without `inputs`, the loss of a policy would also cost the gradients of the critics' parameters.
        value.backward(inputs=self.parameters)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return value.detach(), extra

    def step(self, gradients):
        for parameter, gradient in zip(self.parameters, gradients):
            parameter.grad = gradient
        self.optimizer.step()
        self.optimizer.zero_grad()


class CompiledNetwork:
    """Parameters and Adam's moments as plain tensors, so that a step is part of the compiled update."""

    def __init__(self, parameters, rate):
        self.parameters = parameters
        self.first = [torch.zeros_like(each) for each in parameters]
        self.second = [torch.zeros_like(each) for each in parameters]
        self.steps = torch.zeros(())  # a tensor: for each value of a number the update would be compiled anew
        self.rate = rate

    def improve(self, loss):
        gradients, (value, extra) = torch.func.grad_and_value(loss, has_aux=True)(self.parameters)
        self.step(gradients)
        return value, extra

    def step(self, gradients):
        self.steps.add_(1)
        root = (1 - work.BETA2**self.steps).sqrt()
        step_size = self.rate * root / (1 - work.BETA1**self.steps)
        for parameter, gradient, first, second in zip(self.parameters, gradients, self.first, self.second):
            first.lerp_(gradient, 1 - work.BETA1)
            second.mul_(work.BETA2).add_((1 - work.BETA2) * gradient.square())
            parameter.sub_(step_size * first / (second.sqrt() + work.EPSILON * root))


class Learner:
    """What the learners share: their networks and the steps of the critics and their targets."""

    def __init__(self, learner, network_type):
        self.batch = {name: torch.from_numpy(array) for name, array in work.batch().items()}
        for name, arrays in work.networks(learner).items():
            # torch's layers hold the transposed weights.
            parameters = [torch.from_numpy(each).t().clone(memory_format=torch.contiguous_format) for each in arrays]
            rate = work.policy_learning_rate(learner) if name == "policy" else work.LEARNING_RATE
            setattr(self, name, network_type(parameters, rate))
        if learner != "Bc":
            self.targets = [each.detach().clone() for each in self.critics.parameters]

    def improve_critics(self, next_values, penalty=None):
        observations, actions = self.batch["observations"], self.batch["actions"]
        y = self.batch["rewards"] + work.CONTINUATION * next_values

        def loss(critics):
            q = twin(critics, observations, actions)
            total = sum((each - y).square().mean() for each in q)
            return total + (penalty(critics, q) if penalty else 0), ()

        return self.critics.improve(loss)[0]

    @torch.no_grad()
    def track(self):
        torch._foreach_lerp_(self.targets, self.critics.parameters, work.TARGET_RATE)


# --- learners: an update returns the losses ---


class Bc(Learner):
    def update(self):
        def loss(policy):
            return -tanh_log_prob(policy, self.batch["observations"], self.batch["actions"]).mean(), ()

        return {"policy": self.policy.improve(loss)[0]}


class Sac(Learner):
    soft_backup = True

    def penalty(self):
        return None

    def update(self):
        observations, next_observations = self.batch["observations"], self.batch["next_observations"]
        with torch.no_grad():
            temperature = self.log_temperature.parameters[0].exp()
            actions, log_probs = tanh_draw(self.policy.parameters, next_observations)
            next_values = least(self.targets, next_observations, actions)
            if self.soft_backup:
                next_values = next_values - temperature * log_probs
            penalty = self.penalty()
        critic_loss = self.improve_critics(next_values, penalty)

        def loss(policy):
            actions, log_probs = tanh_draw(policy, observations)
            values = least(self.critics.parameters, observations, actions)
            return (temperature * log_probs - values).mean(), -log_probs.mean().detach()

        policy_loss, entropy = self.policy.improve(loss)
        self.log_temperature.step([entropy - work.TARGET_ENTROPY])
        self.track()
        return {"critics": critic_loss, "policy": policy_loss}


class Cql(Sac):
    soft_backup = False

    def penalty(self):
        """Returns the penalty as a function of the critics' parameters and of their values of the batch."""
        count = work.CONSERVATIVE_SAMPLES
        drawn, log_probs = tanh_draw(self.policy.parameters, self.batch["observations"], count)
        next_drawn, next_log_probs = tanh_draw(self.policy.parameters, self.batch["next_observations"], count)
        uniform = 2 * torch.rand(drawn.shape) - 1
        actions = torch.cat((uniform, drawn, next_drawn), 1)
        uniform_log_probs = torch.full_like(log_probs, work.UNIFORM_LOG_DENSITY)
        log_densities = torch.cat((uniform_log_probs, log_probs, next_log_probs), 1)
        observations = self.batch["observations"][:, None].expand(-1, actions.shape[1], -1)

        def penalty(critics, q_data):
            gaps = (
                ((q - log_densities).logsumexp(1) - own).mean()
                for q, own in zip(twin(critics, observations, actions), q_data)
            )
            return work.CONSERVATIVE_WEIGHT * sum(gaps)

        return penalty


class WeightedCloning(Learner):
    def clone_weighted(self, advantages):
        weights = (work.INVERSE_TEMPERATURE * advantages).exp().clamp(max=work.LARGEST_WEIGHT)

        def loss(policy):
            log_probs = gaussian_log_prob(policy, self.batch["observations"], self.batch["actions"])
            return -(weights * log_probs).mean(), ()

        return self.policy.improve(loss)[0]


class Awac(WeightedCloning):
    def update(self):
        observations, next_observations = self.batch["observations"], self.batch["next_observations"]
        with torch.no_grad():
            next_actions = gaussian_draw(self.policy.parameters, next_observations)
            next_values = least(self.targets, next_observations, next_actions)
        critic_loss = self.improve_critics(next_values)
        with torch.no_grad():
            actions = gaussian_draw(self.policy.parameters, observations)
            advantages = least(self.critics.parameters, observations, self.batch["actions"])
            advantages = advantages - least(self.critics.parameters, observations, actions)
        policy_loss = self.clone_weighted(advantages)
        self.track()
        return {"critics": critic_loss, "policy": policy_loss}


class Iql(WeightedCloning):
    def update(self):
        observations = self.batch["observations"]
        with torch.no_grad():
            q = least(self.targets, observations, self.batch["actions"])

        def loss(value):
            u = q - mlp(value, observations).squeeze(-1)
            return (torch.where(u < 0, 1 - work.EXPECTILE, work.EXPECTILE) * u.square()).mean(), ()

        value_loss, _ = self.value.improve(loss)
        with torch.no_grad():
            next_values = mlp(self.value.parameters, self.batch["next_observations"]).squeeze(-1)
        critic_loss = self.improve_critics(next_values)
        with torch.no_grad():
            advantages = q - mlp(self.value.parameters, observations).squeeze(-1)
        policy_loss = self.clone_weighted(advantages)
        self.track()
        return {"value": value_loss, "critics": critic_loss, "policy": policy_loss}


TYPES = {"Bc": Bc, "Sac": Sac, "Awac": Awac, "Iql": Iql, "Cql": Cql}


def make(library, learner):
    """Returns a function that makes so many calls and returns the last losses, and the number of updates in a call."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(3)
    compile_it = library == "torch_compile"
    update = TYPES[learner](learner, CompiledNetwork if compile_it else EagerNetwork).update
    if compile_it:
        torch._dynamo.reset()
        update = torch.compile(update, fullgraph=True)

    def calls(count):
        for _ in range(count):
            losses = update()
        return {name: float(loss) for name, loss in losses.items()}

    return calls, 1
