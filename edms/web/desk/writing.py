"""Writing: a draft begun, written on, sent to visas and to the signer; its page is `draft_page.py`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.drafting import drafts, pages, visas, word_templates
from edms.drafting.brought import papers
from edms.drafting.models import Draft, DraftKind, DraftSource, SigningOrder
from edms.drafting.paper import press
from edms.errors import Conflict, EdmsError, Invalid, NotFound, RuleBroken, Unavailable
from edms.overview import reading
from edms.registry.going_out import neighbours
from edms.registry.words import Channel, Grade
from edms.staff import kept_forms
from edms.web.desk import bringing, draft_page, draft_printing, pictures, resolve_form
from edms.web.kit import language, once, read
from edms.web.kit.forms import Day, OneLine, Paragraphs
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("writing", __name__, url_prefix="/drafts")
OWN = tuple(kind.value for kind in DraftKind if kind is not DraftKind.REPLY)
REFUSALS = (Invalid, RuleBroken, Conflict, Unavailable)


class Writing(BaseModel):
    """What the author types. `visas` are people in the order in which they agree."""

    version: int = 0
    subject: OneLine = ""
    addressee: OneLine | None = None
    address: OneLine | None = None
    signer: int
    channel: Channel = Channel.POST
    office: int | None = None
    language: OneLine = "ka"
    case_index: OneLine | None = None
    annexes: Paragraphs = ""
    grade: Grade = Grade.OPEN
    interim: bool = False
    text: Paragraphs = ""
    template: int | None = None
    visas: list[int] = []
    visas_text: OneLine | None = None
    cosigners: list[int] = []
    cosigners_text: OneLine | None = None
    at_once: bool = False
    sign_by: Day | None = None


@bp.get("/")
def mine() -> str:
    """One's own drafts."""
    with house().transaction() as session:
        return render_template("desk/drafts.html", drafts=drafts.of_author(session, actor()))


@bp.route("/new", methods=["GET", "POST"])
def begin() -> str | Response | tuple[str, int]:
    """Begin a reply (?reply_to=) or a letter, memo or order (?kind=)."""
    who, letter_id = actor(), request.args.get("reply_to", type=int)
    asked = request.args.get("kind", "letter")
    kind = DraftKind.REPLY if letter_id else DraftKind(asked) if asked in OWN else DraftKind.LETTER
    place = f"{kind.value}-{letter_id or 0}"
    try:
        brought = bringing.taken()
        with house().transaction() as session:
            letter = reading.read(session, who, letter_id) if letter_id else None
            if request.method == "GET":
                press.get_ready()
                return draft_page.new(session, who, letter, kind, place)
            sent = once.sent(session, who)
            if sent.place is not None:
                return redirect(sent.place, 303)
            form = read(Writing)
            template = word_templates.word_template_of(session, who, form.template) if form.template else None
            draft = drafts.begin(
                session,
                who,
                kind=kind,
                card=_card(session, who, form),
                text=form.text,
                in_reply_to=letter,
                template=template,
            )
            if brought is not None:
                papers.bring(session, who, draft, brought)
            then = _then(session, who, draft, form)
            kept_forms.forget(session, who, place)
            draft_id = draft.draft_id
            sent.led(url_for("writing.page", draft_id=draft_id))
    except REFUSALS as error:
        with house().transaction() as session:
            return draft_page.refused(session, who, None, kind, place, error), 422
    return _follow(who, draft_id, then)


@bp.route("/<int:draft_id>", methods=["GET", "POST"])
def page(draft_id: int) -> str | Response | tuple[str, int]:
    """A draft: written on, shown as it will be, sent to visas or to the signer."""
    who, place = actor(), f"draft-{draft_id}"
    try:
        brought = bringing.taken(draft_id)
        with house().transaction() as session:
            draft = drafts.draft_of(session, who, draft_id, lock=request.method == "POST")
            if request.method == "GET":
                press.get_ready()
                return draft_page.of(session, who, draft, place)
            form = read(Writing)
            drafts.save(session, who, draft, version=form.version, text=form.text, card=_card(session, who, form))
            if brought is not None:
                papers.bring(session, who, draft, brought)
            session.flush()
            then = _then(session, who, draft, form)
            kept_forms.forget(session, who, place)
    except REFUSALS as error:
        with house().transaction() as session:
            draft = drafts.draft_of(session, who, draft_id)
            return draft_page.refused(session, who, draft, draft.kind, place, error), 422
    return _follow(who, draft_id, then)


@bp.post("/<int:draft_id>/take-back")
def take_back(draft_id: int) -> Response:
    """Take it back to write on."""
    with house().transaction() as session:
        drafts.take_back(session, actor(), drafts.draft_of(session, actor(), draft_id, lock=True))
    return redirect(url_for("writing.page", draft_id=draft_id), 303)


