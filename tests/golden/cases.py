"""The cases of the learners over continuous actions with a density or one action, and of those over finite actions.

Every setting that enters an update is stated; optimizers differ so that none stands in for another. A case's seed comes
from its position, so new cases follow the others.
"""

import math

from functions import HIDDEN
from learner import CRITICS


def adam(prefix, rate, epsilon, beta1=0.9, beta2=0.999):
    return {
        f"{prefix}.learning_rate": rate,
        f"{prefix}.beta1": beta1,
        f"{prefix}.beta2": beta2,
        f"{prefix}.epsilon": epsilon,
    }


BACKUP = {"discount": 0.9, "target_rate": 0.1, "actor_first": False, "critic_loss": "squared"}
POLICY = {"policy_optimizer.decay_steps": 0, "policy.network.hidden": HIDDEN} | adam("policy_optimizer", 0.01, 1e-8)
FRAME = BACKUP | POLICY
TANH_GAUSSIAN = {"policy.log_std_min": -0.6, "policy.log_std_max": 0.3, "policy.border": 1e-6}
STATE_INDEPENDENT = {"policy.log_std_min": -1.0, "policy.log_std_max": 0.5, "policy.squash_mean": True}
TWINS = {"critics.size": CRITICS, "critics.network.hidden": HIDDEN} | adam("critics.optimizer", 0.02, 1e-4, 0.8, 0.99)
ACTOR_CRITIC = FRAME | TANH_GAUSSIAN | TWINS | {"value.samples": 1}
TEMPERATURE = {
    "improvement.initial_temperature": 0.3,
    "improvement.target_entropy": None,
} | adam("improvement.temperature_optimizer", 0.03, 0.05, 0.7)
SOFT = ACTOR_CRITIC | {"improvement.samples": 1} | TEMPERATURE
ENSEMBLE = SOFT | {"critics.size": 4}
CONSTRAINT = {
    "improvement.threshold": 0.05,
    "improvement.initial_multiplier": 0.7,
    "improvement.learn_multiplier": True,
    "improvement.log_multiplier_min": -5.0,
    "improvement.log_multiplier_max": 10.0,
    "improvement.warm_up": 0,
} | adam("improvement.multiplier_optimizer", 0.04, 0.02, 0.6)
CONSTRAINED = ACTOR_CRITIC | {"improvement.samples": 3} | CONSTRAINT
BEAR = (
    CONSTRAINED
    | {
        "value.samples": 4,
        "value.minimum_weight": 0.75,
        "value.per_critic": False,
        "improvement.divergence.kernel": "laplacian",
        "improvement.divergence.width": 2.0,
        "improvement.divergence.behavior_samples": 2,
        "improvement.divergence.behavior.network.hidden": HIDDEN,
        "improvement.divergence.behavior.latent_size": 3,
        "improvement.divergence.behavior.kl_weight": 0.5,
        "improvement.divergence.behavior.log_std_min": -1.0,
        "improvement.divergence.behavior.log_std_max": 0.5,
        "improvement.divergence.behavior.latent_limit": 0.5,
    }
    | adam("improvement.divergence.behavior.optimizer", 0.05, 1e-5, 0.5)
)
CLONE = adam("improvement.divergence.behavior_optimizer", 0.05, 1e-5, 0.5)
BRAC = (
    CONSTRAINED
    | {"improvement.samples": 2, "improvement.learn_multiplier": False, "improvement.value_penalty": True}
    | CLONE
)
WEIGHTS = {"improvement.temperature": 0.8, "improvement.limit": "cap", "improvement.max_weight": 1.5}
WEIGHTED = FRAME | STATE_INDEPENDENT | TWINS | WEIGHTS
EXPECTILE = {
    "value.network.hidden": HIDDEN,
    "value.expectile": 0.7,
} | adam("value.optimizer", 0.03, 1e-6, 0.85)
AWAC = WEIGHTED | {"value.samples": 2}
CONSERVATIVE = SOFT | {
    "penalty.alpha": 1.7,
    "penalty.samples": 3,
    "penalty.temperature": 1.0,
    "penalty.importance_sampling": True,
    "penalty.calibrated": False,
    "penalty.gap_min": -math.inf,
    "penalty.gap_max": math.inf,
    "penalty.threshold": None,
}
BOUNDED = {
    "penalty.threshold": 2.5,
    "penalty.bounded_gap": "unweighted",
    "penalty.initial_multiplier": 1.3,
} | adam("penalty.multiplier_optimizer", 0.06, 0.5, 0.75)
LAGRANGE = CONSERVATIVE | BOUNDED
HARD_COPIES = {"target_rate": 1.0, "track_every": 2}  # of the two updates only the second copies
DETERMINISTIC = FRAME | TWINS | {
    "actor_every": 1,
    "track_every": 1,
    "value.noise": 0.8,
    "value.noise_clip": 0.7,
    "value.distance_weight": 0.0,
    "improvement.q_weight": 1.0,
    "improvement.normalize_q": False,
    "improvement.critic": "first",
    "improvement.cloning_weight": 0.0,
    "improvement.distance": "sum",
}
DDPG = DETERMINISTIC | {"critics.size": 1, "value.noise": 0.0}
CLONED = {
    "improvement.q_weight": 2.5,
    "improvement.normalize_q": True,
    "improvement.cloning_weight": 0.8,
    "improvement.distance": "mean",
}
REBRAC = DETERMINISTIC | {
    "critics.network.normalization": "after_activation",
    "value.distance_weight": 0.4,
    "improvement.normalize_q": True,
    "improvement.critic": "minimum",
    "improvement.cloning_weight": 0.8,
}
CALIBRATED = CONSERVATIVE | {"penalty.calibrated": True}
MAXIMUM_BACKUP = CONSERVATIVE | {"value.samples": 4, "value.minimum_weight": 1.0, "value.per_critic": False}

