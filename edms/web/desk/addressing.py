"""To whom a letter goes: the further addressees of a draft, and one who was forgotten on a letter that is signed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import addressing, drafts
from edms.drafting.models import Draft, DraftState
from edms.errors import Conflict, EdmsError, Invalid, RuleBroken
from edms.registry import documents, reaching
from edms.registry.dispatch import CHANNELS
from edms.registry.going_out import addressees, neighbours
from edms.registry.models import Document
from edms.registry.words import Channel
from edms.web.kit import Filled, language, read, t
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("addressing", __name__)
REFUSALS = (Invalid, RuleBroken, Conflict)


class Naming(BaseModel):
    """One addressee: a name with an address, a known correspondent, or an organisation of this system."""

    correspondent: int | None = None
    correspondent_text: OneLine | None = None
    address: OneLine | None = None
    channel: Channel = Channel.POST
    office: int | None = None
    for_information: bool = False

    def named(self, session: Session, who: Actor) -> addressees.Named:
        """As the registry takes it."""
        if self.office is not None:
            there = neighbours.card_of(session, who, self.office, language())
            return addressees.Named(
                self.correspondent_text or there.name,
                channel=Channel.EXCHANGE,
                correspondent_id=there.correspondent_id,
                copy=self.for_information,
            )
        return addressees.Named(
            self.correspondent_text, self.address, self.channel, self.correspondent or None, self.for_information
        )


@dataclass(frozen=True)
class Place:
    """What the addressees belong to, for the page: draft or letter."""

    title: str
    href: str
    action: str
    draft: Draft | None = None


@bp.route("/drafts/<int:draft_id>/addressees", methods=["GET", "POST"])
def of_draft(draft_id: int) -> str | Response | tuple[str, int]:
    """The further addressees of a draft: one added, one taken away (?gone=)."""
    who = actor()
    try:
        with house().transaction() as session:
            draft = drafts.draft_of(session, who, draft_id, lock=request.method == "POST")
            if request.method == "GET":
                return _draft_page(session, who, draft, _fresh())
            present = addressees.of_draft(session, draft_id)
            gone = request.form.get("gone", type=int)
            kept = [
                addressees.Named(row.name, row.address, row.channel, row.correspondent_id, row.copy)
                for row in present
                if row.addressee_id != gone
            ]
            added = [] if gone is not None else [read(Naming).named(session, who)]
            addressing.name_others(session, who, draft, [*kept, *added])
    except REFUSALS as error:
        with house().transaction() as session:
            draft = drafts.draft_of(session, who, draft_id)
            return _draft_page(session, who, draft, _again(error)), 422
    return redirect(url_for("addressing.of_draft", draft_id=draft_id), 303)


@bp.route("/letters/<int:document_id>/addressees", methods=["GET", "POST"])
def of_letter(document_id: int) -> str | Response | tuple[str, int]:
    """A forgotten addressee is added; the letter goes to her under the same number."""
    who = actor()
    try:
        with house().transaction() as session:
            document = documents.document_of(session, who, document_id, lock=request.method == "POST")
            require(who, Permission.DOCUMENT_DISPATCH, document)
            if request.method == "GET":
                return _letter_page(session, who, document, _fresh())
            addressees.add_later(session, who, document, read(Naming).named(session, who))
    except REFUSALS as error:
        with house().transaction() as session:
            document = documents.document_of(session, who, document_id)
            return _letter_page(session, who, document, _again(error)), 422
    return redirect(url_for("sendings.page", document_id=document_id), 303)


def _fresh() -> Filled:
    return Filled.of(channel=Channel.POST.value)


def _again(error: EdmsError) -> Filled:
    """The addressee just entered is the last of the list: her errors stand at the form's own fields."""
    form = Filled.again(error, {"correspondent": t("drafting.addressee"), "address": t("card.address")})
    own = {name.rpartition(".")[2]: text for name, text in form.errors.items()}
    errors = {"correspondent" if name == "name" else name: text for name, text in own.items()}
    return Filled(form.values, errors, form.text, True, form.labels)


def _draft_page(session: Session, who: Actor, draft: Draft, form: Filled) -> str:
    first = addressees.To(None, draft.addressee or "", draft.address, draft.channel, draft.correspondent_id)
    others = [addressees.shown(row) for row in addressees.of_draft(session, draft.draft_id)]
    place = Place(
        draft.subject,
        url_for("writing.page", draft_id=draft.draft_id),
        url_for("addressing.of_draft", draft_id=draft.draft_id),
        draft,
    )
    writes = draft.author_id in who.people and draft.state is DraftState.WRITING
    return _page(session, who, draft, place, [first, *others], form, writes=writes)


def _letter_page(session: Session, who: Actor, document: Document, form: Filled) -> str:
    place = Place(
        document.number,
        url_for("sendings.page", document_id=document.document_id),
        url_for("addressing.of_letter", document_id=document.document_id),
    )
    return _page(session, who, document, place, addressees.of_document(session, document), form, writes=True)


def _page(
    session: Session, who: Actor, of: Draft | Document, place: Place, found: list[addressees.To], form: Filled, *,
    writes: bool,
) -> str:  # fmt: skip
    chosen = form.value("correspondent")
    known = [(chosen, form.value("correspondent_text"))] if chosen else []
    return render_template(
        "desk/addressees.html",
        about=place,
        addressees=[
            replace(to, address=reaching.address_of(session, who, of, to.address, to.correspondent_id)) for to in found
        ],
        form=form,
        writes=writes,
        chosen=known,
        channels=[(c.value, t(f"registry.channel.{c.value}")) for c in CHANNELS if c is not Channel.EXCHANGE],
        offices=offices(session, who),
    )


def offices(session: Session, who: Actor) -> list[tuple[int, str]]:
    """The organisations of this system, for a field."""
    return [(o.organisation_id, o.name(language())) for o in neighbours.neighbours(session, who)]
