"""What the learners over continuous and over finite actions share: one update around the losses, which are theirs.

Each loss is as its paper has it, differentiated by jax.grad. What a loss holds constant enters it as a plain array. The
order of the parts, and of their draws, is the library's.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from functions import Adam, Noise, mlp
from jax.scipy.special import logsumexp

BATCH = 6


class Frame:
    """A learner gives what its actions decide:

    default_entropy                   of the policy, where no target is given
    state_value(v, s)                 of IQL's value network, B
    q(critics, s, a)                  E x B
    value(s, critics, purpose)        V(s) of the backup and of AWAC's advantage
    log_prob(theta, x)                of the batch's actions; or
    cloning_loss(x, weights)          of a policy without density, a function of theta
    behavior_loss(x)                  of the model of the data, a function of its parameters
    distance(x, theta, side, purpose) the policy's from that model, of each state
    penalized(x)                      what CQL's log-sum-exp is of, a list of E x B x K, a function of critics; and
                                      whether the data's own action is one of them
    diversity(x, critics)             EDAC's sum over pairs of critics, the mean over the batch
    soft_greedy(x)                    E[alpha log pi - min Q] and the entropy, functions of theta
    constrained_greedy(x)             E[min Q] and the distance of each state, functions of theta
    deterministic_greedy(x)           Q and the distance from the data's action of each state, functions of theta
    """

    def __init__(self, algorithm, settings, seed, rng, sizes):
        """`sizes` of flat parameters: of the policies, each critic, the value and the behavior, those there are, and of
        the policy's moving average."""
        self.algorithm, self.s, self.noise = algorithm, settings, Noise(seed)
        self.coverage, self.gradients, self.figures, self.t = {}, {}, {}, 0
        self.nets, self.adam = {}, {}
        behavior = "improvement.divergence.behavior"
        nested = f"{behavior}.optimizer.learning_rate" in settings
        optimizers = {
            "policy": "policy_optimizer",
            "critic": "critics.optimizer",
            "value": "value.optimizer",
            "behavior": f"{behavior}.optimizer" if nested else f"{behavior}_optimizer",
        }
        critics = range(settings.get("critics.size", 0))
        for kind in ("policy", "critic", "target", "value", "behavior", "target_policy", "policy_average"):
            size = sizes.get("critic" if kind == "target" else kind)
            for name in [f"{kind}_{i}" for i in critics] if kind in ("critic", "target") else [kind]:
                if size is not None:
                    self.nets[name] = rng.normal(scale=0.6, size=size)
                    if kind in optimizers:
                        self.adam[name] = Adam(settings, optimizers[kind], size)

        # The logarithms of the temperature and of the dual variables.
        self.alpha = 0.0
        if "improvement.initial_temperature" in settings:
            self.temperature = np.array(math.log(settings["improvement.initial_temperature"]))
            self.adam["temperature"] = Adam(settings, "improvement.temperature_optimizer", ())
        if "improvement.initial_multiplier" in settings:
            self.multiplier = np.array(math.log(settings["improvement.initial_multiplier"]))
            self.adam["multiplier"] = Adam(settings, "improvement.multiplier_optimizer", ())
        if settings.get("penalty.threshold") is not None:
            self.multiplier = np.array(math.log(settings["penalty.initial_multiplier"]))
            self.adam["multiplier"] = Adam(settings, "penalty.multiplier_optimizer", ())

    def cover(self, name, mask):
        """Notes on which sides of a branch the numbers fall, wherever they are not being traced."""
        if not isinstance(mask, jax.core.Tracer):
            self.coverage.setdefault(name, []).append(np.ravel(mask))

    def cover_critics(self, q):
        if len(q) > 1:
            self.cover("first critic is the lower one", q[0] < q[1])

    def covers_every_branch(self):
        shares = {name: np.mean(np.concatenate(masks)) for name, masks in self.coverage.items()}
        return all(0.05 <= share <= 0.95 for share in shares.values())

    def _descend(self, name, loss):
        value, gradient = jax.value_and_grad(loss)(jnp.asarray(self.nets[name]))
        loss(self.nets[name])  # untraced, for the coverage
        self._step(name, gradient)
        return float(value)

    def _step(self, name, gradient):
        self.gradients[name] = self.adam[name].clipped(np.asarray(gradient))  # as the moments see it
        self.nets[name] = self.adam[name].step(self.nets[name], self.gradients[name])
        if name == "policy" and "policy_average" in self.nets:
            self._follow("policy_average", name, self.s["policy_average_rate"])

    def _follow(self, name, followed, rate):
        self.nets[name] = (1 - rate) * self.nets[name] + rate * self.nets[followed]

    def _ascend(self, name, objective):
        value = getattr(self, name)
        gradient = -np.asarray(jax.grad(objective)(jnp.asarray(value)))
        setattr(self, name, np.asarray(self.adam[name].step(value, gradient)))

    def critics(self, kind):
        return [self.nets[f"{kind}_{i}"] for i in range(self.s.get("critics.size", 0))]

    def update(self, batch):
        self.t += 1
        self.noise.drawn, self.gradients, self.figures = [], {}, {}
        self._publish_temperature()
        self.prepare(batch)
        if self.s["actor_first"]:
            self.improve_policy(batch)
            self._publish_temperature()
        if self.critics("critic"):
            self.improve_critics(batch)
        if not self.s["actor_first"]:
            self.improve_policy(batch)
        if self.t % self.s.get("track_every", 1) == 0:
            for i in range(len(self.critics("critic"))):
                self._follow(f"target_{i}", f"critic_{i}", self.s["target_rate"])
            every, first = self.s.get("value.policy_every", 1), self.s.get("value.policy_from", 0)
            if "target_policy" in self.nets and self.t % every == 0 and self.t >= first:
                self._follow("target_policy", "policy", self.s["target_rate"])

    def _publish_temperature(self):
        if "temperature" in self.adam:
            self.alpha = math.exp(self.temperature)

    # Models beside actor and critic.

    def state_value(self, v, s):
        return mlp(v, s, 1)[:, 0]

    def prepare(self, x):
        if "value" in self.nets:  # Kostrikov et al. 2022, equation 5
            q = jnp.min(self.q(self.critics("target"), x["s"], x["a"]), axis=0)
            tau = self.s["value.expectile"]

            def loss(v):
                u = q - self.state_value(v, x["s"])
                self.cover("advantage below zero", u < 0)
                return jnp.mean(jnp.abs(tau - (u < 0)) * u**2)

            self.figures["value_loss"] = self._descend("value", loss)
        if "behavior" in self.nets:
            self.figures["behavior_loss"] = self._descend("behavior", self.behavior_loss(x))

    # The critics.

    def improve_critics(self, x):
        value = self.value(x["next_s"], self.critics("target"), "backup_policy")
        if self.s.get("improvement.value_penalty"):  # the value penalty, Wu et al. 2019, equation 5
            distance = self.distance(x, self.nets["policy"], "next_s", "value_penalty_policy")
            value = value - math.exp(self.multiplier) * distance
        target = x["r"] + self.s["discount"] * (1 - x["d"]) * value

        def bellman(critics):
            error = self.q(critics, x["s"], x["a"]) - target
            if self.s["critic_loss"] == "huber":
                self.cover("Bellman error within the Huber loss's parabola", jnp.abs(error) <= 1)
                error = jnp.where(jnp.abs(error) <= 1, error**2 / 2, jnp.abs(error) - 0.5)
            else:
                error = error**2
            return jnp.sum(jnp.mean(error, axis=1))

        gap = self.conservative(x) if self.algorithm.startswith(("cql", "cal_ql")) else lambda critics: 0.0
        penalty = lambda critics: self.penalty(x, gap, critics)
        critics = [jnp.asarray(w) for w in self.critics("critic")]
        self.figures["critic_loss"] = float(bellman(critics))
        self.figures["penalty"] = float(penalty(critics))
        gradients = jax.grad(lambda w: bellman(w) + penalty(w))(critics)
        if self.algorithm.startswith(("cql", "cal_ql")):
            gaps = gap(critics)
            self.figures["conservative_gap"] = float(jnp.mean(gaps))
            if self.s["penalty.threshold"] is not None:
                self._ascend("multiplier", lambda log: jnp.mean(self.dual(jnp.exp(log), gaps)))
                self.figures["conservative_multiplier"] = math.exp(self.multiplier)
        if self.algorithm == "edac":
            pairs = len(critics) * (len(critics) - 1)
            self.figures["gradient_cosine"] = float(self.diversity(x, critics)) / pairs
        for i, gradient in enumerate(gradients):
            self._step(f"critic_{i}", gradient)

    # CQL: Kumar et al. 2020, equation 4 and appendix F.

    def conservative(self, x):
        penalized, with_data = self.penalized(x)
        temperature = self.s["penalty.temperature"]

        def gap(critics):
            terms = penalized(critics)
            data = self.q(critics, x["s"], x["a"])
            if with_data:
                terms.append(data[:, :, None])
            soft_maximum = temperature * logsumexp(jnp.concatenate(terms, axis=2) / temperature, axis=2)
            gaps = soft_maximum - data
            low, high = self.s["penalty.gap_min"], self.s["penalty.gap_max"]
            if math.isfinite(low) or math.isfinite(high):
                self.cover("gap below its range", gaps < low)
                self.cover("gap above its range", gaps > high)
            return jnp.mean(jnp.clip(gaps, low, high), axis=1)

        return gap

    def dual(self, multiplier, gaps):
        alpha, threshold = self.s["penalty.alpha"], self.s["penalty.threshold"]
        if self.s["penalty.bounded_gap"] == "unweighted":
            return jnp.minimum(multiplier, 1e6) * alpha * (gaps - threshold)
        return jnp.minimum(multiplier, 1e6) * (alpha * gaps - threshold)

    def penalty(self, x, gap, critics):
        if self.algorithm == "edac":  # An et al. 2021, equation 4
            return self.s["penalty.eta"] / (len(critics) - 1) * self.diversity(x, critics)
        if not self.algorithm.startswith(("cql", "cal_ql")):
            return jnp.zeros(())
        if self.s["penalty.threshold"] is None:
            return self.s["penalty.alpha"] * jnp.sum(gap(critics))
        return jnp.sum(self.dual(math.exp(self.multiplier), gap(critics)))

    # The policy.

    def improve_policy(self, x):
        if "policy" not in self.nets:
            self.figures["policy_loss"] = 0.0
            return
        before = jnp.asarray(self.nets["policy"])
        if "temperature" in self.adam:  # Haarnoja et al. 2018, equation 7
            loss, entropy_of = self.soft_greedy(x)
            self.figures["policy_loss"] = self._descend("policy", loss)
            # L(ln alpha) = -ln alpha E[log pi + target entropy], as SAC's code has it
            entropy = entropy_of(before)
            wanted = self.s["improvement.target_entropy"]
            wanted = self.default_entropy if wanted is None else wanted
            self._ascend("temperature", lambda log: log * (wanted - entropy))
            self.figures["entropy"] = float(entropy)
            self.figures["temperature"] = math.exp(self.temperature)
        elif "behavior" in self.nets:  # Kumar et al. 2019, equation 5; Wu et al. 2019, equation 6
            worth, distances = self.constrained_greedy(x)
            multiplier, threshold = math.exp(self.multiplier), self.s["improvement.threshold"]

            def loss(theta):
                value = worth(theta)
                greedy = -value if self.t > self.s["improvement.warm_up"] else 0.0
                return greedy + multiplier * (jnp.mean(distances(theta)) - threshold)

            self.figures["policy_loss"] = self._descend("policy", loss)
            excess = jnp.mean(distances(before)) - threshold
            self.figures["divergence"] = float(jnp.mean(distances(before)))
            if self.s["improvement.learn_multiplier"]:
                self._ascend("multiplier", lambda log: jnp.exp(log) * excess)
                low, high = self.s["improvement.log_multiplier_min"], self.s["improvement.log_multiplier_max"]
                self.multiplier = np.clip(self.multiplier, low, high)
            self.figures["multiplier"] = math.exp(self.multiplier)
        elif "improvement.q_weight" in self.s:  # Fujimoto and Gu 2021, equations 3 to 5
            q, distance = self.deterministic_greedy(x)
            weight = self.s["improvement.q_weight"]
            if self.s["improvement.normalize_q"]:
                weight = weight / float(jnp.mean(jnp.abs(q(before))))
            cloning = self.s["improvement.cloning_weight"]
            loss = lambda theta: jnp.mean(cloning * distance(theta) - weight * q(theta))
            self.figures["policy_loss"] = self._descend("policy", loss)
            self.figures["cloning_distance"] = float(jnp.mean(distance(before)))
            self.figures["q_scale"] = weight
        else:
            weights = self.advantage_weights(x) if "improvement.temperature" in self.s else np.ones(BATCH)
            self.figures["policy_loss"] = self._descend("policy", self.cloning_loss(x, weights))

    def cloning_loss(self, x, weights):
        """A function of theta."""
        return lambda theta: -jnp.mean(weights * self.log_prob(theta, x))

    def advantage_weights(self, x):
        critics = self.critics("target" if "value" in self.nets else "critic")
        baseline = self.value(x["s"], critics, "advantage_policy")
        advantage = np.asarray(jnp.min(self.q(critics, x["s"], x["a"]), axis=0) - baseline)
        ratios = advantage / self.s["improvement.temperature"]
        if self.s["improvement.limit"] == "cap":  # Kostrikov et al. 2022's code
            self.cover("weight at the cap", np.exp(ratios) > self.s["improvement.max_weight"])
            weights = np.minimum(np.exp(ratios), self.s["improvement.max_weight"])
        else:  # Nair et al. 2020's code
            weights = BATCH * np.asarray(jax.nn.softmax(ratios))
        self.figures["advantage_mean"] = float(advantage.mean())
        self.figures["weight_mean"] = float(weights.mean())
        self.figures["weight_max"] = float(weights.max())
        return weights
