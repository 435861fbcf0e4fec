"""Measures the learners of one library in a process of its own; peers.py starts it with its threads and cores set.

Prints one line of JSON for each learner, with the rate or the error.
"""

import importlib
import json
import math
import statistics
import sys
import time

MODULES = {
    "torch_eager": "torch_learners",
    "torch_compile": "torch_learners",
    "jax_jit": "jax_learners",
    "jax_scan": "jax_learners",
    "d3rlpy": "d3rlpy_learners",
}


def timed(calls, count):
    begin = time.perf_counter()
    losses = calls(count)
    spent = time.perf_counter() - begin
    if not all(math.isfinite(loss) for loss in losses.values()):
        raise FloatingPointError(f"a loss is not finite: {losses}")
    return spent


def rate(calls, together, seconds, rounds):
    """Returns the median of the updates per second in rounds of about so many seconds each."""
    calls(2)  # compiles
    # The number of calls is settled before the rounds: to look at the clock after each call, one would have to wait
    # for JAX, which otherwise prepares the next call meanwhile.
    count = 1
    while (spent := timed(calls, count)) < seconds / 4:
        count *= 2
    count = max(1, math.ceil(count * seconds / spent))
    return statistics.median(count * together / timed(calls, count) for _ in range(rounds))


def error_line(error):
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def main():
    library, seconds, rounds, *learners = sys.argv[1:]
    results, sys.stdout = sys.stdout, sys.stderr  # what libraries print is no result
    for learner in learners:
        line = {"learner": learner}
        try:
            calls, together = importlib.import_module(MODULES[library]).make(library, learner)
            line["updates_per_s"] = rate(calls, together, float(seconds), int(rounds))
        except Exception as error:  # one learner's failure leaves the others their turn
            line["error"] = error_line(error)
        print(json.dumps(line), file=results, flush=True)


if __name__ == "__main__":
    main()
