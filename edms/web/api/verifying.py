"""Is this paper genuine? For programs without a token, as the public page answers it, and counted with it; and, behind
a token, how the archive's signatures stand."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

from flask import request
from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.overview import proving
from edms.overview.proving import Health
from edms.signing.verdicts import UNSIGNED, Bottom, Level
from edms.web.api.layer import ask, read
from edms.web.api.shapes import Asked, Line, Shown
from edms.web.api.signatures import SignatureShown, shown_signature
from edms.web.desk.proving import lead
from edms.web.kit import t
from edms.web.portal import verify


class NumberAndCode(Asked):
    """Number and code, as they stand on the paper."""

    number: Annotated[Line, Field(max_length=60)]
    code: Annotated[Line, Field(max_length=60)]


class OursShown(Shown):
    """A paper of ours: which office issued it, under what number, on what day; the hash of its signed bytes.

    `signed_by_hand`: those bytes are the scan of a paper that was signed with a pen.
    """

    office: str
    number: str
    registered_on: date
    sha256: str
    signed_by_hand: bool


class VerifiedShown(Shown):
    """What is to be said of a file: did we issue exactly these bytes, and do its signatures hold (EN 319 102-1)?"""

    issued_here: OursShown | None
    signed: bool
    bottom: Bottom
    sub_indication: str | None
    reason: str
    text: str
    level: Level | None
    who: list[str]
    changed_after: bool
    signatures: list[SignatureShown]


class LevelShown(Shown):
    """How many of those that hold are written so."""

    form: str
    level: str
    papers: int


class SignatureHealthShown(Shown):
    """How many signed papers there are, and how many would still prove themselves if nobody did anything."""

    signed: int
    holds: int
    one_year: int
    five_years: int
    ten_years: int
    due: int
    waiting: int
    failed: int
    short: int
    ended: int
    unclear: int
    broken: int
    levels: list[LevelShown]


@ask("/verify", open=True, takes_bytes=True)
def file() -> VerifiedShown:
    """Check the signatures of a file, up to 25 MB: the body is the file itself. Nothing of it is kept.

    Counted by address, like the public page: 503 with Retry-After when it is asked too often.
    """
    request.max_content_length = verify.LARGEST
    with tempfile.TemporaryDirectory(prefix="edms-verify-") as folder:
        path = Path(folder, "paper")
        with verify.brought():
            with path.open("wb") as target:
                shutil.copyfileobj(request.stream, target, 1 << 20)
            ours, verdict = verify.of_bytes(path)
    return VerifiedShown(
        issued_here=_ours(ours) if ours is not None else None,
        signed=verdict.reason != UNSIGNED,
        bottom=verdict.bottom,
        sub_indication=verdict.sub_indication,
        reason=verdict.reason,
        text=t(verdict.reason),
        level=verdict.level,
        who=list(verdict.who),
        changed_after=verdict.changed_after,
        signatures=[shown_signature(finding) for finding in verdict.as_json()["findings"]],
    )


@ask("/verify/number", open=True)
def number(body: NumberAndCode) -> OursShown:
    """The paper of ours with this number and code; 422 alike whichever of them is wrong."""
    return _ours(verify.of_number(body.number, body.code))


@read("/signature-health")
def health(session: Session, who: Actor) -> SignatureHealthShown:
    """How the archive's signatures stand, from what was told when each was checked."""
    found = proving.sums(session, who, lead=lead())
    return SignatureHealthShown(
        **{each.value: found.figures[each] for each in Health},
        levels=[LevelShown(form=form, level=level, papers=papers) for form, level, papers in found.levels],
    )


def _ours(found: verify.Ours) -> OursShown:
    return OursShown(
        office=found.office,
        number=found.number,
        registered_on=found.day,
        sha256=found.sha256,
        signed_by_hand=found.by_hand,
    )
