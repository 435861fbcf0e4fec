"""Checks that from the same parameters torch and JAX learn the same, and learn, where an update draws nothing."""

import importlib
import math

import work
from worker import MODULES

LEARNERS = ("Bc", "Iql")


def losses_of(library, learner):
    """Returns the policy's losses after one and two times the updates of a scan."""
    calls, together = importlib.import_module(MODULES[library]).make(library, learner)
    count = work.SCAN_LENGTH // together
    return [calls(count)["policy"] for _ in range(2)]


def check(libraries):
    """Prints the losses and returns whether they fall and agree."""
    good = True
    for learner in LEARNERS:
        expected = None
        for library in libraries:
            before, after = losses_of(library, learner)
            expected = expected or (before, after)
            falls = after < before
            agrees = all(math.isclose(*pair, rel_tol=1e-3) for pair in zip((before, after), expected))
            verdict = "does not fall" if not falls else "ok" if agrees else f"differs from that of {libraries[0]}"
            print(f"{learner}, {library}: policy loss {before:.6f}, then {after:.6f}: {verdict}", flush=True)
            good = good and falls and agrees
    return good
