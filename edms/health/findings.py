"""What a look at one thing found: how it is, and the message that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How a thing looked at is."""

    FINE = "fine"
    WEAK = "weak"  # the service goes on without it, or with less of it
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its name, how it is, and the message that says so."""

    what: str
    state: State
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)
