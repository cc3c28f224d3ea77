"""The child that reads the evidence of a signature in a package: what is said to be JSON may unfold to gigabytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from edms.signing.grounds import Answers


def answers(inputs: Sequence[Path], folder: Path) -> Iterator[dict[str, Any]]:
    """Tell what was heard about revocation when it was checked; nothing where that cannot be read."""
    try:
        told = json.loads(inputs[0].read_bytes())
        heard = told.get("revocation_answers") if isinstance(told, dict) else None
        yield Answers.from_json(heard if isinstance(heard, dict) else {}).as_json()
    except (ValueError, TypeError, RecursionError):
        yield Answers().as_json()
