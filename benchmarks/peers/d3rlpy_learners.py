"""The learners of d3rlpy, as the package has them, with the settings that come nearest."""

import os

import numpy as np
import torch
import work
from d3rlpy.algos import AWACConfig, BCConfig, CQLConfig, IQLConfig, SACConfig
from d3rlpy.dataset import TransitionMiniBatch

CONFIGS = {
    "Bc": BCConfig(batch_size=work.BATCH, learning_rate=work.LEARNING_RATE, policy_type="stochastic"),
    "Sac": SACConfig(batch_size=work.BATCH),
    "Awac": AWACConfig(batch_size=work.BATCH, lam=1 / work.INVERSE_TEMPERATURE),
    "Iql": IQLConfig(batch_size=work.BATCH),
    # A rate of 0 keeps the penalty's multiplier at 1.
    "Cql": CQLConfig(batch_size=work.BATCH, alpha_learning_rate=0, temp_learning_rate=work.LEARNING_RATE),
}


def mini_batch():
    arrays = work.batch()
    return TransitionMiniBatch(
        observations=arrays["observations"],
        actions=arrays["actions"],
        rewards=arrays["rewards"][:, None],
        next_observations=arrays["next_observations"],
        next_actions=arrays["actions"],  # no learner here reads them
        terminals=np.zeros((work.BATCH, 1), np.float32),
        intervals=np.ones((work.BATCH, 1), np.float32),
        transitions=[],
    )


def make(_library, learner):
    """Returns a function that makes so many calls and returns the last losses, and the number of updates in a call."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(3)
    batch = mini_batch()
    algorithm = CONFIGS[learner].create(device=False)
    algorithm.create_impl((work.OBSERVATION,), work.ACTION)

    def calls(count):
        for _ in range(count):
            losses = algorithm.update(batch)
        return losses

    return calls, 1
