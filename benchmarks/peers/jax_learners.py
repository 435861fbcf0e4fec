"""The learners in JAX: an update is one pure function of a state, which is compiled whole."""

import jax
import jax.numpy as jnp
import work

# --- networks and policies ---


def mlp(parameters, x):
    *hidden, weight, bias = parameters
    for each in range(0, len(hidden), 2):
        x = jax.nn.relu(x @ hidden[each] + hidden[each + 1])
    return x @ weight + bias


def twin(critics, observations, actions):
    """Returns both critics' values."""
    x = jnp.concatenate((observations, actions), -1)
    half = len(critics) // 2
    return mlp(critics[:half], x)[..., 0], mlp(critics[half:], x)[..., 0]


def least(critics, observations, actions):
    return jnp.minimum(*twin(critics, observations, actions))


def tanh_density(noise, log_std, u):
    log_slope = 2 * (work.LOG_TWO - u - jax.nn.softplus(-2 * u))
    return jnp.sum(-0.5 * jnp.square(noise) - log_std - work.HALF_LOG_TWO_PI - log_slope, -1)


def tanh_heads(policy, observations):
    mean, log_std = jnp.split(mlp(policy, observations), 2, -1)
    return mean, jnp.clip(log_std, work.LOG_STD_MIN, work.LOG_STD_MAX)


def tanh_draw(policy, observations, key, count=None):
    """Returns actions and their log-densities: one for each state, or `count`."""
    mean, log_std = tanh_heads(policy, observations)
    if count is not None:
        mean, log_std = mean[:, None], log_std[:, None]
    noise = jax.random.normal(key, mean.shape if count is None else (len(mean), count, work.ACTION))
    u = mean + jnp.exp(log_std) * noise
    return jnp.tanh(u), tanh_density(noise, log_std, u)


def tanh_log_prob(policy, observations, actions):
    mean, log_std = tanh_heads(policy, observations)
    u = jnp.arctanh(jnp.clip(actions, work.BORDER - 1, 1 - work.BORDER))
    return tanh_density((u - mean) * jnp.exp(-log_std), log_std, u)


def gaussian(policy, observations):
    *network, log_std = policy
    return jnp.tanh(mlp(network, observations)), jnp.clip(log_std, work.LOG_STD_MIN, work.LOG_STD_MAX)


def gaussian_draw(policy, observations, key):
    mean, log_std = gaussian(policy, observations)
    return jnp.clip(mean + jnp.exp(log_std) * jax.random.normal(key, mean.shape), -1, 1)


def gaussian_log_prob(policy, observations, actions):
    mean, log_std = gaussian(policy, observations)
    noise = (actions - mean) * jnp.exp(-log_std)
    return jnp.sum(-0.5 * jnp.square(noise) - log_std - work.HALF_LOG_TWO_PI, -1)


# --- steps ---


def trained(parameters):
    zeros = [jnp.zeros_like(each) for each in parameters]
    return {"parameters": parameters, "first": zeros, "second": zeros, "steps": jnp.zeros(())}


def adam(network, gradients, rate):
    steps = network["steps"] + 1
    step_size = rate * jnp.sqrt(1 - work.BETA2**steps) / (1 - work.BETA1**steps)
    epsilon = work.EPSILON * jnp.sqrt(1 - work.BETA2**steps)
    first = [work.BETA1 * m + (1 - work.BETA1) * g for m, g in zip(network["first"], gradients)]
    second = [work.BETA2 * v + (1 - work.BETA2) * g * g for v, g in zip(network["second"], gradients)]
    moved = [
        parameter - step_size * m / (jnp.sqrt(v) + epsilon)
        for parameter, m, v in zip(network["parameters"], first, second)
    ]
    return {"parameters": moved, "first": first, "second": second, "steps": steps}


def improve(network, loss, rate=work.LEARNING_RATE):
    """Takes one step of Adam; returns the network, the loss and what else the function `loss` returns."""
    (value, extra), gradients = jax.value_and_grad(loss, has_aux=True)(network["parameters"])
    return adam(network, gradients, rate), value, extra


def track(targets, critics):
    return [target + work.TARGET_RATE * (online - target) for target, online in zip(targets, critics["parameters"])]


def improve_critics(critics, batch, next_values, penalty=None):
    y = batch["rewards"] + work.CONTINUATION * next_values

    def loss(parameters):
        q = twin(parameters, batch["observations"], batch["actions"])
        total = sum(jnp.mean(jnp.square(each - y)) for each in q)
        return total + (penalty(parameters, q) if penalty else 0), ()

    critics, value, _ = improve(critics, loss)
    return critics, value


# --- learners: functions of the state and the batch, which return the new state and the losses ---


def bc(state, batch):
    def loss(policy):
        return -jnp.mean(tanh_log_prob(policy, batch["observations"], batch["actions"])), ()

    policy, value, _ = improve(state["policy"], loss)
    return {**state, "policy": policy}, {"policy": value}


def soft_update(state, batch, soft_backup, penalty_of, policy_rate):
    """The update of SAC, and with a penalty that of CQL."""
    key, next_key, policy_key, penalty_key = jax.random.split(state["key"], 4)
    policy, targets = state["policy"]["parameters"], state["targets"]
    temperature = jnp.exp(state["log_temperature"]["parameters"][0])

    actions, log_probs = tanh_draw(policy, batch["next_observations"], next_key)
    next_values = least(targets, batch["next_observations"], actions)
    if soft_backup:
        next_values -= temperature * log_probs
    penalty = penalty_of(policy, batch, penalty_key) if penalty_of else None
    critics, critic_loss = improve_critics(state["critics"], batch, next_values, penalty)

    def loss(policy):
        actions, log_probs = tanh_draw(policy, batch["observations"], policy_key)
        values = least(critics["parameters"], batch["observations"], actions)
        return jnp.mean(temperature * log_probs - values), -jnp.mean(log_probs)

    policy, policy_loss, entropy = improve(state["policy"], loss, policy_rate)
    log_temperature = adam(state["log_temperature"], [entropy - work.TARGET_ENTROPY], work.LEARNING_RATE)
    state = {
        "key": key,
        "policy": policy,
        "critics": critics,
        "targets": track(targets, critics),
        "log_temperature": log_temperature,
    }
    return state, {"critics": critic_loss, "policy": policy_loss}


