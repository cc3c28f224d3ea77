"""Plugin: Python's collector comes seldom in a test run. Going through all that is loaded was a quarter of its processor time.

An application made for one test is a hundred thousand objects that know each other: they go when the collector is
called, between tests.
"""

from __future__ import annotations

import gc
from itertools import count

SELDOM = (200_000, 50, 100)
EACH = 20
"""Tests after which the collector is called."""

_run = count(1)
gc.disable()  # until all is loaded


def pytest_collection_finish() -> None:
    """What is loaded by now stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    gc.enable()


def pytest_runtest_logfinish() -> None:
    """Memory stays bounded by what some tests leave."""
    if next(_run) % EACH == 0:
        gc.collect()
