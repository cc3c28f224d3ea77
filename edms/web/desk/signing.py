"""The pile to sign: each page shown, one PIN for all that are marked, each result by itself; refused with a reason.

The signer's act takes several transactions: numbers drawn and signatures asked; pages prepared; each lot signed. A visit
that dies between them leaves drafts that are signed, or prepared and waiting for her PIN again. A few are prepared while she waits; of
more the workers prepare the pages, and she types her PIN when they are ready: that request only signs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.drafting import act, drafts, laying, regrading, signatories
from edms.drafting.by_hand import signing as by_hand
from edms.drafting.comparing import Piece, since_last_visa
from edms.drafting.models import Draft, DraftState, Signatory
from edms.errors import Conflict, Corrupt, EdmsError, Invalid, NotFound, RuleBroken, Unavailable
from edms.registry.models import Content
from edms.signing import lots, pins, preparing, requests, room
from edms.signing.models import SignatureRequest, SignatureState
from edms.staff.models import Official
from edms.staff.throttle import TooManyAttempts
from edms.web.desk import card_signing, pictures
from edms.web.kit import Filled, explained, forms, language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("signing", __name__, url_prefix="/sign")


AT_ONCE = 25
"""So many pages are prepared within her request; the rest of a larger pile beforehand, by the workers."""
PICTURED = 40  # of a larger pile each page is a link
WAIT = 3  # seconds until a page that is waited for asks again


@dataclass(frozen=True)
class Lying:
    """A draft on the pile: what lies before her with its pictures, where her signature stands, what changed since a visa,
    who signs beside her, and who may sign in her place.
    """

    draft: Draft
    seat: Signatory
    content: Content | None
    request: SignatureRequest | None
    pages: list[dict[str, Any]]
    changed: list[Piece] | None
    beside: list[tuple[Signatory, Official]]
    others: list[tuple[int, str]]
    pen: bool  # printed for the pen, its scan is awaited

    @property
    def printing(self) -> bool:
        """Is its page not there yet?"""
        return self.content is None

    @property
    def prepared(self) -> bool:
        """Does it wait for nothing but the PIN?"""
        return self.request is not None and self.request.state is SignatureState.PREPARED

    @property
    def preparing(self) -> bool:
        """Are its bytes being made?"""
        return self.request is not None and self.request.state is SignatureState.ASKED

    @property
    def on_its_way(self) -> bool:
        """Is her signature being made, or made and being put into the paper?"""
        return self.request is not None and self.request.on_its_way

    @property
    def standing(self) -> str:
        """Where her signature stands, as the catalogue knows it (sign.state.…)."""
        assert self.request is not None
        return "at_key" if self.request.at_key else self.request.state.value


@dataclass(frozen=True)
class Outcome:
    """What became of one that was marked; `trouble` is empty when it was signed."""

    subject: str
    trouble: str = ""


@bp.get("/")
def pile() -> str | Response:
    """What waits for one's signature, and what became of those just signed (?done=17)."""
    return to_step_up() or _answer(Filled(), _done())


def _answer(form: Filled, outcomes: Sequence[Outcome] = ()) -> Response:
    """The page; while pages are being prepared it asks again by itself."""
    page, waits = _pile(form, outcomes)
    answer = make_response(page)
    if waits and request.args.get("preparing"):
        answer.headers["Refresh"] = str(WAIT)
    return answer


def _pile(form: Filled, outcomes: Sequence[Outcome] = ()) -> tuple[str, bool]:
    with house().transaction() as session:
        found = act.to_sign(session, actor())
        few = len(found) <= PICTURED
        rows = [
            _lying(session, draft, content, paper, few)
            for draft, (content, paper) in zip(found, laying.pile(session, found), strict=True)
        ]
        open_ = [row for row in rows if not row.on_its_way and not row.printing]
        preparing = sum(row.preparing for row in rows)
        page = render_template(
            "desk/pile.html", rows=rows, form=form, outcomes=outcomes, open=len(open_), preparing=preparing,
            beforehand=sum(not row.prepared for row in open_) > AT_ONCE,
            with_key=house().signers.card(actor().official_id or 0) is not None, with_card=card_signing.wanted(actor()),
            to_pen=sum(row.draft.state is DraftState.TO_SIGN and not row.printing for row in rows),
            by_pen=by_hand.allowed(session, actor().organisation_id or 0),
        )  # fmt: skip
        return page, preparing > 0


def _lying(
    session: Session, draft: Draft, content: Content | None, paper: list[SignatureRequest], pictured: bool
) -> Lying:
    seat = signatories.seat_of(actor(), draft)
    assert seat is not None  # the pile holds what one of her places is asked of
    own = [each for each in paper if each.signer_id == seat.official_id]
    pages = pictures.pages_of_content(
        session,
        content.content_id if content is not None and pictured else None,
        lambda n, kind: url_for("signatories.picture", draft_id=draft.draft_id, page=n, kind=kind),
    )
    speaks = language()
    beside = [(each, session.get_one(Official, each.official_id)) for each in draft.signatories if each is not seat]
    may = signatories.may_take_over(session, actor(), seat) if pictured else []
    return Lying(
        draft, seat, content, own[-1] if own else None, pages,
        since_last_visa(draft), beside, [(one.official_id, f"{one.name(speaks)} · {one.post(speaks)}") for one in may],
        draft.state is DraftState.SIGNING and by_hand.under_way(session, draft) is not None,
    )  # fmt: skip


