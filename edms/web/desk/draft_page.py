"""The page of a draft: fresh, as it stands, or as it was just refused; its visas in order, its versions compared."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.access.scope import is_own
from edms.drafting import books, comparing, printing, seats, signatories, visas, word_templates
from edms.drafting.brought import papers
from edms.drafting.models import Draft, DraftKind, DraftState, Signatory, SignatoryState, SigningOrder
from edms.drafting.paper import word
from edms.errors import EdmsError
from edms.registry import closeness, dispatch, reaching
from edms.registry.dispatch import CHANNELS
from edms.registry.going_out import addressees
from edms.registry.models import Document
from edms.registry.words import Channel, Grade
from edms.staff import kept_forms
from edms.staff.models import Official
from edms.web.desk import addressing, deeds_of_resolution, pictures
from edms.web.kit import Filled, language, t


def new(session: Session, who: Actor, letter: Document | None, kind: DraftKind, place: str) -> str:
    """An untouched one; what was typed before and not sent is brought back."""
    signer = seats.signers(session, who)
    known = dispatch.known(session, letter.correspondent_id) if letter is not None else None
    form = Filled.of(
        office=known.own_organisation_id if known is not None else None,
        subject=letter.summary if letter else None,
        addressee=letter.correspondent_name if letter else None,
        address=_address(session, who, letter, letter.correspondent_address) if letter else None,
        channel=Channel.POST.value,
        language=letter.language if letter else language(),
        case_index=letter.case_index if letter else None,
        grade=(letter.grade if letter else Grade.OPEN).value,
        signer=signer[0].official_id if signer else None,
    )
    return _page(session, who, None, form, kind, place, letter=letter)


def of(session: Session, who: Actor, draft: Draft, place: str) -> str:
    """A draft as it stands."""
    known = dispatch.known(session, draft.correspondent_id)
    form = Filled.of(
        office=known.own_organisation_id if known is not None else None,
        version=draft.version,
        subject=draft.subject,
        addressee=draft.addressee,
        address=_address(session, who, draft, draft.address),
        signer=draft.signer_id,
        channel=draft.channel.value,
        language=draft.language,
        case_index=draft.case_index,
        annexes=draft.annexes,
        grade=draft.grade.value,
        interim=not draft.final,
        text=draft.versions[-1].text,
        at_once=draft.signing_order is SigningOrder.AT_ONCE,
        sign_by=draft.sign_by,
    )
    return _page(session, who, draft, form, draft.kind, place)


def _address(session: Session, who: Actor, of: Draft | Document, address: str | None) -> str | None:
    return reaching.address_of(session, who, of, address, of.correspondent_id)


def refused(session: Session, who: Actor, draft: Draft | None, kind: DraftKind, place: str, error: EdmsError) -> str:
    """As it was just sent, with what is wrong."""
    return _page(session, who, draft, Filled.again(error), kind, place, deeds_of_resolution.asked_about(error))


def _page(
    session: Session, who: Actor, draft: Draft | None, form: Filled, kind: DraftKind, place: str,
    asked: dict[str, list[tuple[str, str]]] | None = None, letter: Document | None = None,
) -> str:  # fmt: skip
    speaks = language()
    author = draft is None or draft.author_id in who.people
    back = kept_forms.kept(session, who, place) if author and not form.failed else None
    if back is not None and draft is not None and back.kept_at <= draft.versions[-1].saved_at:
        back = None
    if back is not None:
        form = Filled(values={**form.values, **{n: v for n, v in back.values.items() if n != "version"}})
    writes = author and (draft is None or draft.state is DraftState.WRITING)
    return render_template(
        "desk/draft.html",
        draft=draft,
        form=form,
        kind=kind,
        back=back,
        kept_at=place,
        asked=asked or {},
        author=author,
        writes=writes,
        kept_back=draft is not None and _address(session, who, draft, draft.address) != draft.address,
        mine=_own_visa(session, who, draft),
        kinds=[
            (t(f"drafting.kind.{k.value}"), url_for("writing.begin", kind=k.value), k is kind)
            for k in books.kinds_open(session, who)
        ],
        signers=[(p.official_id, f"{p.name(speaks)} · {p.post(speaks)}") for p in seats.signers(session, who)],
        chosen=_chosen(session, who, form, "visas", [visa.official_id for visa in draft.visas] if draft else []),
        cosigners=_chosen(
            session, who, form, "cosigners", [one.named_id for one in draft.signatories[1:]] if draft else []
        ),
        signatories_=_signatories(session, draft),
        my_turn=draft is not None and _my_turn(who, draft),
        templates=_templates(session, who, kind),
        template_of=_template_name(session, who, draft),
        converts=word.converter() is not None,
        manages=permits(who, Permission.TEMPLATE_MANAGE),
        visas_=_visas(session, draft),
        compared=_compared(draft),
        compares=writes and draft is not None and papers.waits(session, draft),
        pages=_pages(session, draft),
        printing=draft is not None and printing.awaited(draft),
        channels=[(c.value, t(f"registry.channel.{c.value}")) for c in CHANNELS],
        offices=addressing.offices(session, who),
        grades=_grades(letter or _answered(session, draft)),
        others=addressees.of_draft(session, draft.draft_id) if draft is not None else [],
        tongues=[(code, t(f"language.name.{code}")) for code in ("ka", "hy", "en", "ru")],
    )


def _answered(session: Session, draft: Draft | None) -> Document | None:
    return session.get(Document, draft.in_reply_to_id) if draft is not None and draft.in_reply_to_id else None


def _grades(letter: Document | None) -> list[tuple[str, str]]:
    """Who may read it once it is signed: an answer no more people than its letter."""
    fits = [g for g in closeness.CLOSER if letter is None or closeness.closest(g, letter.grade) is g]
    return [(g.value, t(f"registry.grade.{g.value}")) for g in fits]


def _own_visa(session: Session, who: Actor, draft: Draft | None) -> Any:
    if draft is None:
        return None
    return next((v for v in visas.asked_of(session, who, limit=500) if v.draft_id == draft.draft_id), None)


def _chosen(session: Session, who: Actor, form: Filled, field: str, before: list[int]) -> list[tuple[int, str]]:
    """People in order: as just typed, else those who were named before. A number names nobody of another office."""
    ids = [int(text) for text in form.values.get(field, ()) if text.isascii() and text.isdigit()]
    if not ids and not form.failed:
        ids = before
    people = [session.get(Official, ident) for ident in dict.fromkeys(ids)]
    return [(p.official_id, p.name(language())) for p in people if p is not None and is_own(who, p.organisation_id)]


def _my_turn(who: Actor, draft: Draft) -> bool:
    """Is it hers to sign now?"""
    seat = signatories.seat_of(who, draft) if draft.state in signatories.TO_BE_SIGNED else None
    return seat is not None and seat.state is SignatoryState.ASKED


def _signatories(session: Session, draft: Draft | None) -> list[tuple[Signatory, Official, Official]]:
    """Those who sign, in order: each with who signs and who was named."""
    found = draft.signatories if draft is not None else []
    one = session.get_one
    return [(each, one(Official, each.official_id), one(Official, each.named_id)) for each in found]


def _templates(session: Session, who: Actor, kind: DraftKind) -> list[tuple[int, str]]:
    found = word_templates.word_templates(session, who)
    fits = [row for row in found if row.kind is kind or {row.kind, kind} == {DraftKind.REPLY, DraftKind.LETTER}]
    return [(row.word_template_id, _name(row.names)) for row in fits]


def _template_name(session: Session, who: Actor, draft: Draft | None) -> str:
    if draft is None or draft.word_template_id is None:
        return ""
    return _name(word_templates.word_template_of(session, who, draft.word_template_id).names)


def _name(names: dict[str, Any]) -> str:
    return str(names.get(language()) or next(iter(names.values()), ""))


def _visas(session: Session, draft: Draft | None) -> list[tuple[Any, Official | None]]:
    return [(visa, session.get(Official, visa.official_id)) for visa in draft.visas] if draft is not None else []


def _compared(draft: Draft | None) -> tuple[int, list[comparing.Piece]] | None:
    """The newest version against the one that the address names (?compare=1)."""
    ordinal = request.args.get("compare", type=int)
    if draft is None or ordinal is None:
        return None
    older = comparing.version_of(draft, ordinal)
    return (ordinal, comparing.changes(older.text, draft.versions[-1].text)) if older is not None else None


def _pages(session: Session, draft: Draft | None) -> list[dict[str, Any]]:
    if draft is None:
        return []
    return pictures.pages_of_content(
        session,
        draft.versions[-1].content_id,
        lambda n, kind: url_for("writing.picture", draft_id=draft.draft_id, page=n, kind=kind),
    )
