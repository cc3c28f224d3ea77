"""Checking signed files from anywhere, bounded: the look inside happens in a child process without network.

Where all that is missing for a verdict is whether a certificate was revoked, those who must know it are asked from
here, and a second child judges with their answers.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from edms import clock
from edms.sandbox.limits import MIB, Limits
from edms.sandbox.run import run
from edms.signing import asking, trust
from edms.signing.algorithms import Algorithms, shipped
from edms.signing.examination import examine
from edms.signing.grounds import Answers
from edms.signing.outside import Outside
from edms.signing.trust import Roots
from edms.signing.verdicts import NOT_CHECKED, TOO_LARGE, TOO_LONG, Bottom, Verdict, undecided

LARGEST = 128 * MIB
LIMITS = Limits(cpu_seconds=10, wall_seconds=30.0, memory_bytes=1536 * MIB)
LOOK = "edms.signing.validation:look"
# What an answer about revocation can decide (EN 319 102-1, 5.1.3).
UNANSWERED = frozenset({"TRY_LATER", "CERTIFICATE_CHAIN_GENERAL_FAILURE", "NO_POE", "REVOCATION_OUT_OF_BOUNDS_NO_POE"})


@dataclass(frozen=True)
class Judged:
    """A verdict and what was answered outside for it."""

    verdict: Verdict
    answers: Answers = field(default_factory=Answers)


def validate(signed: bytes, roots: Roots, *, at: datetime | None = None) -> Verdict:
    """The verdict on bytes from anywhere: passed, failed or indeterminate with the reason. Never throws, asks nobody.

    `roots` are all that is trusted; `at` defaults to now. At most 10 s of processor time and 1.5 GiB.
    """
    with tempfile.TemporaryDirectory(prefix="edms-verdict-") as folder:
        path = Path(folder, "signed")
        path.write_bytes(signed)
        return judge(path, roots, at=at).verdict


def judge(
    path: Path,
    roots: Roots,
    *,
    at: datetime | None = None,
    outside: Outside | None = None,
    beside: Sequence[tuple[str, Path]] = (),
    name: str = "",
    algorithms: Algorithms | None = None,
    answers: Answers | None = None,
) -> Judged:
    """The same for a file. `outside` is who may be asked about revocation, `beside` what a signature may be over.

    `answers` are what was heard outside at an earlier check.
    """
    if path.stat().st_size + sum(other.stat().st_size for _, other in beside) > LARGEST:
        return Judged(undecided(TOO_LARGE))
    told: dict[str, Any] = {
        "at": (at or clock.now()).isoformat(),
        "beside": [other for other, _ in beside],
        "name": name,
    }
    told["algorithms"] = (algorithms or shipped()).text
    inputs = [path, *(other for _, other in beside)]
    first = _asked(inputs, roots, told, answers or Answers())
    if outside is None or not _wants_answers(first):
        return Judged(first)
    heard = asking.ask(first.findings, outside, roots)
    if not heard:
        return Judged(first)
    # An answer that was made after the instant of judgement would count for nothing: the instant moves on.
    told["at"] = (at or clock.now()).isoformat()
    return Judged(_asked(inputs, roots, told, heard), heard)


def look(
    inputs: list[Path], _folder: Path, *, at: str, beside: list[str], name: str, algorithms: str
) -> Iterator[dict[str, Any]]:
    """The child's part of `judge`."""
    roots, answers = inputs[0].read_bytes(), Answers.from_json(json.loads(inputs[1].read_bytes()))
    others = {other: path.read_bytes() for other, path in zip(beside, inputs[3:], strict=True)}
    trusted = trust.certificates(roots) if roots else []
    instant = datetime.fromisoformat(at)
    verdict = examine(
        inputs[2].read_bytes(), trusted, at=instant, answers=answers, beside=others, name=name,
        algorithms=Algorithms(algorithms),
    )  # fmt: skip
    yield verdict.as_json()


def _asked(inputs: Sequence[Path], roots: Roots, told: Mapping[str, Any], answers: Answers) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="edms-verdict-") as folder:
        trusted, heard = Path(folder, "roots.pem"), Path(folder, "answers.json")
        trusted.write_bytes(trust.as_pem(roots))
        heard.write_text(json.dumps(answers.as_json()), encoding="ascii")
        said, outcome = run(LOOK, [trusted, heard, *inputs], told, limits=LIMITS)
    if outcome.reason is None and said:
        try:
            return Verdict.from_json(said[0])
        except (ValueError, TypeError, KeyError):
            return undecided(NOT_CHECKED)
    return undecided(TOO_LONG if outcome.reason == "sandbox.too_long" else NOT_CHECKED)


def _wants_answers(verdict: Verdict) -> bool:
    return any(
        finding.bottom is Bottom.INDETERMINATE and finding.sub_indication in UNANSWERED and finding.chain
        for finding in verdict.findings
    )
