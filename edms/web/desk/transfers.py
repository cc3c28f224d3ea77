"""Transfers to the archive: what is due, an inventory drawn up, its packages, handing over, the archive's answer."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask import Response as Answer
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.archive import coming, packages, transfers
from edms.archive.models import LineState, Transfer, TransferState
from edms.drafting.pages import office_of
from edms.drafting.paper.transfer_list import TransferList, TransferRow, transfer_list
from edms.errors import Conflict, Invalid, RuleBroken
from edms.registry import contents
from edms.registry.models import Content
from edms.retention import confirming
from edms.retention.models import CaseKeeping
from edms.staff.models import Official, Organisation
from edms.web.desk import pictures
from edms.web.kit import Filled, forms, read, today
from edms.web.kit.forms import Day, OneLine, Paragraphs
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("transfers", __name__, url_prefix="/transfers")
PAGE = 50
KINDS = {
    TransferState.PACKING: "open", TransferState.READY: "near", TransferState.HANDED_OVER: "open",
    TransferState.ACCEPTED: "calm", TransferState.REFUSED: "late", TransferState.CALLED_OFF: "stopped",
}  # fmt: skip


class Drawn(BaseModel):
    """To which archive."""

    archive: OneLine = ""


class Received(BaseModel):
    """The archive's receipt."""

    receipt: OneLine = ""
    day: Day | None = None


class Given(BaseModel):
    """Why the archive did not take it, or why it is called off."""

    reason: Paragraphs = ""
    for_good: bool = False


@bp.route("/", methods=["GET", "POST"])
def page() -> str | Response | tuple[str, int]:
    """What is due, and what was drawn up."""
    who = actor()
    if request.method == "GET":
        return _page(who, Filled())
    try:
        with house().transaction() as session:
            made = transfers.draw_up(session, who, forms.marked(), archive=read(Drawn).archive)
        return redirect(url_for("transfers.show", transfer_id=made.transfer_id), 303)
    except (Invalid, RuleBroken) as error:
        return _page(who, Filled.again(error)), 422


@bp.get("/<int:transfer_id>")
def show(transfer_id: int) -> str:
    """One transfer: its case files and packages, where it stands, what comes next."""
    with house().transaction() as session:
        return _show(session, actor(), transfers.transfer_of(session, actor(), transfer_id), Filled())


@bp.post('/<int:transfer_id>/<any("hand-over","accept","refuse","call-off","pack-again","scan"):what>')
def act(transfer_id: int, what: str) -> Response | tuple[str, int]:
    """Hand it over, enter the receipt, its scan, a refusal; call it off; have packages made again."""
    who = actor()
    scan = _scan(who, transfer_id) if what in ("accept", "scan") else None
    try:
        with house().transaction() as session:
            transfer = transfers.transfer_of(session, who, transfer_id)
            _do(session, who, transfer, what, scan(session) if scan is not None else None)
    except (Invalid, RuleBroken, Conflict) as error:
        with house().transaction() as session:
            found = transfers.transfer_of(session, who, transfer_id)
            return _show(session, who, found, Filled.again(error), what), 422 if isinstance(error, Invalid) else 409
    return redirect(url_for("transfers.show", transfer_id=transfer_id), 303)


@bp.get("/<int:transfer_id>/inventory.pdf")
def inventory(transfer_id: int) -> Response:
    """The inventory of its cases, on paper."""
    with house().transaction() as session:
        paper = _printed(session, transfers.transfer_of(session, actor(), transfer_id))
    headers = {"Content-Disposition": f"inline; filename=transfer-{transfer_id}.pdf"}
    return Answer(transfer_list(paper).pdf, mimetype="application/pdf", headers=headers)


@bp.get("/<int:transfer_id>/packages/<int:transfer_line_id>")
def package(transfer_id: int, transfer_line_id: int) -> Response:
    """The package of one case file."""
    with house().transaction() as session:
        transfer = transfers.transfer_of(session, actor(), transfer_id)
        content = packages.package_of(session, actor(), transfer, transfer_line_id)
    return pictures.download(house().store, content)


@bp.get("/<int:transfer_id>/receipt")
def receipt(transfer_id: int) -> Response:
    """The scan of the archive's receipt."""
    with house().transaction() as session:
        content = packages.receipt_of(session, actor(), transfers.transfer_of(session, actor(), transfer_id))
    return pictures.download(house().store, content)


def _do(session: Session, who: Actor, transfer: Transfer, what: str, scan: Content | None) -> None:
    if what == "hand-over":
        transfers.hand_over(session, who, transfer)
    elif what == "accept":
        given = read(Received)
        transfers.accept(session, who, transfer, receipt=given.receipt, day=given.day, scan=scan)
    elif what == "scan":
        if scan is None:
            raise Invalid(fields={"scan": "field.missing"})
        transfers.keep_scan(session, who, transfer, scan)
    elif what == "refuse":
        refused = read(Given)
        transfers.refuse(session, who, transfer, reason=refused.reason, for_good=refused.for_good)
    elif what == "call-off":
        transfers.call_off(session, who, transfer, reason=read(Given).reason)
    else:
        transfers.pack_again(session, who, transfer)


