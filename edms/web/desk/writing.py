"""Writing: a draft, its page, its visas."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.drafting import drafts, pages, visas
from edms.drafting.models import Draft, DraftKind, Visa
from edms.errors import Invalid, NotFound
from edms.overview import reading
from edms.registry.words import Channel
from edms.staff.officials import officials
from edms.web.desk import pictures
from edms.web.kit import Filled, language, read, t
from edms.web.kit.forms import OneLine, Paragraphs
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("writing", __name__, url_prefix="/drafts")


class Writing(BaseModel):
    """What the author types."""

    version: int = 0
    subject: OneLine = ""
    addressee: OneLine | None = None
    address: OneLine | None = None
    signer: int
    channel: Channel = Channel.POST
    language: OneLine = "ka"
    case_index: OneLine | None = None
    interim: bool = False
    text: Paragraphs = ""
    visas: list[int] = []


@bp.get("/")
def mine() -> str:
    """One's own drafts."""
    with house().transaction() as session:
        return render_template("desk/drafts.html", drafts=drafts.of_author(session, actor()))


@bp.route("/new", methods=["GET", "POST"])
def begin() -> str | Response | tuple[str, int]:
    """Begin a reply (?reply_to=) or a letter, memo or order (?kind=)."""
    who = actor()
    letter_id = request.args.get("reply_to", type=int)
    kind = DraftKind.REPLY if letter_id else DraftKind(request.args.get("kind", "letter"))
    try:
        with house().transaction() as session:
            letter = reading.read(session, who, letter_id) if letter_id else None
            if request.method == "GET":
                signer = drafts.signers(session, who)
                form = Filled.of(
                    subject=letter.summary if letter else None, addressee=letter.correspondent_name if letter else None,
                    address=letter.correspondent_address if letter else None, channel="post",
                    language=letter.language if letter else language(), case_index=letter.case_index if letter else None,
                    signer=signer[0].official_id if signer else None,
                )  # fmt: skip
                return _page(session, who, None, form, kind)
            form_ = read(Writing)
            draft = drafts.begin(session, who, kind=kind, card=_card(form_), text=form_.text, in_reply_to=letter)
            _follow(session, who, draft, form_)
            draft_id = draft.draft_id
    except Invalid as error:
        with house().transaction() as session:
            return _page(session, who, None, Filled.again(error), kind), 422
    return redirect(url_for("writing.page", draft_id=draft_id), 303)


@bp.route("/<int:draft_id>", methods=["GET", "POST"])
def page(draft_id: int) -> str | Response | tuple[str, int]:
    """A draft: written on, shown as it will be, sent to visas or to the signer."""
    who = actor()
    try:
        with house().transaction() as session:
            draft = drafts.draft_of(session, who, draft_id, lock=request.method == "POST")
            if request.method == "GET":
                return _page(session, who, draft, _filled(draft), draft.kind)
            form = read(Writing)
            drafts.save(session, who, draft, version=form.version, text=form.text, card=_card(form))
            session.flush()
            _follow(session, who, draft, form)
    except Invalid as error:
        with house().transaction() as session:
            draft = drafts.draft_of(session, who, draft_id)
            return _page(session, who, draft, Filled.again(error), draft.kind), 422
    return redirect(url_for("writing.page", draft_id=draft_id), 303)


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
def answer(draft_id: int, visa_id: int) -> Response:
    """Agree, or send back with remarks."""
    with house().transaction() as session:
        draft = drafts.draft_of(session, actor(), draft_id, lock=True)
        visa = next((v for v in draft.visas if v.visa_id == visa_id), None)
        if visa is None:
            raise NotFound
        ordinal = request.form.get("ordinal", 0, type=int)
        if request.form.get("do") == "remark":
            visas.remark(session, actor(), visa, ordinal=ordinal, text=request.form.get("text", ""))
        else:
            visas.agree(session, actor(), visa, ordinal=ordinal, remark=request.form.get("text"))
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


def _card(form: Writing) -> drafts.DraftCard:
    return drafts.DraftCard(
        subject=form.subject,
        signer_id=form.signer,
        addressee=form.addressee,
        address=form.address,
        channel=form.channel,
        language=form.language,
        case_index=form.case_index,
        final=not form.interim,
    )


def _follow(session: Session, who: Actor, draft: Draft, form: Writing) -> None:
    """What the button says beside saving: show the page, or send it on."""
    do = request.form.get("do", "save")
    if do in ("show", "send"):
        pages.make(session, who, draft, store=house().store)
        session.flush()
    if do == "send":
        visas.ask(session, who, draft, form.visas, version=draft.version)


def _filled(draft: Draft) -> Filled:
    return Filled.of(
        version=draft.version,
        subject=draft.subject,
        addressee=draft.addressee,
        address=draft.address,
        signer=draft.signer_id,
        channel=draft.channel.value,
        language=draft.language,
        case_index=draft.case_index,
        interim=not draft.final,
        text=draft.versions[-1].text,
    )


def _page(session: Session, who: Actor, draft: Draft | None, form: Filled, kind: DraftKind) -> str:
    speaks = language()
    people = officials(session, who)
    named = {p.official_id: p for p in people}
    mine: Visa | None = None
    if draft is not None:
        mine = next((v for v in visas.asked_of(session, who) if v.draft_id == draft.draft_id), None)
    return render_template(
        "desk/draft.html",
        draft=draft,
        form=form,
        kind=kind,
        mine=mine,
        author=draft is None or draft.author_id in who.people,
        signers=[(p.official_id, f"{p.name(speaks)} · {p.post(speaks)}") for p in drafts.signers(session, who)],
        people=[(p.official_id, f"{p.name(speaks)} · {p.post(speaks)}") for p in people],
        named=named,
        channels=[
            (c.value, t(f"registry.channel.{c.value}"))
            for c in (Channel.POST, Channel.COUNTER, Channel.COURIER, Channel.EMAIL, Channel.EXCHANGE)
        ],
        tongues=[(code, t(f"language.name.{code}")) for code in ("ka", "hy", "en", "ru")],
    )
