"""The losses over continuous actions, whose expectations are estimated from draws of the policy."""

import math

import jax.numpy as jnp
import numpy as np
from frame import BATCH, Frame
from functions import (
    ACTION,
    OBSERVATION,
    Deterministic,
    Gaussian,
    TanhGaussian,
    Vae,
    mlp_size,
    mmd,
    pair_cosines,
    q_values,
)

CRITICS = 2
MAXIMUM = ("bear", "cql_maximum")
GAUSSIAN = ("awac", "iql")
CLONING = ("bc", "percentile_bc")
DETERMINISTIC = ("ddpg", "td3", "td3_bc", "rebrac")


class Learner(Frame):
    default_entropy = -ACTION

    def __init__(self, algorithm, settings, seed, rng):
        kind = Deterministic if algorithm in DETERMINISTIC else Gaussian if algorithm in GAUSSIAN else TanhGaussian
        self.policy = kind(settings, self.cover)
        self.normalization = settings.get("critics.network.normalization", "none")
        sizes = {"policy": self.policy.size}
        if algorithm not in CLONING:
            sizes["critic"] = mlp_size(OBSERVATION + ACTION, 1, self.normalization)
        if algorithm == "iql":
            sizes["value"] = mlp_size(OBSERVATION, 1)
        if algorithm == "bear":
            self.vae = Vae(settings, self.cover)
            sizes["behavior"] = self.vae.size
        if algorithm == "brac":
            sizes["behavior"] = self.policy.size
        if algorithm in DETERMINISTIC:
            sizes["target_policy"] = self.policy.size
        super().__init__(algorithm, settings, seed, rng, sizes)
        if algorithm in GAUSSIAN:
            self.nets["policy"][-ACTION:] = (-1.5, -0.4)

    def q(self, critics, s, a):
        return q_values(critics, s, a, self.normalization)

    def log_prob(self, theta, x):
        return self.policy.log_prob(theta, x["s"], x["a"])

    def value(self, s, critics, purpose):
        if self.algorithm == "iql":
            return self.state_value(self.nets["value"], s)
        if self.algorithm in DETERMINISTIC:
            return self.smoothed_value(s, critics, purpose)
        k = self.s["value.samples"]
        noise = self.noise.normal(purpose, BATCH * k, ACTION)
        states = np.repeat(s, k, axis=0)
        actions, log_probs, _ = self.policy.sample(self.nets["policy"], states, noise)
        q = self.q(critics, states, actions)
        self.cover_critics(q)
        if self.algorithm in MAXIMUM:  # soft clipped double Q, and the best of the draws
            weight = self.s["value.minimum_weight"]
            mix = lambda values: weight * jnp.min(values, axis=0) + (1 - weight) * jnp.max(values, axis=0)
            best_of_mixed = jnp.max(mix(q).reshape(BATCH, k), axis=1)
            mixed_best = mix(jnp.max(q.reshape(CRITICS, BATCH, k), axis=2))
            self.cover("the order of critics and actions matters", best_of_mixed != mixed_best)
            return mixed_best if self.s["value.per_critic"] else best_of_mixed
        value = jnp.min(q, axis=0)
        if self.algorithm in ("sac", "sac_n", "edac", "cql_entropy"):
            value = value - self.alpha * log_probs
        return jnp.mean(value.reshape(BATCH, k), axis=1)

    def smoothed_value(self, s, critics, purpose):
        """Fujimoto et al. 2018, equations 14 and 15; Tarasov et al. 2023, equation 4."""
        actions = self.policy.mode(self.nets["target_policy"], s)
        if self.s["value.noise"] > 0:
            noise = self.s["value.noise"] * self.noise.normal(purpose, BATCH, ACTION)
            limit = self.s["value.noise_clip"]
            self.cover("noise clipped", np.abs(noise) > limit)
            actions = actions + np.clip(noise, -limit, limit)
            self.cover("noisy action clipped", np.abs(actions) > 1)
            actions = jnp.clip(actions, -1, 1)
        q = self.q(critics, s, actions)
        self.cover_critics(q)
        distance = jnp.sum((actions - self.next_actions) ** 2, axis=1)
        return jnp.min(q, axis=0) - self.s["value.distance_weight"] * distance

    def update(self, batch):
        self.next_actions = batch["next_a"]
        self.returns_to_go = batch["returns"]
        super().update(batch)

    def behavior_loss(self, x):
        if self.algorithm == "bear":
            noise = self.noise.normal("training_latents", BATCH, self.vae.latent)
            return lambda flat: self.vae.loss(flat, x["s"], x["a"], noise)
        return lambda theta: -jnp.mean(self.log_prob(theta, x))

    def kullback_leibler(self, theta, s, noise):
        """Of each of the draws: log pi - log beta."""
        _, log_probs, u = self.policy.sample(theta, s, noise)
        return log_probs - self.policy.density(self.nets["behavior"], s, u)

    def distance(self, x, theta, side, purpose):
        m = self.s["improvement.samples"]
        noise = self.noise.normal(purpose, BATCH * m, ACTION)
        ratios = self.kullback_leibler(theta, np.repeat(x[side], m, axis=0), noise)
        return jnp.mean(ratios.reshape(BATCH, m), axis=1)

    def penalized(self, x):
        n = self.s["penalty.samples"]
        weigh = self.s["penalty.importance_sampling"]
        uniform = self.noise.uniform("penalty_actions", BATCH * n, ACTION)
        blocks, densities = [uniform], [np.full(BATCH * n, ACTION * math.log(0.5))]
        for side in ("s", "next_s"):
            noise = self.noise.normal(f"penalty_policy_at_{side}", BATCH * n, ACTION)
            a, log_probs, _ = self.policy.sample(self.nets["policy"], np.repeat(x[side], n, axis=0), noise)
            blocks.append(a)
            densities.append(log_probs)
        states = np.repeat(x["s"], n, axis=0)
        floors = [-math.inf] + 2 * [np.repeat(self.returns_to_go, n)] if self.s["penalty.calibrated"] else 3 * [-math.inf]

        def raised(q, floor):  # Nakamoto et al. 2023, equation 5.1
            if self.s["penalty.calibrated"] and not np.isscalar(floor):
                self.cover("value of a draw below what the data earned", q < floor)
            return jnp.maximum(q, floor)

        def terms(critics):
            return [
                (raised(self.q(critics, states, a), floor) - (log_p if weigh else 0.0)).reshape(CRITICS, BATCH, n)
                for a, log_p, floor in zip(blocks, densities, floors)
            ]

        return terms, not weigh

    def diversity(self, x, critics):
        return jnp.mean(pair_cosines(critics, self.q, x["s"], jnp.asarray(x["a"])))

    def improve_policy(self, x):
        super().improve_policy(x)
        if self.algorithm in (*CLONING, "brac"):
            self.figures["clamped_share"] = float(np.mean(np.abs(x["a"]) > 1 - self.s["policy.border"]))

    def soft_greedy(self, x):
        k = self.s["improvement.samples"]
        noise = self.noise.normal("improvement_policy", BATCH * k, ACTION)
        states = np.repeat(x["s"], k, axis=0)

        def loss(theta):
            actions, log_probs, _ = self.policy.sample(theta, states, noise)
            q = self.q(self.critics("critic"), states, actions)
            self.cover_critics(q)
            return jnp.mean(self.alpha * log_probs - jnp.min(q, axis=0))

        return loss, lambda theta: -jnp.mean(self.policy.sample(theta, states, noise)[1])

    def deterministic_greedy(self, x):
        def q(theta):
            values = self.q(self.critics("critic"), x["s"], self.policy.mode(theta, x["s"]))
            self.cover_critics(values)
            return values[0] if self.s["improvement.critic"] == "first" else jnp.min(values, axis=0)

        mean = jnp.mean if self.s["improvement.distance"] == "mean" else jnp.sum
        return q, lambda theta: mean((self.policy.mode(theta, x["s"]) - x["a"]) ** 2, axis=1)

    def constrained_greedy(self, x):
        m = self.s["improvement.samples"]
        noise = self.noise.normal("improvement_policy", BATCH * m, ACTION)
        states = np.repeat(x["s"], m, axis=0)

        def worth(theta):
            actions = self.policy.sample(theta, states, noise)[0]
            q = self.q(self.critics("critic"), states, actions)
            self.cover_critics(q)
            return jnp.mean(jnp.min(q, axis=0))

        if self.algorithm == "brac":
            return worth, lambda theta: self.kullback_leibler(theta, states, noise)

        n = self.s["improvement.divergence.behavior_samples"]
        latents = self.noise.normal("behavior_latents", BATCH * n, self.vae.latent)
        draws = self.vae.sample(self.nets["behavior"], np.repeat(x["s"], n, axis=0), latents)
        draws = draws.reshape(BATCH, n, ACTION)
        kernel, width = self.s["improvement.divergence.kernel"], self.s["improvement.divergence.width"]

        def distances(theta):
            u = self.policy.sample(theta, states, noise)[2].reshape(BATCH, m, ACTION)
            return jnp.stack([mmd(kernel, width, draws[b], u[b]) for b in range(BATCH)])

        return worth, distances
