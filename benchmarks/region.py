"""A region at life's speed: 20 towns like that of `day` in one database, all bursts of their day within ten minutes.

The letters come as thick as in a whole day, their bursts are as much shorter as the time is. With --full half an hour.
"""

from __future__ import annotations

from benchmarks.day import LIFE_SECONDS, measure
from benchmarks.report import Report

TOWNS = 20
SECONDS, FULL_SECONDS = 600.0, 1800.0


def run(report: Report) -> None:
    """Ten minutes; with --full half an hour."""
    seconds, called = (FULL_SECONDS, "half an hour") if report.full else (SECONDS, "ten minutes")
    measure(report, f"{called} of a region", TOWNS, seconds / LIFE_SECONDS, seconds)
