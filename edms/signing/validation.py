"""Checking signed files from anywhere, bounded: the look inside happens in a child process without network."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from edms import clock
from edms.sandbox.limits import MIB, Limits
from edms.sandbox.run import run
from edms.signing import trust
from edms.signing.examination import examine
from edms.signing.trust import Roots
from edms.signing.verdicts import NOT_CHECKED, TOO_LARGE, TOO_LONG, Verdict, undecided

LARGEST = 128 * MIB
LIMITS = Limits(cpu_seconds=10, wall_seconds=20.0, memory_bytes=1536 * MIB)
LOOK = "edms.signing.validation:look"


def validate(pdf: bytes, roots: Roots, *, at: datetime | None = None) -> Verdict:
    """The verdict on bytes from anywhere: passed, failed or indeterminate with the reason. Never throws.

    `roots` are all that is trusted; `at` defaults to now. At most 10 s of processor time and 1.5 GiB.
    """
    if len(pdf) > LARGEST:
        return undecided(TOO_LARGE)
    moment = at or clock.now()
    with tempfile.TemporaryDirectory(prefix="edms-verdict-") as folder:
        paper, trusted = Path(folder, "paper.pdf"), Path(folder, "roots.pem")
        paper.write_bytes(pdf)
        trusted.write_bytes(trust.as_pem(roots))
        said, outcome = run(LOOK, [paper, trusted], {"at": moment.isoformat()}, limits=LIMITS)
    if outcome.reason is None and said:
        return Verdict.from_json(said[0])
    return undecided(TOO_LONG if outcome.reason == "sandbox.too_long" else NOT_CHECKED)


def look(inputs: list[Path], _folder: Path, *, at: str) -> Iterator[dict[str, Any]]:
    """The child's part of `validate`."""
    pdf, roots = inputs[0].read_bytes(), inputs[1].read_bytes()
    trusted = trust.certificates(roots) if roots else []
    yield examine(pdf, trusted, at=datetime.fromisoformat(at)).as_json()
