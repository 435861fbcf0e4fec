"""What the golden updates are made of: noise, networks, policies, the behavior model and Adam, as published.

Samples are rows here and columns in the library. The layout of flat parameters and the generator are the library's.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm

OBSERVATION, ACTION, HIDDEN = 3, 2, (7, 5)


# --- noise: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", and Box and Muller 1958 ----------------


def philox(counter, key):
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        left, right = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1 = (right >> 32) ^ c1 ^ k0, right & 0xFFFFFFFF
        c2, c3 = (left >> 32) ^ c3 ^ k1, left & 0xFFFFFFFF
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


# The known answer for zeros, of the authors' own test vectors.
assert philox((0, 0, 0, 0), (0, 0)) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)


class Noise:
    """A learner's stream of noise (stream 2 of its seed). `drawn` holds the draws of the current update, in order."""

    def __init__(self, seed):
        self.words = self._words((seed & 0xFFFFFFFF, seed >> 32))
        self.spare = None
        self.drawn = []

    @staticmethod
    def _words(key):
        block = 0
        while True:
            yield from philox((block & 0xFFFFFFFF, block >> 32, 0, 2), key)
            block += 1

    def _uniform(self):
        high, low = next(self.words) >> 5, next(self.words) >> 6
        return (high * 2**26 + low) / 2**53

    def _normal(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        radius = math.sqrt(-2 * math.log1p(-self._uniform()))
        angle = 2 * math.pi * self._uniform()
        self.spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def _draw(self, kind, purpose, rows, columns, one):
        values = np.array([[one() for _ in range(columns)] for _ in range(rows)], dtype=float)
        assert len(self.drawn) < 10, "the file lists them in the order of their names"
        self.drawn.append((f"{len(self.drawn)}_{kind}_{purpose}", values))
        return values

    def normal(self, purpose, rows, columns):
        return self._draw("normal", purpose, rows, columns, self._normal)

    def uniform(self, purpose, rows, columns):
        return self._draw("uniform", purpose, rows, columns, lambda: 2 * self._uniform() - 1)

    def unit(self, purpose, rows, columns):
        return self._draw("unit", purpose, rows, columns, self._uniform)

    def word(self, purpose, rows, columns):
        """32 random bits each, as whole numbers."""
        return self._draw("word", purpose, rows, columns, lambda: next(self.words))

    def below(self, count, purpose, rows=1):
        """Integers below `count`, a column; Lemire 2019, "Fast random integer generation in an interval"."""

        def one():
            product = next(self.words) * count
            while product % 2**32 < 2**32 % count:
                product = next(self.words) * count
            return product >> 32

        return self._draw(f"below_{count}", purpose, rows, 1, one).astype(int)


# --- functions of flat parameters -------------------------------------------------------------------------------------


def layer_norm(x, scale, shift):
    """Ba et al. 2016, with the epsilon of flax."""
    mean = jnp.mean(x, axis=1, keepdims=True)
    variance = jnp.mean((x - mean) ** 2, axis=1, keepdims=True)
    return scale * (x - mean) / jnp.sqrt(variance + 1e-6) + shift


# Misra 2019; Hendrycks and Gimpel 2016, by their approximation with tanh, which is flax's default.
ACTIVATIONS = {"relu": jax.nn.relu, "mish": jax.nn.mish, "gelu": lambda x: jax.nn.gelu(x, approximate=True)}


def mlp(flat, x, outputs, normalization="none", activation="relu"):
    """Each layer has its weights (outputs x inputs, column by column), then its bias, then, where hidden layers are
    normalized, the scale and the shift."""
    offset = 0

    def take(count):
        nonlocal offset
        offset += count
        return flat[offset - count : offset]

    widths = (x.shape[1], *HIDDEN, outputs)
    for layer, (n, m) in enumerate(zip(widths, widths[1:])):
        x = x @ take(n * m).reshape(n, m) + take(m)
        if layer < len(HIDDEN):
            if normalization == "before_activation":
                x = layer_norm(x, take(m), take(m))
            x = ACTIVATIONS[activation](x)
            if normalization == "after_activation":
                x = layer_norm(x, take(m), take(m))
    assert offset == flat.size
    return x


def mlp_size(inputs, outputs, normalization="none"):
    widths = (inputs, *HIDDEN, outputs)
    norms = 0 if normalization == "none" else 2 * sum(HIDDEN)
    return sum((n + 1) * m for n, m in zip(widths, widths[1:])) + norms


def q_values(critics, s, a, normalization="none", activation="relu"):
    """E x N."""
    return jnp.stack([mlp(w, jnp.concatenate([s, a], axis=1), 1, normalization, activation)[:, 0] for w in critics])


def pair_cosines(critics, q, s, a):
    """The sum over pairs of different critics of the cosines of their action gradients, B. An et al. 2021, equation 4,
    with the epsilon of its code."""

    def direction(w):
        g = jax.grad(lambda actions: jnp.sum(q([w], s, actions)))(a)
        squares = jnp.sum(g**2, axis=1, keepdims=True)
        length = jnp.sqrt(jnp.where(squares > 0, squares, 1.0))
        return jnp.where(squares > 0, g / (length + 1e-10), 0.0)

    g = jnp.stack([direction(w) for w in critics])
    return jnp.sum(jnp.einsum("iba,jba->bij", g, g) * (1 - np.eye(len(critics))), axis=(1, 2))


def log_tanh_derivative(u):
    """log(1 - tanh(u)^2) = -2 log cosh u."""
    return -2 * (jnp.logaddexp(u, -u) - math.log(2))


class TanhGaussian:
    """Haarnoja et al. 2018, appendix C."""

    def __init__(self, settings, cover):
        self.low, self.high = settings["policy.log_std_min"], settings["policy.log_std_max"]
        self.border = settings["policy.border"]
        self.cover = cover

    size = mlp_size(OBSERVATION, 2 * ACTION)

    def heads(self, theta, s):
        mean, raw = jnp.split(mlp(theta, s, 2 * ACTION), 2, axis=1)
        self.cover("ln std below its range", raw < self.low)
        self.cover("ln std above its range", raw > self.high)
        self.cover("ln std within its range", (self.low < raw) & (raw < self.high))
        return mean, jnp.exp(jnp.clip(raw, self.low, self.high))

    def density(self, theta, s, u):
        """log pi of tanh(u)."""
        mean, std = self.heads(theta, s)
        return jnp.sum(norm.logpdf(u, mean, std) - log_tanh_derivative(u), axis=1)

    def sample(self, theta, s, noise):
        """Actions, log-probabilities, and the actions before the tanh."""
        mean, std = self.heads(theta, s)
        u = mean + std * noise
        return jnp.tanh(u), self.density(theta, s, u), u

    def log_prob(self, theta, s, a):
        limit = 1 - self.border
        self.cover("action beyond the border", np.abs(a) > limit)
        return self.density(theta, s, jnp.arctanh(jnp.clip(a, -limit, limit)))


class Gaussian:
    """N(tanh(network), diag exp(ln std)^2), executed within [-1, 1]; the last A parameters are ln std."""

    def __init__(self, settings, cover):
        self.low, self.high = settings["policy.log_std_min"], settings["policy.log_std_max"]
        self.cover = cover

    size = mlp_size(OBSERVATION, ACTION) + ACTION

    def heads(self, theta, s):
        raw = theta[-ACTION:]
        self.cover("ln std below its range", raw < self.low)
        return jnp.tanh(mlp(theta[:-ACTION], s, ACTION)), jnp.exp(jnp.clip(raw, self.low, self.high))

    def sample(self, theta, s, noise):
        mean, std = self.heads(theta, s)
        u = mean + std * noise
        self.cover("executed action clipped", jnp.abs(u) > 1)
        return jnp.clip(u, -1, 1), None, u

    def log_prob(self, theta, s, a):
        return jnp.sum(norm.logpdf(a, *self.heads(theta, s)), axis=1)


class Deterministic:
    """Silver et al. 2014: a = tanh(network)."""

    def __init__(self, settings, cover):
        pass

    size = mlp_size(OBSERVATION, ACTION)

    def mode(self, theta, s):
        return jnp.tanh(mlp(theta, s, ACTION))


class Vae:
    """The behavior model of BCQ and BEAR: encoder, then decoder."""

    def __init__(self, settings, cover):
        self.settings = {k.rsplit("behavior.", 1)[1]: v for k, v in settings.items() if "behavior." in k}
        self.latent = self.settings["latent_size"]
        self.encoder = mlp_size(OBSERVATION + ACTION, 2 * self.latent)
        self.size = self.encoder + mlp_size(OBSERVATION + self.latent, ACTION)
        self.cover = cover

    def decode(self, flat, s, z):
        return mlp(flat[self.encoder :], jnp.concatenate([s, z], axis=1), ACTION)

    def loss(self, flat, s, a, noise):
        heads = mlp(flat[: self.encoder], jnp.concatenate([s, a], axis=1), 2 * self.latent)
        mean, raw = jnp.split(heads, 2, axis=1)
        low, high = self.settings["log_std_min"], self.settings["log_std_max"]
        self.cover("encoder's ln std below its range", raw < low)
        self.cover("encoder's ln std above its range", raw > high)
        self.cover("encoder's ln std within its range", (low < raw) & (raw < high))
        std = jnp.exp(jnp.clip(raw, low, high))
        reconstruction = jnp.tanh(self.decode(flat, s, mean + std * noise))
        kl = -0.5 * jnp.mean(1 + jnp.log(std**2) - mean**2 - std**2)
        return jnp.mean((reconstruction - a) ** 2) + self.settings["kl_weight"] * kl

    def sample(self, flat, s, noise):
        limit = self.settings["latent_limit"]
        self.cover("latent clipped", np.abs(noise) > limit)
        return self.decode(flat, s, np.clip(noise, -limit, limit))


def mmd(kernel, width, x, y):
    """Of one state: x (n x A) of the behavior, y (m x A) of the policy (Kumar et al. 2019, and its code)."""

    def mean_kernel(a, b):
        difference = a[:, None, :] - b[None, :, :]
        distance = jnp.abs(difference) if kernel == "laplacian" else difference**2
        return jnp.mean(jnp.exp(-jnp.sum(distance, axis=2) / (2 * width)))

    return jnp.sqrt(mean_kernel(x, x) + mean_kernel(y, y) - 2 * mean_kernel(x, y) + 1e-6)


class Adam:
    """Kingma and Ba 2015, algorithm 1; decoupled weight decay, Loshchilov and Hutter 2019, algorithm 2."""

    def __init__(self, settings, prefix, size):
        self.rate, self.beta1, self.beta2, self.epsilon = (
            settings[f"{prefix}.{name}"] for name in ("learning_rate", "beta1", "beta2", "epsilon")
        )
        self.decay_steps = settings.get(f"{prefix}.decay_steps", 0)
        self.weight_decay = settings.get(f"{prefix}.weight_decay", 0.0)
        self.clip_norm = settings.get(f"{prefix}.clip_norm")
        self.m, self.v, self.t = np.zeros(size), np.zeros(size), 0

    def clipped(self, gradient):
        norm = np.linalg.norm(gradient)
        return gradient if self.clip_norm is None or norm <= self.clip_norm else gradient * (self.clip_norm / norm)

    def step(self, parameters, gradient):
        rate = self.rate
        if self.decay_steps:
            rate *= 0.5 * (1 + math.cos(math.pi * min(self.t / self.decay_steps, 1)))
        gradient = self.clipped(gradient)
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return (1 - rate * self.weight_decay) * parameters - rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
