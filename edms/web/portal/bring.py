"""What was asked for, sent online: by the number and code of the letter it belongs to, without account or script.

It lies in the tray like everything that arrives, with the letter that its sender named; a registrar lets it join. Files
are bounded as those of an application are (`apply.py`), and a form that is sent twice is one arrival.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from edms import clock
from edms.drafting.pages import office_of
from edms.drafting.paper.application import Application, application
from edms.errors import Invalid, NotFound
from edms.registry.card import clean
from edms.registry.models import Arrival, Document
from edms.services import applying, bringing
from edms.services.applying import Brought
from edms.staff import throttle
from edms.staff.models import Organisation
from edms.storage.port import Stored
from edms.web.kit import Filled, csrf, language, t
from edms.web.kit.house import house
from edms.web.portal import apply, track
from edms.web.portal.room import Room

bp = Blueprint("bring", __name__)
csrf.protect.exempt(bp)  # its check would read a body before the limit is set: the view asks for the token itself
LONGEST = 4000
_sending = Room(apply.AT_ONCE, apply.AT_ONCE // 2, full="verify.busy")


@bp.post("/track/bring")
def page() -> str | tuple[str, int]:
    """Take in what she brings to her letter; it waits for a registrar then."""
    request.max_content_length = 2 * apply.LARGEST + apply.FIELDS
    request.max_form_memory_size = apply.FIELDS
    with _sending.entered(request.remote_addr or ""):
        csrf.protect.protect()
        number, code = request.form.get("n", "")[:60], request.form.get("c", "")[:60]
        document = track.find(number, code)
        if document is None:
            raise NotFound("portal.not_found")
        try:
            text, files = _given()
            return _taken(document, code, text, files)
        except Invalid as error:
            again = Filled.again(error, {"files": t("portal.bring.files"), "text": t("portal.bring.text")})
            return track.shown(document, number, code, bringing=again), 422


def _given() -> tuple[str, list[FileStorage]]:
    """Her words and files. Errors: Invalid without either, or for too much."""
    text = clean(request.form.get("text", "").replace("\r\n", "\n")) or ""
    files = [file for file in request.files.getlist("files") if file.filename]
    if not text and not files:
        raise Invalid(fields={"files": "portal.bring.nothing"})
    if len(text) > LONGEST:
        raise Invalid(fields={"text": "registry.text_too_long"})
    if len(files) > applying.MOST_FILES:
        raise Invalid(fields={"files": "proceedings.too_many_files"})
    for file in files:
        size = file.stream.seek(0, 2)
        file.stream.seek(0)
        if size > apply.LARGEST:
            raise Invalid(fields={"files": "proceedings.file_too_large"})
    return text, files


def _taken(document: Document, code: str, text: str, files: list[FileStorage]) -> str:
    """Bytes first, row second; counted by address with the applications. Errors: NotFound where nothing is waited for."""
    subjects = {"address": request.remote_addr or ""}
    with house().transaction() as session:
        if not bringing.awaited(session, session.get_one(Document, document.document_id)):
            raise NotFound
        throttle.check(session, apply.KIND, subjects, keys=house().keys)
        throttle.note_failure(session, apply.KIND, subjects, keys=house().keys)
        sheet = _sheet(session, document, text, files)
    printed = application(sheet).pdf
    sums = repr(
        (document.document_id, text, [(f.filename, apply.sum_of(f)) for f in files], request.form.get("once", ""))
    )
    stored = _packed(printed, text, files)
    with house().transaction() as session:
        letter = session.get_one(Document, document.document_id)
        key = hashlib.sha256(sums.encode("utf-8", "replace")).hexdigest()
        arrival = bringing.bring(session, letter, stored=stored, key=key)
        session.flush()
        return _told(session, letter, code, arrival)


def _packed(printed: bytes, text: str, files: list[FileStorage]) -> Stored:
    with tempfile.TemporaryDirectory(prefix="edms-bring-") as folder:
        path = Path(folder, "brought.zip")
        applying.pack(path, printed, {"text": text}, [Brought("", f.filename or "", f.stream) for f in files])
        with path.open("rb") as stream:
            return house().store.put(stream, limit=house().settings.upload_limit_bytes)


def _sheet(session: Session, document: Document, text: str, files: list[FileStorage]) -> Application:
    """The sheet that lies on top: to which letter, her words, and which files."""
    where = session.get_one(Organisation, document.organisation_id)
    rows = [(t("portal.number"), document.number), *([(t("portal.bring.text"), text)] if text else [])]
    return Application(
        office=office_of(where, language()), language=language(), title=t("portal.bring.title"),
        day=clock.today(where.time_zone), rows=rows, files=[file.filename or "" for file in files],
    )  # fmt: skip


def _told(session: Session, document: Document, code: str, arrival: Arrival) -> str:
    where = session.get_one(Organisation, document.organisation_id)
    sha256 = arrival.content.sha256.hex() if arrival.content is not None else ""
    return render_template(
        "portal/brought.html", where=where, document=document, code=code, sending=arrival.arrival_id, sha256=sha256,
        day=clock.day_of(arrival.arrived_at, where.time_zone),
    )  # fmt: skip