def sac(state, batch):
    return soft_update(state, batch, True, None, work.policy_learning_rate("Sac"))


def conservative(policy, batch, key):
    """Returns CQL's penalty as a function of the critics' parameters and of their values of the batch."""
    uniform_key, key, next_key = jax.random.split(key, 3)
    count = work.CONSERVATIVE_SAMPLES
    drawn, log_probs = tanh_draw(policy, batch["observations"], key, count)
    next_drawn, next_log_probs = tanh_draw(policy, batch["next_observations"], next_key, count)
    uniform = jax.random.uniform(uniform_key, drawn.shape, minval=-1, maxval=1)
    actions = jnp.concatenate((uniform, drawn, next_drawn), 1)
    uniform_log_probs = jnp.full_like(log_probs, work.UNIFORM_LOG_DENSITY)
    log_densities = jnp.concatenate((uniform_log_probs, log_probs, next_log_probs), 1)
    observations = jnp.broadcast_to(batch["observations"][:, None], (*actions.shape[:2], work.OBSERVATION))

    def penalty(critics, q_data):
        gaps = (
            jnp.mean(jax.nn.logsumexp(q - log_densities, 1) - own)
            for q, own in zip(twin(critics, observations, actions), q_data)
        )
        return work.CONSERVATIVE_WEIGHT * sum(gaps)

    return penalty


def cql(state, batch):
    return soft_update(state, batch, False, conservative, work.policy_learning_rate("Cql"))


def clone_weighted(policy, batch, advantages):
    weights = jnp.minimum(jnp.exp(work.INVERSE_TEMPERATURE * advantages), work.LARGEST_WEIGHT)

    def loss(parameters):
        return -jnp.mean(weights * gaussian_log_prob(parameters, batch["observations"], batch["actions"])), ()

    policy, value, _ = improve(policy, loss)
    return policy, value


def awac(state, batch):
    key, next_key, baseline_key = jax.random.split(state["key"], 3)
    policy, targets = state["policy"]["parameters"], state["targets"]
    next_actions = gaussian_draw(policy, batch["next_observations"], next_key)
    next_values = least(targets, batch["next_observations"], next_actions)
    critics, critic_loss = improve_critics(state["critics"], batch, next_values)

    observations = batch["observations"]
    baseline = least(critics["parameters"], observations, gaussian_draw(policy, observations, baseline_key))
    advantages = least(critics["parameters"], observations, batch["actions"]) - baseline
    policy, policy_loss = clone_weighted(state["policy"], batch, advantages)
    state = {"key": key, "policy": policy, "critics": critics, "targets": track(targets, critics)}
    return state, {"critics": critic_loss, "policy": policy_loss}


def iql(state, batch):
    targets, observations = state["targets"], batch["observations"]
    q = least(targets, observations, batch["actions"])

    def loss(value):
        u = q - mlp(value, observations)[:, 0]
        return jnp.mean(jnp.where(u < 0, 1 - work.EXPECTILE, work.EXPECTILE) * jnp.square(u)), ()

    value, value_loss, _ = improve(state["value"], loss)
    next_values = mlp(value["parameters"], batch["next_observations"])[:, 0]
    critics, critic_loss = improve_critics(state["critics"], batch, next_values)
    advantages = q - mlp(value["parameters"], observations)[:, 0]
    policy, policy_loss = clone_weighted(state["policy"], batch, advantages)
    state = {**state, "policy": policy, "critics": critics, "value": value, "targets": track(targets, critics)}
    return state, {"value": value_loss, "critics": critic_loss, "policy": policy_loss}


UPDATES = {"Bc": bc, "Sac": sac, "Awac": awac, "Iql": iql, "Cql": cql}


def initial_state(learner):
    parameters = {name: [jnp.array(each) for each in arrays] for name, arrays in work.networks(learner).items()}
    state = {name: trained(arrays) for name, arrays in parameters.items()}
    state["key"] = jax.random.key(3)
    if "critics" in parameters:
        state["targets"] = parameters["critics"]
    # Copied, since a compiled update takes over the memory of its state, so that no two entries may share any.
    return jax.tree.map(jnp.array, state)


def make(library, learner):
    """Returns a function that makes so many calls and returns the last losses, and the number of updates in a call."""
    batch = {name: jnp.array(array) for name, array in work.batch().items()}
    update = UPDATES[learner]

    def scanned(state, batch):
        state, losses = jax.lax.scan(lambda state, _: update(state, batch), state, length=work.SCAN_LENGTH)
        return state, jax.tree.map(lambda each: each[-1], losses)

    together = work.SCAN_LENGTH if library == "jax_scan" else 1
    compiled = jax.jit(scanned if library == "jax_scan" else update, donate_argnums=0)
    state = initial_state(learner)

    def calls(count):
        nonlocal state
        for _ in range(count):
            state, losses = compiled(state, batch)
        jax.block_until_ready(state)
        return {name: float(loss) for name, loss in losses.items()}

    return calls, together