def _done() -> list[Outcome]:
    """Those that the address names, as they stand now; what is not the reader's is left out."""
    found = []
    with house().transaction() as session:
        for ident in request.args.getlist("done", type=int)[:200]:
            try:
                draft = drafts.draft_of(session, actor(), ident)
            except NotFound:
                continue
            seat = signatories.seat_of(actor(), draft)
            made = requests.latest_for_draft(session, ident, seat.official_id) if seat is not None else None
            trouble = t(made.trouble, **made.trouble_values) if made is not None and made.trouble else ""
            found.append(Outcome(draft.subject, trouble))
    return found


@bp.post("/")
def sign() -> Response | tuple[str, int]:
    """Sign all that are marked."""
    away = to_step_up()
    if away is not None:
        return away
    who, marked = actor(), forms.marked()
    shown = {draft_id: request.form.get(f"shown-{draft_id}", "") for draft_id in marked}
    asked: list[tuple[int, bytes]] = []
    outcomes: list[Outcome] = []
    try:
        if not marked:
            raise Invalid(fields={"marked": "sign.nothing_marked"})
        with house().transaction() as session:
            pins.check(session, who.official_id or 0, keys=house().keys)  # before a number is drawn
        beforehand = request.form.get("do") == "prepare"
        for draft_id in marked:
            outcomes += _asked(asked, draft_id, shown.get(draft_id, ""))
        if beforehand and not outcomes:
            return redirect(url_for("signing.pile", preparing="yes"), 303)
        if beforehand:
            return _unprocessable(Filled(), outcomes)
        outcomes += _prepare([request_id for request_id, _ in asked])
        if asked and not outcomes and card_signing.wanted(who):
            return redirect(card_signing.address(asked), 303)
        with house().transaction() as session:
            found = requests.prepared_of(session, [request_id for request_id, _ in asked])
            ready = [each.signature_request_id for each in found]
        results = lots.sign(
            house().transaction, who, ready, shown=dict(asked), pin=request.form.get("pin", ""),
            signer=house().signers.signer(who.official_id or 0), store=house().store, keys=house().keys,
            guard=regrading.refused,
        )  # fmt: skip
        with house().transaction() as session:
            outcomes += [_outcome(session, result) for result in results]
    except TooManyAttempts as error:
        return _refused(error)
    except Unavailable:
        raise
    except EdmsError as error:
        return _refused(error)
    if any(outcome.trouble for outcome in outcomes):
        return _unprocessable(Filled(), outcomes)
    return redirect(url_for("signing.pile", done=marked), 303)


def _unprocessable(form: Filled, outcomes: Sequence[Outcome] = ()) -> tuple[str, int]:
    return _pile(form, outcomes)[0], 422


def _asked(asked: list[tuple[int, bytes]], draft_id: int, sha256: str) -> list[Outcome]:
    """Ask for one signature; one that cannot be asked stops no other and says why."""
    try:
        asked.append(_ask(draft_id, sha256))
    except (RuleBroken, Conflict, Corrupt) as error:
        with house().transaction() as session:
            subject = drafts.draft_of(session, actor(), draft_id).subject
        return [Outcome(subject, explained(error).text)]
    return []


def _outcome(session: Session, result: lots.Signed) -> Outcome:
    draft = session.get(Draft, result.draft_ref)
    said = explained(result.error).text if result.error is not None else ""
    return Outcome(draft.subject if draft is not None else "", said)


@bp.post("/<int:draft_id>/refuse")
def refuse(draft_id: int) -> Response | tuple[str, int]:
    """Send it back with a reason."""
    field = f"reason-{draft_id}"
    try:
        with house().transaction() as session:
            draft = drafts.draft_of(session, actor(), draft_id, lock=True)
            signatories.refuse(session, actor(), draft, reason=request.form.get(field, ""))
    except Invalid as error:
        again = Filled.again(error)
        return _unprocessable(replace(again, errors={field: again.errors.get("reason", again.text)}))
    return redirect(url_for("signing.pile"), 303)


def again(form: Filled) -> tuple[str, int]:
    """The pile once more, with what is wrong."""
    return _unprocessable(form)


def _refused(error: EdmsError) -> tuple[str, int]:
    form = Filled.again(error)
    return _unprocessable(form.at("pin") if isinstance(error, TooManyAttempts) else form)


def _ask(draft_id: int, sha256: str) -> tuple[int, bytes]:
    with house().transaction() as session:
        draft = drafts.draft_of(session, actor(), draft_id, lock=True)
        shown = bytes.fromhex(sha256) if len(sha256) == 2 * hashlib.sha256().digest_size else b""
        asked = act.ask_signature(
            session, actor(), draft, shown_sha256=shown, check_page=house().check_page, room=_room(session)
        )
        session.flush()
        return asked.signature_request_id, shown


def _room(session: Session) -> int:
    """Bytes that her signatures need, told by her key before it is opened."""
    who = actor().official_id or 0
    if "room" not in g:
        g.room = room.room_for(session, who, house().signers.signer(who))
    kept: int = g.room
    return kept


def _prepare(request_ids: Sequence[int]) -> list[Outcome]:
    """Here, while she waits, rather than by the jobs that were posted for the case that this request dies."""
    with house().transaction() as session:
        pile = [work for ident in request_ids if (work := preparing.to_prepare(session, ident)) is not None]
    outcomes = []
    for work, drawn in zip(pile, act.draw_marks_of(pile), strict=True):
        try:
            made = preparing.prepare(work, store=house().store, drawn=drawn)
            with house().transaction() as session:
                preparing.prepared(session, work.request_id, made)
        except (RuleBroken, Conflict, Corrupt) as error:
            with house().transaction() as session:
                request = session.get_one(SignatureRequest, work.request_id)
                subject = drafts.draft_of(session, actor(), request.draft_ref or 0).subject
            outcomes.append(Outcome(subject, explained(error).text))
    return outcomes
