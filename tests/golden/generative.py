"""Policies that make noise into actions by a chain of network evaluations: diffusions, flows, and the policy of FQL.

A policy has its `size` of flat parameters and

    cloning(noise, s, a, weights)     the loss of the process, a function of theta; draws its noise when it is called
    draws(noise, purpose, rows)       what `sample` is given
    sample(theta, s, draws)           actions, one for each row of s
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from functions import ACTION, ACTIVATIONS, OBSERVATION, layer_norm, mlp, mlp_size


class Flat:
    """Takes flat parameters off the front."""

    def __init__(self, numbers):
        self.numbers, self.taken = numbers, 0

    def take(self, count):
        self.taken += count
        return self.numbers[self.taken - count : self.taken]

    def linear(self, x, outputs):
        return x @ self.take(x.shape[1] * outputs).reshape(x.shape[1], outputs) + self.take(outputs)


class TimedNetwork:
    """f(s, x, t) = body([s; x; features of t]). The settings are those below `prefix`: `network` and `time`."""

    def __init__(self, settings, prefix, residual):
        self.body = {k.rsplit(".", 1)[1]: v for k, v in settings.items() if k.startswith(f"{prefix}network.")}
        self.time = {k.rsplit(".", 1)[1]: v for k, v in settings.items() if k.startswith(f"{prefix}time.")}
        self.residual = residual
        flat = Flat(np.zeros(10_000))
        self._apply(flat, np.zeros((1, OBSERVATION)), np.zeros((1, ACTION)), np.zeros((1, 1)), None)
        self.size = flat.taken

    def __call__(self, theta, s, x, t, kept=None):
        """`t` is a column; `kept` are the factors of dropout, one matrix for each block."""
        flat = Flat(theta)
        f = self._apply(flat, s, x, t, kept)
        assert flat.taken == theta.size
        return f

    def draw_kept(self, noise, rows):
        """Srivastava et al. 2014: a unit is dropped with probability p, or else divided by 1 - p."""
        if not self.residual or self.body["dropout"] == 0:
            return None
        p, width = self.body["dropout"], self.body["width"]
        drawn = [noise.word(f"dropout_{i}", rows, width) for i in range(self.body["blocks"])]
        return [np.where(words < math.floor(p * 2**32), 0.0, 1 / (1 - p)) for words in drawn]

    def _apply(self, flat, s, x, t, kept):
        inputs = jnp.concatenate([s, x, self._features(flat, t)], axis=1)
        if self.residual:
            return self._residual(flat, inputs, kept)
        normalization, activation = self.body["normalization"], self.body["activation"]
        parameters = flat.take(mlp_size(inputs.shape[1], ACTION, normalization))
        return mlp(parameters, inputs, ACTION, normalization, activation)

    def _features(self, flat, t):
        size = self.time["size"]
        if self.time["encoding"] == "number":
            features = t
        elif self.time["encoding"] == "sinusoidal":  # Vaswani et al. 2017, as Ho et al. 2020's code has it
            omega = np.exp(-math.log(10_000) * np.arange(size // 2) / (size // 2 - 1))
            features = jnp.concatenate([jnp.sin(t * omega), jnp.cos(t * omega)], axis=1)
        else:  # Tancik et al. 2020, learned as in IDQL's code
            angle = 2 * math.pi * t * flat.take(size // 2)
            features = jnp.concatenate([jnp.cos(angle), jnp.sin(angle)], axis=1)
        layers = self.time["layers"]
        for i, width in enumerate(layers):
            features = flat.linear(features, width)
            if i + 1 < len(layers):
                features = ACTIVATIONS[self.time["activation"]](features)
        return features

    def _residual(self, flat, inputs, kept):
        """Hansen-Estruch et al. 2023: each block adds Dense(activation(Dense(norm(dropout(x))))) to x."""
        width, activation = self.body["width"], ACTIVATIONS[self.body["activation"]]
        x = flat.linear(inputs, width)
        for i in range(self.body["blocks"]):
            scale, shift = flat.take(width), flat.take(width)
            hidden = layer_norm(x if kept is None else x * kept[i], scale, shift)
            hidden = activation(flat.linear(hidden, self.body["expansion"] * width))
            x = x + flat.linear(hidden, width)
        return flat.linear(activation(x), ACTION)


class Diffusion:
    """Ho et al. 2020, with x_0 estimated and clipped in every step, as in Wang et al. 2023's code. The first of the T
    times is 0."""

    def __init__(self, settings, cover, residual, prefix="policy."):
        self.network = TimedNetwork(settings, prefix, residual)
        self.size = self.network.size
        self.steps = settings[f"{prefix}diffusion.steps"]
        self.temperature = settings[f"{prefix}diffusion.temperature"]
        self.limit = settings[f"{prefix}action_limit"]
        self.cover = cover
        self.beta = self._betas(settings[f"{prefix}diffusion.schedule"], self.steps)
        self.kept = np.cumprod(1 - self.beta)  # Ho et al.'s alpha bar

    @staticmethod
    def _betas(schedule, steps):
        n = np.arange(1, steps + 1)
        if schedule == "vp":  # Xiao et al. 2022, with beta from 0.1 to 10
            return 1 - np.exp(-0.1 / steps - 0.5 * (10 - 0.1) * (2 * n - 1) / steps**2)
        if schedule == "linear":  # Ho et al. 2020
            return np.linspace(1e-4, 0.02, steps)
        bar = lambda t: np.cos((t / steps + 0.008) / 1.008 * math.pi / 2) ** 2  # Nichol and Dhariwal 2021, equation 17
        return np.minimum(1 - bar(n) / bar(n - 1), 0.999)

    def cloning(self, noise, s, a, weights):
        """Ho et al. 2020, equation 14, weighted."""
        t = noise.below(self.steps, "cloning_times", len(a))
        dropout = self.network.draw_kept(noise, len(a))
        epsilon = noise.normal("cloning_noise", len(a), ACTION)
        noised = np.sqrt(self.kept[t]) * a + np.sqrt(1 - self.kept[t]) * epsilon
        f = lambda theta: self.network(theta, s, noised, t, dropout)
        return lambda theta: jnp.mean(weights[:, None] * (f(theta) - epsilon) ** 2)

    def draws(self, noise, purpose, rows):
        """The start, and what each step adds; the last step adds nothing."""
        later = range(self.steps - 1 if self.temperature > 0 else 0)
        names = [f"{purpose}_start", *(f"{purpose}_step_{self.steps - 1 - i}" for i in later)]
        return [noise.normal(name, rows, ACTION) for name in names]

    def sample(self, theta, s, draws):
        """Ho et al. 2020, algorithm 2, equations 6, 7 and 15."""
        x, *added = draws
        for t in reversed(range(self.steps)):
            f = self.network(theta, s, x, np.full((len(x), 1), t))
            estimate = (x - jnp.sqrt(1 - self.kept[t]) * f) / jnp.sqrt(self.kept[t])
            self.cover(f"action estimated at time {t} clipped", jnp.abs(estimate) > self.limit)
            estimate = jnp.clip(estimate, -self.limit, self.limit)
            if t == 0:  # the posterior is at the estimate
                return estimate
            beta, kept, before = self.beta[t], self.kept[t], self.kept[t - 1]
            of_estimate = jnp.sqrt(before) * beta / (1 - kept)
            of_point = jnp.sqrt(1 - beta) * (1 - before) / (1 - kept)
            x = of_estimate * estimate + of_point * x
            if self.temperature > 0:
                std = jnp.sqrt((1 - before) / (1 - kept) * beta)
                x = x + self.temperature * std * added[self.steps - 1 - t]


class Flow:
    """Lipman et al. 2023, along straight lines; Euler's method."""

    def __init__(self, settings, cover, residual, prefix="policy."):
        self.network = TimedNetwork(settings, prefix, residual)
        self.size = self.network.size
        self.steps = settings[f"{prefix}flow.steps"]
        self.limit = settings[f"{prefix}action_limit"]
        self.cover = cover

    def cloning(self, noise, s, a, weights):
        """The conditional loss of flow matching, weighted."""
        t = noise.unit("cloning_times", len(a), 1)
        dropout = self.network.draw_kept(noise, len(a))
        epsilon = noise.normal("cloning_noise", len(a), ACTION)
        f = lambda theta: self.network(theta, s, (1 - t) * epsilon + t * a, t, dropout)
        return lambda theta: jnp.mean(weights[:, None] * (f(theta) - (a - epsilon)) ** 2)

    def draws(self, noise, purpose, rows):
        return noise.normal(purpose, rows, ACTION)

    def sample(self, theta, s, draws):
        x = draws
        for i in range(self.steps):
            x = x + self.network(theta, s, x, np.full((len(x), 1), i / self.steps)) / self.steps
        self.cover("action of the flow clipped", jnp.abs(x) > self.limit)
        return jnp.clip(x, -self.limit, self.limit)


