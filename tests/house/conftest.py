"""These tests read the source as trees."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """No garbage is collected meanwhile: what ends then may let another thread make a tree too, which
    Python 3.11 may not bear (CPython gh-106905)."""
    gc.disable()
    yield
    gc.enable()
