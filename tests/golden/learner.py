"""One learner's update: each loss as its paper has it, differentiated by jax.grad.

What a loss holds constant enters it as a plain array. The order of the parts, and of their draws, is the library's.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from functions import ACTION, OBSERVATION, Adam, Gaussian, Noise, TanhGaussian, Vae, mlp, mlp_size, mmd, q_values
from jax.scipy.special import logsumexp

BATCH, CRITICS = 6, 2
SOFT_GREEDY = ("sac", "sac_no_entropy", "cql", "cql_entropy", "cql_maximum")
MAXIMUM = ("bear", "cql_maximum")
GAUSSIAN = ("awac", "iql")


class Learner:
    def __init__(self, algorithm, settings, seed, rng):
        self.algorithm, self.s, self.noise = algorithm, settings, Noise(seed)
        self.coverage, self.gradients, self.figures, self.t = {}, {}, {}, 0
        self.policy = (Gaussian if algorithm in GAUSSIAN else TanhGaussian)(settings, self.cover)
        self.nets = {"policy": self._draw(rng, self.policy.size)}
        if algorithm in GAUSSIAN:
            self.nets["policy"][-ACTION:] = (-1.5, -0.4)
        if algorithm != "bc":
            for i in range(CRITICS):
                self.nets[f"critic_{i}"] = self._draw(rng, mlp_size(OBSERVATION + ACTION, 1))
            for i in range(CRITICS):
                self.nets[f"target_{i}"] = self._draw(rng, mlp_size(OBSERVATION + ACTION, 1))
        optimizers = {"policy": "policy_optimizer", "critic_0": "critics.optimizer", "critic_1": "critics.optimizer"}
        if algorithm == "iql":
            self.nets["value"] = self._draw(rng, mlp_size(OBSERVATION, 1))
            optimizers["value"] = "value.optimizer"
        if algorithm == "bear":
            self.vae = Vae(settings, self.cover)
            self.nets["behavior"] = self._draw(rng, self.vae.size)
            optimizers["behavior"] = "improvement.divergence.behavior.optimizer"
        if algorithm == "brac":
            self.nets["behavior"] = self._draw(rng, self.policy.size)
            optimizers["behavior"] = "improvement.divergence.behavior_optimizer"
        self.adam = {n: Adam(settings, p, self.nets[n].size) for n, p in optimizers.items() if n in self.nets}

        # The logarithms of the temperature and of the dual variables.
        if algorithm in SOFT_GREEDY:
            self.temperature = np.array(math.log(settings["improvement.initial_temperature"]))
            self.adam["temperature"] = Adam(settings, "improvement.temperature_optimizer", ())
        if algorithm in ("bear", "brac"):
            self.multiplier = np.array(math.log(settings["improvement.initial_multiplier"]))
            self.adam["multiplier"] = Adam(settings, "improvement.multiplier_optimizer", ())
        if settings.get("penalty.threshold") is not None:
            self.multiplier = np.array(math.log(settings["penalty.initial_multiplier"]))
            self.adam["multiplier"] = Adam(settings, "penalty.multiplier_optimizer", ())

    @staticmethod
    def _draw(rng, size):
        return rng.normal(scale=0.6, size=size)

    def cover(self, name, mask):
        """Notes on which sides of a branch the numbers fall, wherever they are not being traced."""
        if not isinstance(mask, jax.core.Tracer):
            self.coverage.setdefault(name, []).append(np.ravel(mask))

    def covers_every_branch(self):
        shares = {name: np.mean(np.concatenate(masks)) for name, masks in self.coverage.items()}
        return all(0.05 <= share <= 0.95 for share in shares.values())

    def _descend(self, name, loss, scale=1.0):
        value, gradient = jax.value_and_grad(loss)(jnp.asarray(self.nets[name]))
        loss(self.nets[name])  # untraced, for the coverage
        self.gradients[name] = np.asarray(gradient)
        self.nets[name] = self.adam[name].step(self.nets[name], self.gradients[name], scale)
        return float(value)

    def _ascend(self, name, objective):
        value = getattr(self, name)
        gradient = -np.asarray(jax.grad(objective)(jnp.asarray(value)))
        setattr(self, name, np.asarray(self.adam[name].step(value, gradient)))

    def _critics(self, kind):
        return [self.nets[f"{kind}_{i}"] for i in range(CRITICS)] if self.algorithm != "bc" else []

    def update(self, batch):
        self.t += 1
        self.noise.drawn, self.gradients, self.figures = [], {}, {}
        self.alpha = math.exp(self.temperature) if self.algorithm in SOFT_GREEDY else 0.0
        self.prepare(batch)
        if self.s["actor_first"]:
            self.improve_policy(batch)
            self.alpha = math.exp(self.temperature)
        if self.algorithm != "bc":
            self.improve_critics(batch)
        if not self.s["actor_first"]:
            self.improve_policy(batch)
        rate = self.s["target_rate"]
        for i in range(len(self._critics("critic"))):
            self.nets[f"target_{i}"] = (1 - rate) * self.nets[f"target_{i}"] + rate * self.nets[f"critic_{i}"]

    # Models beside actor and critic.

    def prepare(self, x):
        if self.algorithm == "iql":  # Kostrikov et al. 2022, equation 5
            q = jnp.min(q_values(self._critics("target"), x["s"], x["a"]), axis=0)
            tau = self.s["value.expectile"]

            def loss(v):
                u = q - mlp(v, x["s"], 1)[:, 0]
                self.cover("advantage below zero", u < 0)
                return jnp.mean(jnp.abs(tau - (u < 0)) * u**2)

            self.figures["value_loss"] = self._descend("value", loss)
        if self.algorithm == "bear":
            noise = self.noise.normal("training_latents", BATCH, self.vae.latent)
            self.figures["behavior_loss"] = self._descend(
                "behavior", lambda flat: self.vae.loss(flat, x["s"], x["a"], noise)
            )
        if self.algorithm == "brac":
            self.figures["behavior_loss"] = self._descend(
                "behavior", lambda theta: -jnp.mean(self.policy.log_prob(theta, x["s"], x["a"]))
            )

    # V(s) of the backup (and of AWAC's advantage).

    def value(self, s, critics, purpose):
        if self.algorithm == "iql":
            return mlp(self.nets["value"], s, 1)[:, 0]
        k = self.s["value.samples"]
        noise = self.noise.normal(purpose, BATCH * k, ACTION)
        states = np.repeat(s, k, axis=0)
        actions, log_probs, _ = self.policy.sample(self.nets["policy"], states, noise)
        q = q_values(critics, states, actions)
        self.cover("first critic is the lower one", q[0] < q[1])
        if self.algorithm in MAXIMUM:  # soft clipped double Q, and the best of the draws
            weight = self.s["value.minimum_weight"]
            mix = lambda values: weight * jnp.min(values, axis=0) + (1 - weight) * jnp.max(values, axis=0)
            best_of_mixed = jnp.max(mix(q).reshape(BATCH, k), axis=1)
            mixed_best = mix(jnp.max(q.reshape(CRITICS, BATCH, k), axis=2))
            self.cover("the order of critics and actions matters", best_of_mixed != mixed_best)
            return mixed_best if self.s["value.per_critic"] else best_of_mixed
        value = jnp.min(q, axis=0)
        if self.algorithm in ("sac", "cql_entropy"):
            value = value - self.alpha * log_probs
        return jnp.mean(value.reshape(BATCH, k), axis=1)

    def kullback_leibler(self, theta, s, noise):
        """Of each of the draws: log pi - log beta."""
        actions, log_probs, u = self.policy.sample(theta, s, noise)
        return actions, log_probs - self.policy.density(self.nets["behavior"], s, u)

    def improve_critics(self, x):
        value = self.value(x["next_s"], self._critics("target"), "backup_policy")
        if self.algorithm == "brac":  # the value penalty, Wu et al. 2019, equation 5
            m = self.s["improvement.samples"]
            noise = self.noise.normal("charge_policy", BATCH * m, ACTION)
            _, ratios = self.kullback_leibler(self.nets["policy"], np.repeat(x["next_s"], m, axis=0), noise)
            value = value - math.exp(self.multiplier) * jnp.mean(ratios.reshape(BATCH, m), axis=1)
        target = x["r"] + self.s["discount"] * (1 - x["d"]) * value

        def bellman(critics):
            error = q_values(critics, x["s"], x["a"]) - target
            if self.s["critic_loss"] == "huber":
                self.cover("Bellman error within the Huber loss's parabola", jnp.abs(error) <= 1)
                error = jnp.where(jnp.abs(error) <= 1, error**2 / 2, jnp.abs(error) - 0.5)
            else:
                error = error**2
            return jnp.sum(jnp.mean(error, axis=1))

        gap = self.conservative(x) if self.algorithm.startswith("cql") else lambda critics: 0.0
        penalty = lambda critics: self.penalty(gap, critics)
        critics = [jnp.asarray(w) for w in self._critics("critic")]
        self.figures["critic_loss"] = float(bellman(critics))
        self.figures["penalty"] = float(penalty(critics))
        gradients = jax.grad(lambda w: bellman(w) + penalty(w))(critics)
        if self.algorithm.startswith("cql"):
            gaps = gap(critics)
            self.figures["conservative_gap"] = float(jnp.mean(gaps))
            if self.s["penalty.threshold"] is not None:
                self._ascend("multiplier", lambda log: jnp.mean(self.dual(jnp.exp(log), gaps)))
                self.figures["conservative_multiplier"] = math.exp(self.multiplier)
        for i in range(CRITICS):
            name = f"critic_{i}"
            self.gradients[name] = np.asarray(gradients[i])
            self.nets[name] = self.adam[name].step(self.nets[name], self.gradients[name])

    # CQL: Kumar et al. 2020, equation 4 and appendix F.

    def conservative(self, x):
        n, temperature = self.s["penalty.samples"], self.s["penalty.temperature"]
        weigh = self.s["penalty.importance_sampling"]
        uniform = self.noise.uniform("penalty_actions", BATCH * n, ACTION)
        blocks, densities = [uniform], [np.full(BATCH * n, ACTION * math.log(0.5))]
        for side in ("s", "next_s"):
            noise = self.noise.normal(f"penalty_policy_at_{side}", BATCH * n, ACTION)
            a, log_probs, _ = self.policy.sample(self.nets["policy"], np.repeat(x[side], n, axis=0), noise)
            blocks.append(a)
            densities.append(log_probs)
        states = np.repeat(x["s"], n, axis=0)

        def gap(critics):
            terms = [
                (q_values(critics, states, a) - (log_p if weigh else 0.0)).reshape(CRITICS, BATCH, n)
                for a, log_p in zip(blocks, densities)
            ]
            data = q_values(critics, x["s"], x["a"])
            if not weigh:
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

    def penalty(self, gap, critics):
        if not self.algorithm.startswith("cql"):
            return jnp.zeros(())
        if self.s["penalty.threshold"] is None:
            return self.s["penalty.alpha"] * jnp.sum(gap(critics))
        return jnp.sum(self.dual(math.exp(self.multiplier), gap(critics)))

    # The policy.

    def improve_policy(self, x):
        decay = self.s["policy_decay_steps"]
        scale = 0.5 * (1 + math.cos(math.pi * (self.t - 1) / decay)) if decay else 1.0
        if self.algorithm in SOFT_GREEDY:
            loss = self.soft_greedy(x)
        elif self.algorithm in ("bear", "brac"):
            loss = self.constrained_greedy(x)
        else:
            weights = np.ones(BATCH) if self.algorithm == "bc" else self.advantage_weights(x)
            loss = lambda theta: -jnp.mean(weights * self.policy.log_prob(theta, x["s"], x["a"]))
        before = jnp.asarray(self.nets["policy"])
        self.figures["policy_loss"] = self._descend("policy", loss, scale)
        if self.algorithm in ("bc", "brac"):
            self.figures["clamped_share"] = float(np.mean(np.abs(x["a"]) > 1 - self.s["policy.border"]))
        if self.algorithm in SOFT_GREEDY:  # L(ln alpha) = -ln alpha E[log pi + target entropy], as SAC's code has it
            entropy = -jnp.mean(self.log_probs(before))
            wanted = self.s["improvement.target_entropy"]
            wanted = -ACTION if wanted is None else wanted
            self._ascend("temperature", lambda log: log * (wanted - entropy))
            self.figures["entropy"] = float(entropy)
            self.figures["temperature"] = math.exp(self.temperature)
        if self.algorithm in ("bear", "brac"):
            excess = jnp.mean(self.distances(before)) - self.s["improvement.threshold"]
            self.figures["divergence"] = float(jnp.mean(self.distances(before)))
            if self.s["improvement.learn_multiplier"]:
                self._ascend("multiplier", lambda log: jnp.exp(log) * excess)
                low, high = self.s["improvement.log_multiplier_min"], self.s["improvement.log_multiplier_max"]
                self.multiplier = np.clip(self.multiplier, low, high)
            self.figures["multiplier"] = math.exp(self.multiplier)

    def soft_greedy(self, x):  # Haarnoja et al. 2018, equation 7
        k = self.s["improvement.samples"]
        noise = self.noise.normal("improvement_policy", BATCH * k, ACTION)
        states = np.repeat(x["s"], k, axis=0)
        self.log_probs = lambda theta: self.policy.sample(theta, states, noise)[1]

        def loss(theta):
            actions, log_probs, _ = self.policy.sample(theta, states, noise)
            q = q_values(self._critics("critic"), states, actions)
            self.cover("first critic is the lower one", q[0] < q[1])
            return jnp.mean(self.alpha * log_probs - jnp.min(q, axis=0))

        return loss

    def constrained_greedy(self, x):  # Kumar et al. 2019, equation 5; Wu et al. 2019, equation 6
        m = self.s["improvement.samples"]
        noise = self.noise.normal("improvement_policy", BATCH * m, ACTION)
        states = np.repeat(x["s"], m, axis=0)
        if self.algorithm == "bear":
            n = self.s["improvement.divergence.behavior_samples"]
            latents = self.noise.normal("behavior_latents", BATCH * n, self.vae.latent)
            draws = self.vae.sample(self.nets["behavior"], np.repeat(x["s"], n, axis=0), latents)
            draws = draws.reshape(BATCH, n, ACTION)
            kernel, width = self.s["improvement.divergence.kernel"], self.s["improvement.divergence.width"]

            def distances(theta):
                u = self.policy.sample(theta, states, noise)[2].reshape(BATCH, m, ACTION)
                return jnp.stack([mmd(kernel, width, draws[b], u[b]) for b in range(BATCH)])

        else:
            distances = lambda theta: self.kullback_leibler(theta, states, noise)[1]
        self.distances = distances
        multiplier = math.exp(self.multiplier)

        def loss(theta):
            actions = self.policy.sample(theta, states, noise)[0]
            q = q_values(self._critics("critic"), states, actions)
            self.cover("first critic is the lower one", q[0] < q[1])
            greedy = -jnp.mean(jnp.min(q, axis=0)) if self.t > self.s["improvement.warm_up"] else 0.0
            return greedy + multiplier * (jnp.mean(distances(theta)) - self.s["improvement.threshold"])

        return loss

    def advantage_weights(self, x):
        critics = self._critics("target" if self.algorithm == "iql" else "critic")
        baseline = self.value(x["s"], critics, "advantage_policy")
        advantage = np.asarray(jnp.min(q_values(critics, x["s"], x["a"]), axis=0) - baseline)
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