SCHEDULES = {  # clips that bind, a decay that shows, schedules that have begun at the second update
    "policy_optimizer.clip_norm": 0.2,
    "policy_optimizer.weight_decay": 0.3,
    "critics.optimizer.decay_steps": 3,
    "critics.optimizer.clip_norm": 1.0,
    "critics.optimizer.weight_decay": 0.1,
    "improvement.temperature_optimizer.decay_steps": 2,
    "penalty.multiplier_optimizer.clip_norm": 0.01,
}
CASES = {  # name: (algorithm, settings)
    "bc": ("bc", FRAME | TANH_GAUSSIAN),
    "sac": ("sac", SOFT),
    "sac_actor_first": (
        "sac",
        SOFT | {"actor_first": True, "critic_loss": "huber", "value.samples": 2, "improvement.target_entropy": 0.4},
    ),
    "sac_no_entropy": ("sac_no_entropy", SOFT | {"value.samples": 2, "improvement.samples": 3}),
    "bear": ("bear", BEAR),
    "bear_gaussian_kernel": ("bear", BEAR | {"improvement.divergence.kernel": "gaussian"}),
    "bear_warm_up": ("bear", BEAR | {"improvement.warm_up": 1, "improvement.log_multiplier_max": -0.34}),
    "brac": ("brac", BRAC),
    "awac": ("awac", AWAC),
    "awac_batch_weights": ("awac", AWAC | {"improvement.limit": "batch"}),
    "cql": ("cql", CONSERVATIVE),
    "cql_lagrange_unweighted": ("cql", LAGRANGE),
    "cql_lagrange_weighted": ("cql", LAGRANGE | {"penalty.bounded_gap": "weighted", "penalty.temperature": 1.4}),
    "cql_no_importance": (
        "cql",
        CONSERVATIVE
        | {
            "penalty.importance_sampling": False,
            "penalty.temperature": 0.7,
            "penalty.gap_min": 1.2,
            "penalty.gap_max": 2.5,
        },
    ),
    "cql_entropy": ("cql_entropy", CONSERVATIVE),
    "cql_maximum": ("cql_maximum", MAXIMUM_BACKUP),
    "cql_maximum_per_critic": ("cql_maximum", MAXIMUM_BACKUP | {"value.per_critic": True}),
    "iql": ("iql", WEIGHTED | {"improvement.max_weight": 3.0, "policy_optimizer.decay_steps": 10} | EXPECTILE),
    "cql_optimizers": ("cql", LAGRANGE | SCHEDULES),
    "sac_n": ("sac_n", ENSEMBLE),
    "edac": ("edac", ENSEMBLE | {"penalty.eta": 1.3}),
    "sac_norm_before_activation": ("sac", SOFT | {"critics.network.normalization": "before_activation"}),
    "sac_norm_after_activation": ("sac", SOFT | {"critics.network.normalization": "after_activation"}),
    "percentile_bc": ("percentile_bc", FRAME | TANH_GAUSSIAN),
    "ddpg": ("ddpg", DDPG),
    "td3": ("td3", DETERMINISTIC),
    "td3_copied_targets": ("td3", DETERMINISTIC | HARD_COPIES | {"critic_loss": "huber", "actor_first": True}),
    "td3_bc": ("td3_bc", DETERMINISTIC | CLONED),
    "rebrac": ("rebrac", REBRAC),
    "cal_ql": ("cal_ql", CALIBRATED),
    "cal_ql_no_importance": (
        "cal_ql",
        CALIBRATED | {"penalty.importance_sampling": False, "penalty.temperature": 0.7},
    ),
}

