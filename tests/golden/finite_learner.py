"""The losses over finite actions: an expectation over a policy is the sum over all of them, and nothing is drawn.

A network of the observation has one output for each action. Policies are softmaxes of such outputs.
"""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
from frame import BATCH, Frame
from functions import OBSERVATION, mlp, mlp_size

ACTIONS = 4
ARGMAX = ("dqn", "cql")


def every_q(critics, s):
    """E x B x A."""
    return jnp.stack([mlp(w, s, ACTIONS) for w in critics])


def of_actions(values, a):
    """... x B x A to ... x B."""
    return values[..., np.arange(BATCH), a]


def expected_best(values, probabilities, draws):
    """E[max of so many independent draws], B x A to B, by going through all sequences of draws."""
    sequences = np.array(list(itertools.product(range(ACTIONS), repeat=draws)))
    likelihood = jnp.prod(probabilities[:, sequences], axis=2)
    return jnp.sum(likelihood * jnp.max(values[:, sequences], axis=2), axis=1)


class FiniteLearner(Frame):
    default_entropy = 0.98 * math.log(ACTIONS)  # Christodoulou 2019

    def __init__(self, algorithm, settings, seed, rng):
        size = mlp_size(OBSERVATION, ACTIONS)
        sizes = {}
        if algorithm not in ARGMAX:
            sizes["policy"] = size
        if algorithm != "bc":
            sizes["critic"] = size
        if algorithm == "iql":
            sizes["value"] = mlp_size(OBSERVATION, 1)
        if algorithm in ("bear", "brac"):
            sizes["behavior"] = size
        super().__init__(algorithm, settings, seed, rng, sizes)

    def q(self, critics, s, a):
        return of_actions(every_q(critics, s), a)

    def log_probs(self, theta, s):
        """log pi of every action, B x A."""
        return jax.nn.log_softmax(mlp(theta, s, ACTIONS), axis=1)

    def log_prob(self, theta, x):
        return of_actions(self.log_probs(theta, x["s"]), x["a"])

    def least_q(self, critics, s):
        q = every_q(critics, s)
        self.cover_critics(q)
        return jnp.min(q, axis=0)

    def value(self, s, critics, purpose):
        if self.algorithm == "iql":
            return self.state_value(self.nets["value"], s)
        least = self.least_q(critics, s)
        if self.algorithm in ARGMAX:
            if not self.s["value.double_q"]:  # Mnih et al. 2015
                return jnp.max(least, axis=1)
            chosen = jnp.argmax(self.least_q(self.critics("critic"), s), axis=1)  # van Hasselt et al. 2016
            self.cover("online and target critics choose alike", chosen == jnp.argmax(least, axis=1))
            return of_actions(least, chosen)
        log_probs = self.log_probs(self.nets["policy"], s)
        probabilities = jnp.exp(log_probs)
        if self.algorithm == "bear":  # soft clipped double Q, and the best of the draws
            q, draws, weight = every_q(critics, s), self.s["value.samples"], self.s["value.minimum_weight"]
            mix = lambda values: weight * jnp.min(values, axis=0) + (1 - weight) * jnp.max(values, axis=0)
            best_of_mixed = expected_best(mix(q), probabilities, draws)
            best = jnp.stack([expected_best(values, probabilities, draws) for values in q])
            self.cover("first critic has the lower maximum", best[0] < best[1])
            self.cover("the order of critics and actions matters", ~np.isclose(best_of_mixed, mix(best)))
            return mix(best) if self.s["value.per_critic"] else best_of_mixed
        if self.algorithm == "sac":
            least = least - self.alpha * log_probs
        return jnp.sum(probabilities * least, axis=1)

    def behavior_loss(self, x):
        return lambda theta: -jnp.mean(self.log_prob(theta, x))

    def distance(self, x, theta, side, purpose):
        log_probs = self.log_probs(theta, x[side])
        behavior = self.log_probs(self.nets["behavior"], x[side])
        if self.algorithm == "brac":
            return jnp.sum(jnp.exp(log_probs) * (log_probs - behavior), axis=1)
        outside = jnp.exp(behavior) < self.s["improvement.divergence.threshold"]  # Kumar et al. 2019, definition 4.1
        self.cover("action outside the support", outside)
        return jnp.sum(jnp.where(outside, jnp.exp(log_probs), 0.0), axis=1)

    def penalized(self, x):
        return (lambda critics: [every_q(critics, x["s"])]), False

    def soft_greedy(self, x):
        def entropy(theta):
            log_probs = self.log_probs(theta, x["s"])
            return -jnp.mean(jnp.sum(jnp.exp(log_probs) * log_probs, axis=1))

        worth = self.expected_least_q(x)
        return lambda theta: -worth(theta) - self.alpha * entropy(theta), entropy

    def constrained_greedy(self, x):
        return self.expected_least_q(x), lambda theta: self.distance(x, theta, "s", "improvement_policy")

    def expected_least_q(self, x):
        least = self.least_q(self.critics("critic"), x["s"])
        return lambda theta: jnp.mean(jnp.sum(jnp.exp(self.log_probs(theta, x["s"])) * least, axis=1))
