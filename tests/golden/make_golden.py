#!/usr/bin/env python3
"""Makes golden.hdf5: two updates of every learner, differentiated by JAX in double precision.

    pip install jax==0.10.2 h5py==3.16.0 numpy==2.4.6      # what the stored file was made with, on Python 3.11
    python3 tests/golden/make_golden.py                    # writes golden.hdf5 beside this script

The formulas are those of functions.py, frame.py, learner.py, finite_learner.py, generative.py and
generative_learner.py, the cases are those of cases.py and generative_cases.py, README.md describes the file.
"""

import itertools
import pathlib
import platform

import h5py
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

from cases import CASES, FINITE_CASES, FINITE_NO_FIELDS, NO_FIELDS  # noqa: E402
from finite_learner import ACTIONS, FiniteLearner  # noqa: E402
from frame import BATCH  # noqa: E402
from functions import ACTION, OBSERVATION  # noqa: E402
from generative_cases import GENERATIVE_CASES, GENERATIVE_NO_FIELDS  # noqa: E402
from generative_learner import GenerativeLearner  # noqa: E402
from learner import Learner  # noqa: E402

SEED = 20240611  # of the initial parameters and the batches
STEPS = 2

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


def write_batches(group, batches):
    for step, batch in enumerate(batches, 1):
        for short, values in batch.items():
            group[f"batches/{step}/{COLUMNS[short]}"] = values


def write(group, kind, cases, no_fields, batches, first):
    """The cases of one kind of learners. They are numbered from `first`, for their seeds."""
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
        finite = file.create_group("finite")
        write_batches(file, batches)
        write_batches(finite, finite_batches)
        write(file, Learner, CASES, NO_FIELDS, batches, 0)
        write(finite, FiniteLearner, FINITE_CASES, FINITE_NO_FIELDS, finite_batches, 100)
        write(file, GenerativeLearner, GENERATIVE_CASES, GENERATIVE_NO_FIELDS, batches, 200)
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
