#!/usr/bin/env python3
"""Measures how many updates per second holdfast and other libraries make of the same work on this machine.

    python peers.py --holdfast ../../build/release/bin/update_rates --out peers.csv

README.md tells what is measured.
"""

import argparse
import csv
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

LEARNERS = ["Bc", "Sac", "Awac", "Iql", "Cql"]
HERE = pathlib.Path(__file__).resolve().parent
TITLES = {
    "holdfast": "holdfast",
    "torch_eager": "torch eager",
    "torch_compile": "torch.compile",
    "jax_jit": "JAX jit",
    "jax_scan": "JAX scan",
    "d3rlpy": "d3rlpy",
}
PEERS = [library for library in TITLES if library != "holdfast"]


def complain(text):
    print(f"peers.py: {text}", file=sys.stderr, flush=True)


def package(library):
    return library.split("_")[0]


def installed(libraries):
    found = []
    for library in libraries:
        if importlib.util.find_spec(package(library)):
            found.append(library)
        else:
            complain(f"{library} is skipped: the package {package(library)} is not installed")
    return found


def environment(threads):
    """Returns the environment variables that give every library so many threads."""
    variables = dict(os.environ)
    # They are meant for old builds of OpenBLAS and slow the current ones down.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        variables.pop(name, None)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"):
        variables[name] = str(threads)
    variables["JAX_PLATFORMS"] = "cpu"
    variables["CUDA_VISIBLE_DEVICES"] = ""
    if threads == 1:
        variables["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    return variables


def run(command, threads):
    """Runs a command on so many cores; returns its output, or None with a line about what went wrong."""
    cores = sorted(os.sched_getaffinity(0))[:threads]
    try:
        done = subprocess.run(
            [str(word) for word in command],
            env=environment(threads),
            cwd=HERE,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
            capture_output=True,
            text=True,
        )
    except OSError as error:
        complain(f"{command[0]}: {error.strerror}")
        return None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        complain(f"{pathlib.Path(command[0]).name} failed with status {done.returncode}: {lines[-1]}")
        return None
    return done.stdout


def holdfast_rates(_library, options, threads):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "rates.csv"
        command = [options.holdfast.resolve(), "--learners", *options.learners, "--threads", threads]
        command += ["--seconds", options.seconds, "--rounds", options.rounds, "--out", out]
        if run(command, threads) is None:
            return {}
        with out.open(newline="") as file:
            return {row["learner"]: float(row["updates_per_s"]) for row in csv.DictReader(file)}


def peer_rates(library, options, threads):
    command = [sys.executable, HERE / "worker.py", library, options.seconds, options.rounds, *options.learners]
    rates = {}
    for line in (run(command, threads) or "").splitlines():
        result = json.loads(line)
        if "error" in result:
            complain(f"{library}, {result['learner']}: {result['error']}")
        else:
            rates[result["learner"]] = result["updates_per_s"]
    return rates


def number(value):
    return "–" if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def print_table(rates, learners, threads):
    """Prints the rates, by library and learner, of one number of threads."""
    header = ["learner", *(TITLES[library] for library in rates)]
    with_ratio = "holdfast" in rates and len(rates) > 1
    if with_ratio:
        header.append("holdfast / fastest peer")
    print(f"{threads} thread{'s' if threads > 1 else ''}, updates/s:\n")
    print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for learner in learners:
        cells = [learner, *(number(of_library.get(learner)) for of_library in rates.values())]
        if with_ratio:
            own = rates["holdfast"].get(learner)
            peers = [
                rates[library][learner] for library in rates if library != "holdfast" and learner in rates[library]
            ]
            cells.append(f"{own / max(peers):.2f}" if own and peers else "–")
        print(f"| {' | '.join(cells)} |")
    print(flush=True)


def parsed():
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description="Compares the update rates of holdfast and of other libraries.")
    parser.add_argument(
        "--threads", type=int, nargs="+", default=[1, 2][:cores], help="numbers of threads, default 1 2"
    )
    parser.add_argument("--seconds", type=float, default=2, help="seconds of one round, default 2")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, whose median is the result, default 5")
    parser.add_argument("--holdfast", type=pathlib.Path, help="the program update_rates; left out unless given")
    parser.add_argument("--libraries", nargs="+", choices=PEERS, default=PEERS, help="default: all")
    parser.add_argument("--learners", nargs="+", choices=LEARNERS, default=LEARNERS, help="default: all")
    parser.add_argument("--out", type=pathlib.Path, help="file for the results, with comma-separated values")
    parser.add_argument("--check", action="store_true", help="check that the libraries do the same work, and stop")
    options = parser.parse_args()
    if not all(1 <= threads <= cores for threads in options.threads):
        parser.error(f"--threads: expected numbers from 1 to {cores}, the cores of this machine")
    if options.seconds <= 0 or options.rounds < 1:
        parser.error("--seconds and --rounds: expected positive numbers")
    if options.out and not options.out.resolve().parent.is_dir():
        parser.error(f"--out: there is no folder {options.out.parent}")
    return options


def measure(options, libraries):
    if not libraries and not options.holdfast:
        complain("there is nothing to measure")
        return False
    packages = sorted({package(library) for library in libraries})
    if packages:
        print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages), end="\n\n", flush=True)
    rows = []
    complete = True
    for threads in options.threads:
        rates = {}
        for library in [*(["holdfast"] if options.holdfast else []), *libraries]:
            print(f"measuring {library} with --threads {threads}", file=sys.stderr, flush=True)
            rates[library] = (holdfast_rates if library == "holdfast" else peer_rates)(library, options, threads)
        print_table(rates, options.learners, threads)
        for library, of_library in rates.items():
            complete = complete and len(of_library) == len(options.learners)
            rows += [(library, learner, threads, f"{rate:.2f}") for learner, rate in of_library.items()]
    if options.out:
        with options.out.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("library", "learner", "threads", "updates_per_s"), *rows])
    return complete


def main():
    options = parsed()
    libraries = installed(options.libraries)
    if options.check:
        libraries = [library for library in libraries if library != "d3rlpy"]  # it draws its own parameters
        if not libraries:
            complain("there is nothing to check")
            return False
        os.environ.update(environment(1))
        from check import check  # not before the variables are set

        return check(libraries)
    return measure(options, libraries)


if __name__ == "__main__":
    try:
        sys.exit(0 if main() else 1)
    except KeyboardInterrupt:
        sys.exit(130)
