"""`python -m benchmarks [NAME …]`: run all benchmarks or the named ones, each in a process of its own."""

import argparse
import importlib
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.report import Options, Skipped, machine

#: Name to what it measures; a module of this name has `run(options)`, which returns tables.
BENCHMARKS = {
    "decision": "deciding on a message at 1,000 articles, by stage",
    "turn": "a turn with everything settled on SQLite, over the model's own time",
    "dispatch": "one model call through dispatch against a bare httpx call",
    "startup": "cold start to first page, and memory",
    "scale": "the pages' reads and writes at 200 and at 100,000 tickets",
    "search": "R@1 and R@5 on public sets, and time at 1,000 and 10,000 passages",
    "answers": "right answers and honest refusals of the embedded models on labelled questions",
    "day": "the labelled day over three seeds",
    "masking": "recall and precision of masking by kind",
    "crashes": "kill -9 at random points of random work, and what is left",
    "races": "invariants under random interleavings, and concurrent claims",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; return the number of benchmarks that failed."""
    asked = _parser().parse_args(arguments)
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    if asked.list:
        print("\n".join(f"{name:10} {about}" for name, about in BENCHMARKS.items()))
        return 0
    if asked.here:
        return _run_here(asked.names[0], _options(asked))
    print(f"Measured on {machine()}.\n", flush=True)
    return sum(_run_apart(name, asked) for name in asked.names or BENCHMARKS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="all of them when none is named")
    parser.add_argument("--list", action="store_true", help="list the benchmarks and stop")
    parser.add_argument("--quick", action="store_true", help="a short look: small counts, coarse figures")
    parser.add_argument("--full", action="store_true", help="the full counts of the design where they take long")
    parser.add_argument("--profile", action="store_true", help="also the dearest functions, where it applies")
    count = "how many messages, turns, calls, tickets, kill points or interleavings"
    parser.add_argument("--examples", "--points", type=int, metavar="N", help=count)
    parser.add_argument("--seed", type=int, default=1, help="of the campaigns: another seed, other kill points")
    kinds = ("sqlite", "postgresql", "both")
    parser.add_argument("--database", choices=kinds, default="both", help="where the campaigns take place")
    parser.add_argument(
        "--half", choices=("dev", "test", "both", "train"), default="both", help="of the labelled questions"
    )
    parser.add_argument(
        "--show-misses", action="store_true", help="also the questions that went wrong, but the test half"
    )
    parser.add_argument(
        "--knowledge", default="", metavar="DIR", help="ask another company's folder its questions.yaml"
    )
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    return parser


def _run_apart(name: str, asked: argparse.Namespace) -> int:
    """Run one in a fresh process, so that none measures what another left behind."""
    flags = [f"--{flag}" for flag in ("quick", "full", "profile") if getattr(asked, flag)]
    flags += [f"--examples={asked.examples}"] if asked.examples is not None else []
    flags += [f"--seed={asked.seed}", f"--database={asked.database}", f"--half={asked.half}"]
    flags += ["--show-misses"] * asked.show_misses + [f"--knowledge={asked.knowledge}"] * bool(asked.knowledge)
    done = subprocess.run([sys.executable, "-m", "benchmarks", "--here", name, *flags], check=False)
    return int(done.returncode != 0)


def _options(asked: argparse.Namespace) -> Options:
    told = {name: getattr(asked, name) for name in ("seed", "database", "half", "show_misses", "knowledge")}
    return Options(asked.quick, asked.full, asked.profile, asked.examples, **told)


def _run_here(name: str, options: Options) -> int:
    try:
        tables = importlib.import_module(f"benchmarks.{name}").run(options)
    except Skipped as missing:
        print(f"## {name}: skipped\n\n{missing}\n", flush=True)
        return 0
    for table in tables:
        print(f"{table.show()}\n", flush=True)
    return int(any(table.failed for table in tables))


if __name__ == "__main__":
    sys.exit(main())
