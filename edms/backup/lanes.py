"""Contents are copied several at once: each is flushed by itself, and those that wait for the disk wait together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

LANES = 8
_BATCH = 500  # of a million keys only so many are in hand


def each(act: Callable[[str], T], keys: Sequence[str]) -> Iterator[tuple[str, T]]:
    """Every key with what the act answered, in their order. What an act raises is raised here; those begun are finished."""
    with ThreadPoolExecutor(LANES, thread_name_prefix="copy") as lanes:
        for first in range(0, len(keys), _BATCH):
            batch = keys[first : first + _BATCH]
            yield from zip(batch, lanes.map(act, batch), strict=True)
