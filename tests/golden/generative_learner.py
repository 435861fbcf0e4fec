"""The losses of the learners whose policies make noise into actions (generative.py)."""

import jax.numpy as jnp
import numpy as np
from frame import BATCH, Frame
from functions import ACTION, OBSERVATION, mlp, mlp_size, q_values
from generative import Diffusion, DistilledFlow, Flow

POLICIES = {  # algorithm: (policy, whether its network is residual)
    "diffusion_bc": (Diffusion, True),
    "flow_bc": (Flow, False),
    "idql": (Diffusion, True),
    "ifql": (Flow, False),
    "iql_diffusion": (Diffusion, True),
    "diffusion_ql": (Diffusion, False),
    "fql": (DistilledFlow, False),
}
CLONING = ("diffusion_bc", "flow_bc")
EXPECTILE = ("idql", "ifql", "iql_diffusion")
GREEDY = ("diffusion_ql", "fql")


class GenerativeLearner(Frame):
    def __init__(self, algorithm, settings, seed, rng):
        kind, residual = POLICIES[algorithm]
        self.policy = kind(settings, self.cover, residual)
        shape = lambda part: [settings.get(f"{part}.network.{name}") for name in ("normalization", "activation")]
        self.critic_shape, self.value_shape = shape("critics"), shape("value")
        sizes = {"policy": self.policy.size}
        if algorithm not in CLONING:
            sizes["critic"] = mlp_size(OBSERVATION + ACTION, 1, self.critic_shape[0])
        if algorithm in EXPECTILE:
            sizes["value"] = mlp_size(OBSERVATION, 1, self.value_shape[0])
        if algorithm == "diffusion_ql":
            sizes["target_policy"] = self.policy.size
        if settings["policy_average_rate"] < 1:
            sizes["policy_average"] = self.policy.size
        super().__init__(algorithm, settings, seed, rng, sizes)

    def q(self, critics, s, a):
        return q_values(critics, s, a, *self.critic_shape)

    def state_value(self, v, s):
        return mlp(v, s, 1, *self.value_shape)[:, 0]

    def value(self, s, critics, purpose):
        if self.algorithm in EXPECTILE:
            return self.state_value(self.nets["value"], s)
        k = self.s["value.samples"]
        states = np.repeat(s, k, axis=0)
        draws = self.policy.draws(self.noise, purpose, BATCH * k)
        drawing = self.nets["target_policy" if self.algorithm == "diffusion_ql" else "policy"]
        q = self.q(self.subset(critics), states, self.policy.sample(drawing, states, draws))
        self.cover_critics(q)
        q = q.reshape(len(q), BATCH, k)
        if self.algorithm == "fql" and self.s["value.critic"] == "mean":
            return jnp.mean(q, axis=(0, 2))
        if self.algorithm == "diffusion_ql" and self.s["value.maximum"]:
            largest = jnp.min(jnp.max(q, axis=2), axis=0)
            self.cover("the order of critics and draws matters", largest != jnp.max(jnp.min(q, axis=0), axis=1))
            return largest
        return jnp.mean(jnp.min(q, axis=0), axis=1)

    def subset(self, critics):
        """Chen et al. 2021; drawn by the first steps of the shuffle of Fisher and Yates."""
        count = self.s.get("value.subset", 0)
        if count == 0:
            return critics
        critics = list(critics)
        for i in range(count):
            j = i + self.noise.below(len(critics) - i, "backup_critic")[0, 0]
            critics[i], critics[j] = critics[j], critics[i]
        return critics[:count]

    def cloning_loss(self, x, weights):
        """A function of theta, whose noise is drawn now."""
        return self.policy.cloning(self.noise, x["s"], x["a"], weights)

    def improve_policy(self, x):
        if self.algorithm not in GREEDY:
            return super().improve_policy(x)
        # Wang et al. 2023, equation 3, and the losses of Park et al. 2025, which are its relatives.
        before = jnp.asarray(self.nets["policy"])
        setting = lambda name: self.s[f"improvement.{name}"]
        cloning = self.cloning_loss(x, np.ones(BATCH)) if setting("cloning_weight") > 0 else lambda theta: 0.0
        draws = self.policy.draws(self.noise, "improvement_policy", BATCH)
        critics = self.critics("critic")
        drawn = self.noise.below(len(critics), "improvement_critic")[0, 0] if setting("critic") == "random" else 0

        def every_q(theta):
            q = self.q(critics, x["s"], self.policy.sample(theta, x["s"], draws))
            self.cover_critics(q)
            return q

        def followed(q):
            kinds = {"minimum": jnp.min(q, axis=0), "mean": jnp.mean(q, axis=0), "first": q[0], "random": q[drawn]}
            return kinds[setting("critic")]

        scale = setting("q_weight")
        if setting("normalize_q"):
            q = every_q(before)
            normal = q[(drawn + 1) % len(q)] if setting("critic") == "random" else followed(q)
            scale = scale / float(jnp.mean(jnp.abs(normal)))
        distills = self.algorithm == "fql"
        distillation = lambda theta: self.policy.distillation(theta, x["s"], draws)

        def loss(theta):
            greedy = -scale * jnp.mean(followed(every_q(theta)))
            distilled = setting("distillation_weight") * distillation(theta) if distills else 0.0
            return setting("cloning_weight") * cloning(theta) + greedy + distilled

        self.figures["policy_loss"] = self._descend("policy", loss)
        self.figures["cloning_loss"] = float(cloning(before))
        self.figures["q_scale"] = scale
        if distills:
            self.figures["distillation_loss"] = float(distillation(before))
