#!/usr/bin/env python3
"""Makes golden.hdf5: two updates of every learner, differentiated by JAX in double precision.

    pip install jax==0.10.2 h5py==3.16.0 numpy==2.4.6      # what the stored file was made with, on Python 3.11
    python3 tests/golden/make_golden.py                    # writes golden.hdf5 beside this script

The formulas are those of functions.py, frame.py, learner.py and finite_learner.py, the cases are here, README.md
describes the file.
"""

import itertools
import math
import pathlib
import platform

import h5py
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

from finite_learner import ACTIONS, FiniteLearner  # noqa: E402
from frame import BATCH  # noqa: E402
from functions import ACTION, HIDDEN, OBSERVATION  # noqa: E402
from learner import CRITICS, Learner  # noqa: E402

SEED = 20240611  # of the initial parameters and the batches
STEPS = 2

# --- the cases: every setting that enters an update is stated; optimizers differ so that none stands in for another ---


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


def text(value):
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def draw_next_actions(step):
    """Those of the data, from a generator of their own."""
    return np.random.default_rng([SEED, step]).uniform(-0.95, 0.95, size=(BATCH, ACTION))


def draw_returns_to_go(step):
    """Those of the data, from a generator of their own."""
    return np.random.default_rng([SEED, step, 1]).normal(size=BATCH)


def draw_batch(rng):
    """Two of six transitions are terminal; two entries of the actions lie on the border and one just inside it."""
    actions = rng.uniform(-0.95, 0.95, size=(BATCH, ACTION))
    actions[1, 0], actions[4, 1], actions[3, 0] = 1.0, -1.0, 0.9999
    return {
        "s": rng.normal(size=(BATCH, OBSERVATION)),
        "a": actions,
        "r": rng.normal(size=BATCH),
        "d": np.array([0.0, 0.0, 1.0, 0.0, 1.0, 0.0]),
        "next_s": rng.normal(size=(BATCH, OBSERVATION)),
    }


def draw_finite_batch(rng):
    """Every action occurs."""
    return draw_batch(rng) | {"a": rng.permutation(np.arange(BATCH) % ACTIONS)}


COLUMNS = {
    "s": "observations",
    "a": "actions",
    "r": "rewards",
    "d": "terminals",
    "next_s": "next_observations",
    "next_a": "next_actions",
    "returns": "returns_to_go",
}


def run(learner, batches):
    """The datasets of one case, but for its name and settings."""
    datasets = {f"initial/{net}": values for net, values in learner.nets.items()}
    for step, batch in enumerate(batches, 1):
        learner.update(batch)
        datasets |= {f"{step}/noise/{draw}": values for draw, values in learner.noise.drawn}
        datasets |= {f"{step}/gradients/{net}": values for net, values in learner.gradients.items()}
        datasets |= {f"{step}/parameters/{net}": values for net, values in learner.nets.items()}
        datasets |= {f"{step}/figures/{figure}": value for figure, value in learner.figures.items()}
    return datasets


def write(group, kind, cases, no_fields, batches, first):
    """Batches and cases of one kind of learners. The cases are numbered from `first`, for their seeds."""
    for step, batch in enumerate(batches, 1):
        for short, values in batch.items():
            group[f"batches/{step}/{COLUMNS[short]}"] = values
    for number, (name, (algorithm, settings)) in enumerate(cases.items(), first):
        seed = 2**32 * number + 1000 + number  # both halves of the key
        for attempt in itertools.count():
            learner = kind(algorithm, settings, seed, np.random.default_rng([SEED, number, attempt]))
            datasets = run(learner, batches)
            if learner.covers_every_branch():
                break
        fields = {key: value for key, value in settings.items() if key not in no_fields.get(algorithm, ())}
        datasets |= {
            "algorithm": algorithm,
            "settings": "".join(f"{key} = {text(value)}\n" for key, value in fields.items()),
            "seed": np.uint64(seed),
        }
        for key, values in datasets.items():
            group[f"cases/{name}/{key}"] = values
        print(f"{group.name} {name}: parameters of attempt {attempt}", flush=True)


def main():
    path = pathlib.Path(__file__).with_name("golden.hdf5")
    rng = np.random.default_rng(SEED)
    batches = [draw_batch(rng) for _ in range(STEPS)]
    for step, batch in enumerate(batches, 1):
        batch["next_a"] = draw_next_actions(step)
        batch["returns"] = draw_returns_to_go(step)
    finite_batches = [draw_finite_batch(rng) for _ in range(STEPS)]
    with h5py.File(path, "w", libver=("v108", "v110")) as file:
        file.attrs["format"] = "holdfast golden updates"
        versions = [f"{module.__name__} {module.__version__}" for module in (jax, np, h5py)]
        file.attrs["made_with"] = ", ".join([f"Python {platform.python_version()}", *versions])
        file.attrs["seed"] = SEED
        write(file, Learner, CASES, NO_FIELDS, batches, 0)
        write(file.create_group("finite"), FiniteLearner, FINITE_CASES, FINITE_NO_FIELDS, finite_batches, 100)
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
