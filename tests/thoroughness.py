"""How much of what could be tried a run tries: a sample of it, or with `make test-fuzz` (EDMS_THOROUGH=1) all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
THOROUGH = os.environ.get("EDMS_THOROUGH") == "1"


def sample(least: int, most: int) -> int:
    """How many to try."""
    return most if THOROUGH else least


def some(least: Sequence[T], all_: Sequence[T]) -> Sequence[T]:
    """Which to try."""
    return all_ if THOROUGH else least
