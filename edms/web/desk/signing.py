"""The pile to sign: each page shown, one PIN for all that are marked, each result by itself; refused with a reason.

The signer's act takes three transactions: numbers drawn and signatures asked; pages prepared; signed. A request that
dies between them leaves drafts that are prepared and wait for her PIN again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import words
from edms.drafting import act, drafts, pages, signatories
from edms.drafting.by_hand import signing as by_hand
from edms.drafting.comparing import Piece, since_last_visa
from edms.drafting.models import Draft, DraftState
from edms.errors import Conflict, Corrupt, EdmsError, Invalid, NotFound, RuleBroken, Unavailable
from edms.registry.models import Content
from edms.signing import pins, requests, steps
from edms.signing.models import SignatureRequest, SignatureState
from edms.staff.throttle import TooManyAttempts
from edms.web.desk import pictures
from edms.web.kit import Filled, language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("signing", __name__, url_prefix="/sign")


@dataclass(frozen=True)
class Lying:
    """A draft on the pile: its page's content and pictures, where its signature stands, what changed since a visa."""

    draft: Draft
    content: Content | None
    request: SignatureRequest | None
    pages: list[dict[str, Any]]
    changed: list[Piece] | None


@dataclass(frozen=True)
class Outcome:
    """What became of one that was marked; `trouble` is empty when it was signed."""

    subject: str
    trouble: str = ""


@bp.get("/")
def pile() -> str | Response:
    """What waits for one's signature, and what became of those just signed (?done=17)."""
    return to_step_up() or _pile(Filled(), _done())


def _pile(form: Filled, outcomes: Sequence[Outcome] = ()) -> str:
    with house().transaction() as session:
        rows = [_lying(session, draft) for draft in act.to_sign(session, actor())]
        return render_template(
            "desk/pile.html", rows=rows, form=form, outcomes=outcomes,
            with_key=house().signers.card(actor().official_id or 0) is not None,
            to_pen=sum(row.draft.state is DraftState.TO_SIGN for row in rows),
            by_pen=by_hand.allowed(session, actor().organisation_id or 0),
        )  # fmt: skip


def _lying(session: Session, draft: Draft) -> Lying:
    content = pages.content_of(session, draft.versions[-1])
    pictured = pictures.pages_of_content(
        session,
        content.content_id if content is not None else None,
        lambda n, kind: url_for("writing.picture", draft_id=draft.draft_id, page=n, kind=kind),
    )
    request_ = requests.latest_for_draft(session, draft.draft_id)
    return Lying(draft, content, request_, pictured, since_last_visa(draft))


def _done() -> list[Outcome]:
    """Those that the address names, as they stand now; what is not the reader's is left out."""
    found = []
    with house().transaction() as session:
        for ident in request.args.getlist("done", type=int)[:200]:
            try:
                draft = drafts.draft_of(session, actor(), ident)
            except NotFound:
                continue
            made = requests.latest_for_draft(session, ident)
            trouble = t(made.trouble, **made.trouble_values) if made is not None and made.trouble else ""
            found.append(Outcome(draft.subject, trouble))
    return found


@bp.post("/")
def sign() -> Response | tuple[str, int]:
    """Sign all that are marked."""
    away = to_step_up()
    if away is not None:
        return away
    who = actor()
    shown = {
        int(name.removeprefix("shown-")): value for name, value in request.form.items() if name.startswith("shown-")
    }
    marked = [int(value) for value in request.form.getlist("marked") if value.isdigit()]
    asked: list[tuple[int, bytes]] = []
    outcomes: list[Outcome] = []
    try:
        if not marked:
            raise Invalid(fields={"marked": "sign.nothing_marked"})
        with house().transaction() as session:
            pins.check(session, who.official_id or 0, keys=house().keys)  # before a number is drawn
        for draft_id in marked:
            outcomes += _asked(asked, draft_id, shown.get(draft_id, ""))
        with house().transaction() as session:
            rows = [session.get_one(SignatureRequest, request_id) for request_id, _ in asked]
            ready = [row for row in rows if row.state is SignatureState.PREPARED]
            signer = house().signers.signer(who.official_id or 0)
            results = pins.tried(
                session,
                who.official_id or 0,
                lambda: requests.sign(
                    session, who, ready, shown=dict(asked), pin=request.form.get("pin", ""), signer=signer,
                    store=house().store,
                ),
                keys=house().keys,
            )  # fmt: skip
            if not isinstance(results, Invalid):
                outcomes += [_outcome(session, result) for result in results]
        if isinstance(results, Invalid):  # a wrong PIN: counted, and nothing signed
            return _refused(results)
    except TooManyAttempts as error:
        return _refused(error)
    except Unavailable:
        raise
    except EdmsError as error:
        return _refused(error)
    if any(outcome.trouble for outcome in outcomes):
        return _pile(Filled(), outcomes), 422
    return redirect(url_for("signing.pile", done=marked), 303)


def _asked(asked: list[tuple[int, bytes]], draft_id: int, sha256: str) -> list[Outcome]:
    """Ask for one signature and prepare it; one that cannot be stops no other and says why."""
    try:
        request_id, seen = _ask(draft_id, sha256)
        _prepare(request_id)
    except (RuleBroken, Conflict, Corrupt) as error:
        with house().transaction() as session:
            subject = drafts.draft_of(session, actor(), draft_id).subject
        return [Outcome(subject, words.explain(language(), error).text)]
    asked.append((request_id, seen))
    return []


def _outcome(session: Session, result: requests.Signed) -> Outcome:
    draft = session.get(Draft, result.request.draft_ref)
    said = words.explain(language(), result.error).text if result.error is not None else ""
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
        return _pile(replace(again, errors={field: again.errors.get("reason", again.text)})), 422
    return redirect(url_for("signing.pile"), 303)


def _refused(error: EdmsError) -> tuple[str, int]:
    form = Filled.again(error)
    return _pile(form.at("pin") if isinstance(error, TooManyAttempts) else form), 422


def _ask(draft_id: int, sha256: str) -> tuple[int, bytes]:
    with house().transaction() as session:
        draft = drafts.draft_of(session, actor(), draft_id, lock=True)
        shown = bytes.fromhex(sha256) if len(sha256) == 2 * hashlib.sha256().digest_size else b""
        asked = act.ask_signature(session, actor(), draft, shown_sha256=shown, check_page=house().check_page)
        session.flush()
        return asked.signature_request_id, shown


def _prepare(request_id: int) -> None:
    """Here, while she waits, rather than by the job that was posted for the case that this request dies."""
    with house().transaction() as session:
        work = steps.to_prepare(session, request_id)
    if work is None:
        return
    made = steps.prepare(work, store=house().store, drawn=act.draw_marks(work))
    with house().transaction() as session:
        steps.prepared(session, request_id, made)
