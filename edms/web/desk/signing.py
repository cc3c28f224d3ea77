"""The pile to sign: each page shown, one PIN for all that are marked, each result by itself; refused with a reason.

The signer's act takes three transactions: numbers drawn and signatures asked; pages prepared; signed. A request that
dies between them leaves drafts that are prepared and wait for her PIN again.
"""

from __future__ import annotations

import hashlib

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from edms import words
from edms.drafting import act, drafts, pages, visas
from edms.errors import EdmsError, Invalid, Unavailable
from edms.signing import pins, requests, steps
from edms.signing.models import SignatureRequest, SignatureState
from edms.staff.throttle import TooManyAttempts
from edms.web.kit import Filled, language
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("signing", __name__, url_prefix="/sign")


@bp.get("/")
def pile() -> str | Response:
    """What waits for one's signature."""
    return to_step_up() or _pile(Filled())


def _pile(form: Filled) -> str:
    with house().transaction() as session:
        rows = []
        for draft in act.to_sign(session, actor()):
            content = pages.content_of(session, draft.versions[-1])
            request_ = requests.latest_for_draft(session, draft.draft_id)
            rows.append((draft, content, request_))
        return render_template("desk/pile.html", rows=rows, form=form)


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
    try:
        with house().transaction() as session:
            pins.check(session, who.official_id or 0, keys=house().keys)  # before a number is drawn
        asked = [_ask(draft_id, shown.get(draft_id, "")) for draft_id in marked]
        for request_id, _ in asked:
            _prepare(request_id)
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
        if isinstance(results, Invalid):  # a wrong PIN: counted, and nothing signed
            return _refused(results)
        wrong = [words.explain(language(), result.error).text for result in results if result.error is not None]
    except TooManyAttempts as error:
        return _refused(error)
    except Unavailable:
        raise
    except EdmsError as error:
        return _refused(error)
    if wrong:
        return _pile(Filled(text=" ".join(wrong), failed=True)), 422
    return redirect(url_for("signing.pile"), 303)


@bp.post("/<int:draft_id>/refuse")
def refuse(draft_id: int) -> Response:
    """Send it back with a reason."""
    with house().transaction() as session:
        draft = drafts.draft_of(session, actor(), draft_id, lock=True)
        visas.refuse(session, actor(), draft, reason=request.form.get("reason", ""))
    return redirect(url_for("signing.pile"), 303)


def _refused(error: EdmsError) -> tuple[str, int]:
    said = words.explain(language(), error)
    form = Filled(errors=said.fields, text=said.text, failed=True)
    return _pile(form.at("pin") if isinstance(error, TooManyAttempts) else form), 422


def _ask(draft_id: int, sha256: str) -> tuple[int, bytes]:
    with house().transaction() as session:
        draft = drafts.draft_of(session, actor(), draft_id, lock=True)
        shown = bytes.fromhex(sha256) if len(sha256) == 2 * hashlib.sha256().digest_size else b""
        asked = act.ask_signature(session, actor(), draft, shown_sha256=shown)
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
