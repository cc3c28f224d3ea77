"""What a child may use. One value per kind of work, passed to the child as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds of one child and of the programs it starts. Each process has its own CPU seconds and memory."""

    cpu_seconds: int = 20
    wall_seconds: float = 60.0
    memory_bytes: int = 2048 * MIB
    file_bytes: int = 256 * MIB
    """The largest single file it may write."""
    folder_bytes: int = 1024 * MIB
    """All that may lie in its folder."""
    answer_bytes: int = 64 * MIB
    """All that it may say."""
    open_files: int = 128
    stepping_back: int = 0
    """How far it steps back for those whom somebody waits for (nice(2), 0 to 19)."""

    def as_json(self) -> dict[str, Any]:
        """For the child."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Limits:
        """In the child."""
        return cls(**values)


USUAL = Limits()
