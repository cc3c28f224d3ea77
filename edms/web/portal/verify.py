"""Is this paper ours, and do its signatures hold? For anyone: lay the file here, or type number and code of the paper.

Told in sentences, without a name that is not in the file itself. Uploads are bounded, judged in a child without
network, counted by address, and nothing of them is kept. Only papers that we issued are known here: who lays a letter
that somebody sent us learns nothing of it.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from edms.drafting.by_hand.signing import by_hand
from edms.errors import Invalid
from edms.registry import issued
from edms.registry.models import Document
from edms.signing import validation
from edms.signing.verdicts import UNSIGNED, Verdict
from edms.staff import throttle
from edms.staff.models import Organisation
from edms.web.desk.verdicts import sentences
from edms.web.kit import Filled, csrf, language, t
from edms.web.kit.house import house
from edms.web.kit.language import speak_of
from edms.web.portal import track
from edms.web.portal.room import Room

bp = Blueprint("verify", __name__)
csrf.protect.exempt(bp)  # nobody's session opens anything here, and its check would read a body before its limit is set
KIND = "verify"
LARGEST = 25 * 1024 * 1024
AT_ONCE = 2  # papers judged at the same time by one process
BROUGHT = 4  # papers on their way in or before the judge: fewer than a process has threads
_brought = Room(BROUGHT, BROUGHT // 2, full="verify.busy")
_judged = Room(AT_ONCE, 1, full="verify.busy")


@dataclass(frozen=True)
class Ours:
    """A paper of ours: by whom, under what, since when, the hash of its signed bytes; `by_hand`: those are a scan."""

    office: str
    number: str
    day: date
    sha256: str
    by_hand: bool = False


def brought() -> AbstractContextManager[None]:
    """Room for a paper from its first byte on: whoever sends slowly, or often, leaves room for others. Errors: Unavailable."""
    return _brought.entered(address())


def address() -> str:
    """From where it is asked."""
    return request.remote_addr or ""


@bp.route("/verify", methods=["GET", "POST"])
def page() -> str | tuple[str, int]:
    """Two ways to ask; the QR code on our papers fills in the second."""
    if request.method == "GET":
        return _answer(request.args, None)
    request.max_content_length = LARGEST + 64 * 1024
    with brought():
        return _answer(request.form, request.files.get("file"))


def _answer(source: Mapping[str, str], file: FileStorage | None) -> str | tuple[str, int]:
    number, code = source.get("n", "")[:60], source.get("c", "")[:60]
    try:
        if file is not None and file.filename:
            return _page(Filled.of(), **_of_file(file))
        if number and code:
            return _page(Filled.of(n=number, c=code), ours=of_number(number, code))
        if request.method == "POST":
            raise Invalid(fields={"n": "verify.nothing_given"})
    except Invalid as error:
        return _page(Filled.again(error, {"n": t("portal.number"), "c": t("verify.code")})), 422
    return _page(Filled.of(n=number))


def of_number(number: str, code: str) -> Ours:
    """The paper of ours with this number and code. Errors: Invalid, the same whichever of them is wrong; throttled."""
    document = track.find(number, code, matches=track.of_paper)
    with house().transaction() as session:
        found = _ours(session, document)
    if found is None:
        raise Invalid(fields={"c": "verify.not_found"})
    return found


def of_bytes(path: Path) -> tuple[Ours | None, Verdict]:
    """Whether these are bytes that we issued, and what their signatures say; counted. Errors: TooManyAttempts."""
    subjects = {"address": address()}
    with house().transaction() as session:
        throttle.check(session, KIND, subjects, keys=house().keys)
        throttle.note_failure(session, KIND, subjects, keys=house().keys)
    with path.open("rb") as whole:
        sha256 = hashlib.file_digest(whole, "sha256").digest()
    with house().transaction() as session:
        ours = _ours(session, issued.by_bytes(session, sha256))
    with _judged.entered(address(), wait=5):
        return ours, validation.judge(path, house().roots, algorithms=house().algorithms).verdict


def _of_file(file: FileStorage) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="edms-verify-") as folder:
        path = Path(folder, "paper")
        with path.open("wb") as target:
            shutil.copyfileobj(file.stream, target, 1 << 20)
        ours, verdict = of_bytes(path)
    told = sentences(verdict.bottom, verdict.reason, verdict.as_json()["findings"])
    return {"ours": ours, "asked": True, "signed": verdict.reason != UNSIGNED, "verdict": told}


def _ours(session: Session, document: Document | None) -> Ours | None:
    """What may be said of a paper of ours; None for everything else, and for what is not signed."""
    content = issued.signed_bytes(session, document) if document is not None else None
    if document is None or content is None or document.kind.comes_in:
        return None
    office = session.get_one(Organisation, document.organisation_id)
    speak_of(office.time_zone)
    penned = bool(by_hand(session, [document.document_id]))
    return Ours(office.name(language()), document.number, document.registered_on, content.sha256.hex(), penned)


def _page(form: Filled, **found: Any) -> str:
    values = {"ours": None, "asked": False, "signed": False, "verdict": None, **found}
    return render_template("portal/verify.html", form=form, largest=LARGEST, **values)
