"""Letters signed with a pen: asked for on the pile, printed with their code, their scans brought back, or given up."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import words
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.drafting import drafts, seats
from edms.drafting.by_hand import signing
from edms.drafting.by_hand.models import Compared
from edms.drafting.by_hand.signing import PaperKeys
from edms.errors import Conflict, Corrupt, Invalid, RuleBroken
from edms.registry import arrivals, contents, registers
from edms.registry.models import Arrival, Content
from edms.registry.words import Tray
from edms.signing import rules
from edms.staff.models import Organisation
from edms.staff.organisations import organisation_of
from edms.web.desk import pictures, uploaded
from edms.web.kit import Filled, explained, forms, language, read, t, zone
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("by_hand", __name__)
TRAYS = (Tray.SCAN, Tray.UPLOAD)
MEDIA = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n": "image/png",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
}


class Bringing(BaseModel):
    """The code on the paper, as a scanner or a hand gave it."""

    code: OneLine = ""
    arrival: int | None = None


@bp.post("/sign/by-hand")
def ask() -> Response | tuple[str, int]:
    """All that are marked on the pile get number, date and code, and are printed for the pen."""
    away = to_step_up()
    if away is not None:
        return away
    troubles = []
    for draft_id in forms.marked():
        subject = ""
        try:
            with house().transaction() as session:
                draft = drafts.draft_of(session, actor(), draft_id, lock=True)
                subject = draft.subject
                hand = signing.ask(session, actor(), draft, shown_sha256=_shown(draft_id))
                ident = hand.hand_signing_id
            _print(ident)
        except (RuleBroken, Conflict, Corrupt) as error:
            troubles.append((subject, explained(error).text))
    if troubles:
        return _page(Filled(), troubles=troubles), 422
    return redirect(url_for("by_hand.page"), 303)


def _shown(draft_id: int) -> bytes:
    typed = request.form.get(f"shown-{draft_id}", "")
    return bytes.fromhex(typed) if len(typed) == 64 and set(typed) <= set("0123456789abcdef") else b""


@bp.get("/by-hand/")
def page() -> str:
    """What waits for the pen and for its scan."""
    return _page(Filled())


@bp.get("/by-hand/<int:hand_signing_id>/paper")
def paper(hand_signing_id: int) -> Response:
    """The paper to print; made now if whoever asked for it was cut off."""
    with house().transaction() as session:
        signing.hand_of(session, actor(), hand_signing_id)
    return pictures.download(house().store, _print(hand_signing_id))


def _print(hand_signing_id: int) -> Content:
    with house().transaction() as session:
        hand, _, _ = signing.hand_of(session, actor(), hand_signing_id)
        return signing.print_paper(session, hand, store=house().store, keys=_keys(), check_page=house().check_page)


@bp.post("/by-hand/<int:hand_signing_id>/scan")
def scan(hand_signing_id: int) -> Response | tuple[str, int]:
    """The signed paper, scanned, with the code that stands on it."""
    who = actor()
    try:
        with house().transaction() as session:
            signing.hand_of(session, who, hand_signing_id)
        form, media = read(Bringing), ""
        if form.arrival is None:
            media = _media()
            uploaded.put()
        with house().transaction() as session:
            hand, _, _ = signing.hand_of(session, who, hand_signing_id)
            brought: Content | Arrival
            if form.arrival is not None:
                brought = arrivals.arrival_of(session, who, form.arrival, lock=True)
            else:
                stored, name = g.uploaded
                brought = contents.enter(
                    session, who, organisation_id=hand.organisation_id, stored=stored, name=name, media_type=media
                )
            found, how = form.code, Compared.TYPED
            if isinstance(brought, Arrival) and not found:
                lies = signing.in_tray(session, who, _keys(), [brought], number_ids={hand.number_id})
                found, how = lies[hand.number_id][1] if lies else "", Compared.SCAN
            made = signing.bring(session, who, hand, brought, found=found, how=how, keys=_keys())
            document_id = made.document_id
    except (Invalid, RuleBroken, Conflict) as error:
        return _page(Filled.again(error), at=hand_signing_id), 422
    return redirect(url_for("sendings.page", document_id=document_id), 303)


def _keys() -> PaperKeys:
    return PaperKeys(house().label_key, house().tracking_key)


def _media() -> str:
    """What the file is by its first bytes; a scan is a PDF or a picture. Errors: Invalid."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid(fields={"file": "field.missing"})
    head = file.stream.read(8)
    file.stream.seek(0)
    for mark, media in MEDIA.items():
        if head.startswith(mark):
            return media
    raise Invalid(fields={"file": "by_hand.no_scan"})


@bp.post("/by-hand/<int:hand_signing_id>/give-up")
def give_up(hand_signing_id: int) -> Response | tuple[str, int]:
    """Not signed after all."""
    field = f"reason-{hand_signing_id}"
    try:
        with house().transaction() as session:
            hand, _, _ = signing.hand_of(session, actor(), hand_signing_id)
            signing.give_up(session, actor(), hand, reason=request.form.get(field, ""))
    except Invalid as error:
        again = Filled.again(error)
        wrong = Filled(again.values, {field: again.errors.get("reason", again.text)}, again.text, True)
        return _page(wrong, at=hand_signing_id), 422
    except Conflict as error:
        return _page(Filled.again(error), at=hand_signing_id), 409
    return redirect(url_for("by_hand.page"), 303)


def _page(form: Filled, *, at: int | None = None, troubles: list[tuple[str, str]] | None = None) -> str:
    with house().transaction() as session:
        who = actor()
        rows = signing.waiting(session, who)
        scans = arrivals.waiting(session, who, trays=TRAYS) if who.has(Role.REGISTRAR) and rows else []
        numbers = {number.number_id for _, _, number in rows}
        found = signing.in_tray(session, who, _keys(), scans, number_ids=numbers)
        lying = [
            (each.arrival_id, f"{words.datetime(language(), each.arrived_at, zone())} · {each.content.name}")
            for each in reversed(scans)
            if each.content is not None
        ]
        return render_template(
            "desk/by_hand.html", rows=rows, form=form, at=at, troubles=troubles or [], lying=lying,
            found={number_id: arrival for number_id, (arrival, _) in found.items()},
        )  # fmt: skip


@bp.get("/house/signing")
def rule() -> str:
    """Who signs how, and whether the pen is allowed."""
    with house().transaction() as session:
        where = _where(session)
        books = registers.registers_of(session, actor(), where.organisation_id)
        people = [(person, house().signers.card(person.official_id)) for person in seats.signers(session, actor())]
        return render_template(
            "desk/house_signing.html", allowed=signing.allowed(session, where.organisation_id), people=people,
            form=Filled(), levels=[(level.value, t(f"signatory.level.{level.value}")) for level in rules.CHOICES],
            rules=rules.rules_of(session, actor(), where), registers=books,
            books=[(book.register_id, book.name(language())) for book in books if not book.kind.comes_in],
        )  # fmt: skip


@bp.post("/house/signing")
def set_rule() -> Response:
    """Allow the pen, or no longer."""
    with house().transaction() as session:
        signing.set_rule(session, actor(), _where(session), allow=request.form.get("allowed") == "yes")
    return redirect(url_for("by_hand.rule"), 303)


def _where(session: Session) -> Organisation:
    found = organisation_of(session, actor(), actor().organisation_id or 0)
    require(actor(), Permission.HAND_RULE_SET, found)
    return found