class DistilledFlow:
    """FQL's policy, Park et al. 2025: the parameters of a flow, then those of the one-step network."""

    def __init__(self, settings, cover, residual):
        self.flow = Flow(settings, cover, residual, "policy.teacher.")
        self.normalization = settings["policy.network.normalization"]
        self.activation = settings["policy.network.activation"]
        self.size = self.flow.size + mlp_size(OBSERVATION + ACTION, ACTION, self.normalization)
        self.limit = self.flow.limit
        self.cover = cover

    def cloning(self, noise, s, a, weights):
        loss = self.flow.cloning(noise, s, a, weights)
        return lambda theta: loss(theta[: self.flow.size])

    def draws(self, noise, purpose, rows):
        return noise.normal(purpose, rows, ACTION)

    def one_step(self, theta, s, z):
        inputs = jnp.concatenate([s, z], axis=1)
        return mlp(theta[self.flow.size :], inputs, ACTION, self.normalization, self.activation)

    def sample(self, theta, s, draws):
        u = self.one_step(theta, s, draws)
        self.cover("action of the one-step policy clipped", jnp.abs(u) > self.limit)
        return jnp.clip(u, -self.limit, self.limit)

    def distillation(self, theta, s, draws):
        """As in the authors' code: the mean over the dimensions, and the flow's action is clipped, the other is not."""
        targets = self.flow.sample(jax.lax.stop_gradient(theta[: self.flow.size]), s, draws)
        return jnp.mean((self.one_step(theta, s, draws) - targets) ** 2)