# Over finite actions.

FINITE_FRAME = {"track_every": 1} | FRAME
FINITE_TWINS = FINITE_FRAME | TWINS
FINITE_BEAR = (
    FINITE_TWINS
    | {"value.samples": 3, "value.minimum_weight": 0.75, "value.per_critic": False}
    | CONSTRAINT
    | {"improvement.divergence.threshold": 0.15}
    | CLONE
)
FINITE_BRAC = (
    FINITE_TWINS | CONSTRAINT | {"improvement.learn_multiplier": False, "improvement.value_penalty": True} | CLONE
)
DQN = {"track_every": 1} | BACKUP | TWINS | {"critics.size": 1, "critic_loss": "huber", "value.double_q": True}
FINITE_CQL = DQN | {
    "penalty.alpha": 1.7,
    "penalty.temperature": 1.0,
    "penalty.gap_min": -math.inf,
    "penalty.gap_max": math.inf,
    "penalty.threshold": None,
}

FINITE_CASES = {
    "bc": ("bc", FINITE_FRAME),
    "dqn": ("dqn", DQN | HARD_COPIES),
    "dqn_single_q": ("dqn", DQN | {"critic_loss": "squared", "value.double_q": False}),
    "dqn_twins": ("dqn", DQN | {"critics.size": CRITICS}),
    "dqn_twins_single_q": ("dqn", DQN | HARD_COPIES | {"critics.size": CRITICS, "value.double_q": False}),
    "sac": ("sac", FINITE_TWINS | TEMPERATURE),
    "sac_actor_first": (
        "sac",
        FINITE_TWINS
        | TEMPERATURE
        | HARD_COPIES
        | {"actor_first": True, "critic_loss": "huber", "improvement.target_entropy": 0.4},
    ),
    "bear": ("bear", FINITE_BEAR),
    "bear_per_critic": (
        "bear",
        FINITE_BEAR
        | {"value.per_critic": True, "improvement.warm_up": 1, "improvement.log_multiplier_max": -0.34},
    ),
    "brac": ("brac", FINITE_BRAC),
    "brac_actor_first": ("brac", FINITE_BRAC | {"actor_first": True, "improvement.learn_multiplier": True}),
    "awac": ("awac", FINITE_TWINS | WEIGHTS),
    "awac_batch_weights": ("awac", FINITE_TWINS | WEIGHTS | {"improvement.limit": "batch"}),
    "cql": ("cql", FINITE_CQL),
    "cql_clipped": (
        "cql",
        FINITE_CQL
        | {
            "penalty.temperature": 0.7,
            "penalty.gap_min": 0.8,
            "penalty.gap_max": 2.2,
        },
    ),
    "cql_lagrange_unweighted": ("cql", FINITE_CQL | HARD_COPIES | BOUNDED),
    "cql_lagrange_weighted": (
        "cql",
        FINITE_CQL
        | BOUNDED
        | {"critics.size": CRITICS, "penalty.bounded_gap": "weighted", "penalty.temperature": 1.4},
    ),
    "iql": ("iql", FINITE_TWINS | WEIGHTS | {"policy_optimizer.decay_steps": 10} | EXPECTILE),
}

# What the losses here read, but the learner has no field for, by algorithm.
CLONING_HAS_NONE = BACKUP.keys() | {"track_every"}
NO_FIELDS = {"bc": CLONING_HAS_NONE, "percentile_bc": CLONING_HAS_NONE}
FINITE_NO_FIELDS = {"bc": CLONING_HAS_NONE} | {"dqn": {"actor_first"}, "cql": {"actor_first"}}
