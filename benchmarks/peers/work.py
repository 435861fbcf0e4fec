"""The work that every library does: the settings, the batch and the initial parameters."""

import math

import numpy as np

OBSERVATION = 17
ACTION = 6
HIDDEN = (256, 256)
BATCH = 256
SCAN_LENGTH = 20  # updates in one call of the library "jax_scan"

CONTINUATION = 0.99  # no transition of the batch is terminal
TARGET_RATE = 0.005
LEARNING_RATE = 3e-4
SLOW_POLICY_LEARNING_RATE = 1e-4  # of CQL
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
LOG_STD_MIN, LOG_STD_MAX = -5.0, 2.0
BORDER = 1e-6  # actions of the data are clamped to 1 minus this, where a tanh-Gaussian still has a density
TARGET_ENTROPY = -float(ACTION)
EXPECTILE = 0.7
INVERSE_TEMPERATURE = 3.0  # of the weights exp(3 A)
LARGEST_WEIGHT = 100.0
CONSERVATIVE_WEIGHT = 5.0
CONSERVATIVE_SAMPLES = 10  # of each of the three kinds
UNIFORM_LOG_DENSITY = -ACTION * math.log(2)
LOG_TWO = math.log(2)
HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)

GAUSSIAN = ("Awac", "Iql")  # the learners whose policy is not a tanh-Gaussian


def policy_learning_rate(learner):
    return SLOW_POLICY_LEARNING_RATE if learner == "Cql" else LEARNING_RATE


def batch():
    """Returns one random batch, with a row for each transition."""
    random = np.random.default_rng(1)
    return {
        "observations": random.standard_normal((BATCH, OBSERVATION), np.float32),
        "actions": random.uniform(-0.99, 0.99, (BATCH, ACTION)).astype(np.float32),
        "rewards": random.standard_normal(BATCH, np.float32),
        "next_observations": random.standard_normal((BATCH, OBSERVATION), np.float32),
    }


def mlp(random, inputs, outputs):
    """Returns weights (inputs x outputs) and biases, one after the other, drawn like those of a layer of torch."""
    parameters = []
    for rows, columns in zip((inputs, *HIDDEN), (*HIDDEN, outputs)):
        limit = 1 / math.sqrt(rows)
        parameters.append(random.uniform(-limit, limit, (rows, columns)).astype(np.float32))
        parameters.append(random.uniform(-limit, limit, columns).astype(np.float32))
    return parameters


def networks(learner):
    """Returns the initial parameters of a learner's networks by name; those of both critics are in one list."""
    random = np.random.default_rng(2)
    if learner in GAUSSIAN:
        result = {"policy": [*mlp(random, OBSERVATION, ACTION), np.zeros(ACTION, np.float32)]}
    else:
        result = {"policy": mlp(random, OBSERVATION, 2 * ACTION)}
    if learner != "Bc":
        result["critics"] = mlp(random, OBSERVATION + ACTION, 1) + mlp(random, OBSERVATION + ACTION, 1)
    if learner == "Iql":
        result["value"] = mlp(random, OBSERVATION, 1)
    if learner in ("Sac", "Cql"):
        result["log_temperature"] = [np.zeros((), np.float32)]
    return result