def _scan(who: Actor, transfer_id: int) -> Callable[[Session], Content] | None:
    """The bytes of the receipt's scan, stored before the act's transaction; what makes their row within it."""
    file = request.files.get("scan")
    with house().transaction() as session:
        transfer = transfers.transfer_of(session, who, transfer_id)
        require(who, Permission.ARCHIVE_TRANSFER, transfer)
        organisation_id = transfer.organisation_id
    if file is None or not file.filename:
        return None
    stored, name = house().store.put(file.stream, limit=house().settings.upload_limit_bytes), file.filename
    return lambda session: contents.enter(session, who, organisation_id=organisation_id, stored=stored, name=name)


def _page(who: Actor, form: Filled) -> str:
    with house().transaction() as session:
        rows = coming.due(session, who, on=today(), after=_after(), limit=PAGE + 1)
        made = transfers.transfers(session, who, before=request.args.get("before", type=int), limit=PAGE + 1)
        last, oldest = rows[PAGE - 1] if len(rows) > PAGE else None, made[PAGE - 1] if len(made) > PAGE else None
        if not form.failed and made:
            form = Filled.of(archive=made[0].archive)
        return render_template(
            "desk/transfers.html", rows=rows[:PAGE], made=made[:PAGE], form=form, kinds=KINDS,
            waiting=coming.waiting(session, who),
            unsure=confirming.proposed(session, session.get_one(Organisation, who.organisation_id)),
            may=permits(who, Permission.ARCHIVE_TRANSFER),
            more=url_for("transfers.page", after=_place(last)) if last is not None else None,
            older=url_for("transfers.page", before=oldest.transfer_id) if oldest is not None else None,
            newer=url_for("transfers.page") if request.args else None,
        )  # fmt: skip


def _show(session: Session, who: Actor, transfer: Transfer, form: Filled, tried: str = "") -> str:
    lines = transfers.lines_of(session, transfer)
    people = {ident: session.get(Official, ident) for ident in (transfer.drawn_up_by_id, transfer.ended_by_id) if ident}
    return render_template(
        "desk/transfer.html", transfer=transfer, lines=lines, form=form, tried=tried, kind=KINDS[transfer.state],
        hidden=packages.hidden_in(session, who, [line.case_file_id for line in lines]),
        made=sum(line.state is LineState.MADE for line in lines), people=people,
        failed=any(line.state is LineState.FAILED for line in lines), folder=house().settings.archive_dir is not None,
        may=permits(who, Permission.ARCHIVE_TRANSFER, transfer), some_end=transfers.some_end(session, transfer), bytes=sum(line.size or 0 for line in lines),
    )  # fmt: skip


def _printed(session: Session, transfer: Transfer) -> TransferList:
    office = session.get_one(Organisation, transfer.organisation_id)
    speaks = office.language
    by = session.get(Official, transfer.drawn_up_by_id) if transfer.drawn_up_by_id else None
    receipt = (
        words.say(
            speaks, "archive.receipt_of", number=transfer.receipt_number, day=words.date(speaks, transfer.receipt_on)
        )
        if transfer.receipt_on is not None
        else ""
    )
    rows = [
        TransferRow(
            index=line.case_file.case_index.index,
            title=line.case_file.case_index.title(speaks),
            volume=line.case_file.volume,
            year=line.case_file.case_index.year,
            opened_on=line.case_file.opened_on,
            closed_on=line.case_file.closed_on,
            letters=line.letters,
            sheets=line.case_file.sheets,
            sha256=line.sha256.hex() if line.sha256 is not None else "",
        )
        for line in transfers.lines_of(session, transfer)
    ]
    return TransferList(
        office_of(office, speaks), speaks, transfer.number, clock.day_of(transfer.drawn_up_at, office.time_zone),
        transfer.archive, words.say(speaks, f"archive.state.{transfer.state.value}"), rows,
        by.name(speaks) if by is not None else "", receipt,
    )  # fmt: skip


def _place(row: CaseKeeping) -> str:
    index = row.case_file.case_index
    return f"{index.year}~{index.index}~{row.case_file.volume}~{row.case_file_id}"


def _after() -> tuple[int, str, int, int] | None:
    parts = request.args.get("after", "").split("~")
    numbers = [part for part in (*parts[:1], *parts[2:]) if part.isascii() and part.isdigit() and len(part) < 18]
    if len(parts) != 4 or len(numbers) != 3 or "\x00" in parts[1]:
        return None
    return int(numbers[0]), parts[1], int(numbers[1]), int(numbers[2])