@bp.post("/<int:draft_id>/withdraw")
def withdraw(draft_id: int) -> Response:
    """Give it up."""
    with house().transaction() as session:
        draft = drafts.draft_of(session, actor(), draft_id, lock=True)
        drafts.withdraw(session, actor(), draft, reason=request.form.get("reason", ""))
    return redirect(url_for("desk.page"), 303)


@bp.post("/<int:draft_id>/visas/<int:visa_id>")
def answer(draft_id: int, visa_id: int) -> Response | tuple[str, int]:
    """Agree, or send back with remarks."""
    who, ordinal = actor(), request.form.get("ordinal", 0, type=int)
    try:
        with house().transaction() as session:
            draft = drafts.draft_of(session, who, draft_id, lock=True)
            visa = next((v for v in draft.visas if v.visa_id == visa_id), None)
            if visa is None:
                raise NotFound
            if request.form.get("do") == "remark":
                visas.remark(session, who, visa, ordinal=ordinal, text=request.form.get("remark", ""))
            else:
                visas.agree(session, who, visa, ordinal=ordinal, remark=request.form.get("remark"))
    except REFUSALS as error:
        with house().transaction() as session:
            draft = drafts.draft_of(session, who, draft_id)
            return draft_page.refused(session, who, draft, draft.kind, f"draft-{draft_id}", error), 422
    return redirect(url_for("desk.page"), 303)


@bp.get("/<int:draft_id>/paper")
def paper(draft_id: int) -> Response:
    """The page as it will be, as PDF."""
    with house().transaction() as session:
        draft = drafts.draft_of(session, actor(), draft_id)
        content = pages.content_of(session, draft.versions[-1])
    if content is None:
        raise NotFound
    return pictures.download(house().store, content)


@bp.get("/<int:draft_id>/page/<int:page>/<kind>")
def picture(draft_id: int, page: int, kind: str) -> Response:
    """The picture of a page as it will be."""
    with house().transaction() as session:
        draft = drafts.draft_of(session, actor(), draft_id)
        found = pictures.rendition(session, draft.versions[-1].content_id, page, kind)
    return pictures.answer(house().store, found)


def _card(session: Session, who: Actor, form: Writing) -> drafts.DraftCard:
    """An organisation of this system is meant only as long as it is written to within the system."""
    there = None
    if form.office is not None and form.channel is Channel.EXCHANGE:
        there = neighbours.card_of(session, who, form.office, language())
    return drafts.DraftCard(
        correspondent_id=there.correspondent_id if there is not None else None,
        subject=form.subject,
        signer_id=form.signer,
        addressee=form.addressee or (there.name if there is not None else None),
        address=form.address,
        channel=form.channel,
        language=form.language,
        case_index=form.case_index,
        annexes=form.annexes,
        grade=form.grade,
        final=not form.interim,
        cosigners=tuple(
            dict.fromkeys([*form.cosigners, *resolve_form.looked_up(session, who, "cosigners", form.cosigners_text)])
        ),
        signing_order=SigningOrder.AT_ONCE if form.at_once else SigningOrder.IN_ORDER,
        sign_by=form.sign_by,
    )


@dataclass(frozen=True)
class Then:
    """What the button says beside saving: the page to print, and who agrees to it when it is sent on."""

    shows: bool = False
    wanted: pages.Wanted | None = None
    asked: list[int] | None = None
    compares: bool = False  # what was brought looks otherwise: its author sees both before anybody else does


def _then(session: Session, who: Actor, draft: Draft, form: Writing) -> Then:
    """What follows once the text is kept; what can be wrong with it is found before."""
    do = request.form.get("do", "save")
    session.flush()  # what is printed is what was typed
    compares = papers.waits(session, draft)
    if do not in ("show", "send"):
        return Then(compares=compares)
    asked = None
    if do == "send" and not compares:
        named = [*form.visas, *resolve_form.looked_up(session, who, "visas", form.visas_text)]
        if draft.source is DraftSource.TEXT:  # its page follows
            visas.ask(session, who, draft, named, version=draft.version)
            return Then()
        asked = visas.in_order(session, draft, named)
    return Then(True, pages.wanted(session, draft), asked, compares)


def _follow(who: Actor, draft_id: int, then: Then) -> Response:
    """Print the page with nothing locked, then keep it and send it on. A page that failed says so on the draft."""
    here = url_for("writing.page", draft_id=draft_id)
    if then.shows:
        try:
            made = draft_printing.printed(who, then.wanted)
        except EdmsError:
            return redirect(here, 303)
        with house().transaction() as session:
            draft = drafts.draft_of(session, who, draft_id, lock=True)
            if made is not None:
                pages.keep(session, who, draft, made)
            if then.asked is not None:
                session.flush()  # the page belongs to the version that is sent
                visas.ask(session, who, draft, then.asked, version=draft.version)
    return redirect(url_for("bringing.page", draft_id=draft_id) if then.compares else here, 303)
