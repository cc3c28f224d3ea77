"""`python -m benchmarks [NAME …]`: run the modules and print the table. Exit 4 when a bar does not hold."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from time import perf_counter

import benchmarks
from benchmarks.report import Report, machine

NOT_MEASURING = ("__main__", "crowd", "growth", "judged", "million", "ocrmypdf", "report", "stage", "towns")


def names() -> list[str]:
    """Every module that measures."""
    return sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in NOT_MEASURING)


def main() -> None:
    """Run what was asked for, or everything."""
    call = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    call.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names()))
    call.add_argument("--full", action="store_true", help="the long scale: 200,000 letters and the like")
    call.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    asked = call.parse_args()
    if unknown := set(asked.names) - set(names()):
        call.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    report = Report(full=asked.full)
    print(machine(), flush=True)
    for name in asked.names or names():
        print(f"{name}", flush=True)
        began = perf_counter()
        importlib.import_module(f"benchmarks.{name}").run(report)
        print(f"  ({perf_counter() - began:.0f} s)", flush=True)
    if asked.write:
        report.write()
    for row in report.missed:
        print(f"bar missed: {row.name}: {' | '.join(row.cells()[1:6])}", file=sys.stderr)
    sys.exit(4 if report.missed else 0)


if __name__ == "__main__":
    main()
