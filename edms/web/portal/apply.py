"""Applying online: the services an office offers, the form of one, and the number of what was sent.

No account and no script. Files are bounded in number and size before they are kept, read by nobody here, and reach the
tray like everything that arrives; a form that is sent twice is one application.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from edms import clock
from edms.drafting.pages import office_of
from edms.drafting.paper.application import Application, application
from edms.errors import Invalid, NotFound
from edms.overview.proceedings import WAYS_TO_REACH
from edms.registry import tracking
from edms.registry.endings.models import ArrivalEnd
from edms.registry.models import Arrival, Document
from edms.registry.words import ArrivalState
from edms.services import applying, facts, filling
from edms.services.applying import Brought
from edms.services.definition import Route
from edms.services.kinds import Source
from edms.staff import throttle
from edms.staff.models import Organisation
from edms.web.desk import route_form
from edms.web.desk.route_form import said
from edms.web.kit import Filled, csrf, language, t
from edms.web.kit.house import house
from edms.web.kit.language import speak_of
from edms.web.portal import track
from edms.web.portal.room import Room

bp = Blueprint("apply", __name__)
csrf.protect.exempt(bp)  # its check would read a body before the limit is set: the views ask for the token themselves
KIND = "apply"
LARGEST = track.LARGEST
FIELDS = 512 * 1024
AT_ONCE = 4
MOST_ID = 2**63
PAPER = "p_"
_MARK = re.compile(r"[\w-]{16,40}")
_sending = Room(AT_ONCE, AT_ONCE // 2, full="verify.busy")


@bp.get("/apply/<code>")
def index(code: str) -> str:
    """What one can apply for here."""
    with house().transaction() as session:
        where = _office(session, code)
        routes = applying.offered(session, where)
        return render_template(
            "portal/apply.html", where=where, routes=[(r.name, said(r, r.title)) for r in routes], code=code
        )


@bp.route("/apply/<code>/<service>", methods=["GET", "POST"])
def page(code: str, service: str) -> str | tuple[str, int]:
    """The form of a service; sent, it is checked, printed, kept and put into the tray."""
    if request.method == "POST":
        request.max_content_length = 2 * LARGEST + FIELDS
        request.max_form_memory_size = FIELDS
        with _sending.entered(request.remote_addr or ""):
            csrf.protect.protect()
            return _sent(*_offered(code, service))
    return _form(*_offered(code, service), Filled.of())


def _offered(code: str, service: str) -> tuple[Organisation, Route]:
    with house().transaction() as session:
        where = _office(session, code)
        route = next((r for r in applying.offered(session, where) if r.name == service), None)
        if route is None:
            raise NotFound
    speak_of(where.time_zone)
    return where, route


def _sent(where: Organisation, route: Route) -> str | tuple[str, int]:
    today = clock.today(where.time_zone)
    try:
        values = filling.read(route.form.fields, route_form.given(route.form.fields), route.fields, {}, today=today)
        files = _files(route)
        if lacking := _lacking(route, values, files):
            raise Invalid(fields=dict.fromkeys(lacking, "proceedings.paper_missing"))
    except Invalid as error:
        form = Filled.again(error, route_form.labels(route, route.form.fields) | _paper_labels(route))
        named = route_form.named(form.errors, route)
        return _form(where, route, Filled(form.values, named, form.text, True, form.labels)), 422
    arrival_id = _keep(where, route, values, files)
    with house().transaction() as session:
        found = _standing(session, where, session.get_one(Arrival, arrival_id))
    return render_template("portal/applied.html", where=where, found=found, form=Filled.of(), say=track.say)


@dataclass(frozen=True)
class Standing:
    """What became of an application: it waits with its own code, is registered with number and code, or is over."""

    sending: int
    own_code: str
    day: date
    sha256: str
    number: str | None = None
    code: str = ""
    over: tuple[str, Mapping[str, object]] | None = None  # how it ended otherwise


@bp.route("/apply/<code>/sent", methods=["GET", "POST"])
def sent(code: str) -> str | tuple[str, int]:
    """What became of an application sent earlier: by the number and code that were shown then."""
    csrf.protect.protect()
    with house().transaction() as session:
        where = _office(session, code)
    typed, own = request.values.get("s", "")[:20].strip(), request.values.get("c", "")[:60]
    if not (typed and own):
        return render_template("portal/applied.html", where=where, found=None, form=Filled.of(s=typed, c=own))
    found = _find(where, typed, own)
    if found is None:
        text = t("portal.not_found")
        form = Filled({"s": [typed], "c": [""]}, {"c": text}, text, True)
        return render_template("portal/applied.html", where=where, found=None, form=form), 404
    return render_template("portal/applied.html", where=where, found=found, form=Filled.of(), say=track.say)


def _find(where: Organisation, typed: str, own: str) -> Standing | None:
    """Misses of either kind take the same way, are counted, and look alike."""
    ident = int(typed) if typed.isascii() and typed.isdigit() else 0
    subjects = {"letter": f"sending {typed.casefold()}", "address": request.remote_addr or ""}
    with house().transaction() as session:
        throttle.check(session, track.KIND, subjects, keys=house().keys)
        right = tracking.same(tracking.sending_code(house().tracking_key, ident), own)
        arrival = session.get(Arrival, ident) if right and ident < MOST_ID else None
        if arrival is None or arrival.organisation_id != where.organisation_id:
            throttle.note_failure(session, track.KIND, subjects, keys=house().keys)
            return None
        return _standing(session, where, arrival)


def _standing(session: Session, where: Organisation, arrival: Arrival) -> Standing:
    key = house().tracking_key
    own = tracking.sending_code(key, arrival.arrival_id)
    day = clock.day_of(arrival.arrived_at, where.time_zone)
    sha256 = arrival.content.sha256.hex() if arrival.content is not None else ""
    document = session.get(Document, arrival.document_id) if arrival.document_id is not None else None
    if document is None:
        over = _ended(session, arrival, where) if arrival.state is not ArrivalState.WAITING else None
        return Standing(arrival.arrival_id, own, day, sha256, over=over)
    # Where the code was given anew its holder was asked who she is: whoever found the first page is not told the new one.
    code = tracking.code(key, document.document_id, 1) if document.tracking_issue == 1 else ""
    return Standing(arrival.arrival_id, own, day, sha256, document.number, code)


def _ended(session: Session, arrival: Arrival, where: Organisation) -> tuple[str, Mapping[str, object]]:
    """How a sending without a number ended: forwarded to whom and when, sent back, or to be asked about."""
    end = session.get(ArrivalEnd, arrival.arrival_id)
    if end is None or arrival.ended_at is None:
        return "proceedings.not_registered", {}
    on = {"date": clock.day_of(arrival.ended_at, where.time_zone)}
    if arrival.state is ArrivalState.FORWARDED:
        return "overview.track.forwarded", {**on, "body": end.body or "", "filed": end.filed_on}
    sent_back = arrival.state is ArrivalState.RETURNED
    return ("overview.track.sent_back", on) if sent_back else ("proceedings.not_registered", {})


def _keep(where: Organisation, route: Route, values: dict[str, Any], files: list[tuple[str, FileStorage]]) -> int:
    """Bytes first, row second; counted by address, so that nobody fills the tray from one machine."""
    subjects = {"address": request.remote_addr or ""}
    with house().transaction() as session:
        throttle.check(session, KIND, subjects, keys=house().keys)
        throttle.note_failure(session, KIND, subjects, keys=house().keys)
    key = _key(where, route, values, files)
    # Whoever decides reads what lies on the letter: how the applicant is reached stays in the case, for the others.
    told = {n: v for n, v in values.items() if route.fields[n].kind not in WAYS_TO_REACH}
    printed = _printed(where, route, told, [file.filename or "" for _, file in files])
    with tempfile.TemporaryDirectory(prefix="edms-apply-") as folder:
        path = Path(folder, "application.zip")
        brought = [Brought(name, file.filename or "", file.stream) for name, file in files]
        inside = applying.pack(path, printed, told, brought)
        with path.open("rb") as stream:
            stored = house().store.put(stream, limit=house().settings.upload_limit_bytes)
    with house().transaction() as session:
        arrival = applying.apply(
            session, where, route, values=values, papers=inside, stored=stored, language=language(), key=key
        )  # fmt: skip
        return arrival.arrival_id


def _key(where: Organisation, route: Route, values: dict[str, Any], files: list[tuple[str, FileStorage]]) -> str:
    """The mark of the page: sent again with the same answers and files it is the same application."""
    mark = request.form.get("once", "")
    sums = [(name, file.filename, sum_of(file)) for name, file in files]
    said_ = repr(
        (where.organisation_id, route.name, sorted(values.items()), sums, mark if _MARK.fullmatch(mark) else "")
    )
    return hashlib.sha256(said_.encode("utf-8", "replace")).hexdigest()


def sum_of(file: FileStorage) -> str:
    """The hash of a file that came, which is read from its beginning again afterwards."""
    taken = hashlib.sha256()
    file.stream.seek(0)
    while block := file.stream.read(1 << 20):
        taken.update(block)
    file.stream.seek(0)
    return taken.hexdigest()


def _printed(where: Organisation, route: Route, values: dict[str, Any], files: list[str]) -> bytes:
    fields = {field.name: field for field in route.form.fields}
    rows = [
        (said(route, fields[name].title), route_form.in_words(route, fields[name], value))
        for name, value in values.items()
        if value is not None
    ]
    with house().transaction() as session:
        office = office_of(session.get_one(Organisation, where.organisation_id), language())
    return application(
        Application(
            office=office, language=language(), title=said(route, route.title), day=clock.today(where.time_zone),
            rows=rows, files=files,
        )
    ).pdf  # fmt: skip


def _files(route: Route) -> list[tuple[str, FileStorage]]:
    """What was attached, by paper; bounded. Errors: Invalid at the paper."""
    known = {paper.name for paper in route.form.papers if paper.source is not Source.REGISTER}
    found = [
        (name.removeprefix(PAPER), file)
        for name, file in request.files.items(multi=True)
        if file.filename and name.removeprefix(PAPER) in known
    ]
    if len(found) > applying.MOST_FILES:
        raise Invalid(fields={PAPER + found[-1][0]: "proceedings.too_many_files"})
    for name, file in found:
        file.stream.seek(0, 2)
        size = file.stream.tell()
        file.stream.seek(0)
        if size > LARGEST:
            raise Invalid(fields={PAPER + name: "proceedings.file_too_large"})
    return found


def _lacking(route: Route, values: dict[str, Any], files: list[tuple[str, FileStorage]]) -> list[str]:
    here = {name for name, _ in files}
    return [
        PAPER + paper.name
        for paper, must in facts.wanted(route, {n: v for n, v in values.items() if v is not None})
        if must and paper.source is Source.APPLICANT and paper.name not in here
    ]


def _paper_labels(route: Route) -> dict[str, str]:
    return {PAPER + paper.name: said(route, paper.title) for paper in route.form.papers}


def _form(where: Organisation, route: Route, form: Filled) -> str:
    papers = [
        (PAPER + p.name, said(route, p.title), p.required == "True", p.shown != "True")
        for p in route.form.papers
        if p.source is not Source.REGISTER
    ]
    return render_template(
        "portal/apply_form.html", where=where, title=said(route, route.title), form=form,
        fields=route_form.shown(
            route, filling.of_applicants(route.form.fields, route.fields), t("proceedings.if_it_applies")
        ), papers=papers, largest=LARGEST,
        back=url_for("apply.index", code=where.code),
    )  # fmt: skip


def _office(session: Session, code: str) -> Organisation:
    found = session.scalar(select(Organisation).where(Organisation.code == code.casefold()[:40]))
    if found is None or not applying.offered(session, found):
        raise NotFound
    return found
