"""Who reads: found once a request from the cookie (pages) or the bearer token (/api), and what begins and ends it.

Pages call `enter`, `enter_code`, `confirm_password`, `change_password`, `act_for` and `leave`; each is a transaction of
its own, so that a counted mistake stays counted. Under /api the cookie is not looked at: a foreign page cannot ride on
it. The cookie holds the secret alone; rights are read anew for every request.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, TypeVar

import flask
from flask import Blueprint, Flask, Response, current_app, g, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from edms.access.actor import Actor
from edms.access.keys import Keys
from edms.config import Settings
from edms.db.engine import Sessions, transaction
from edms.errors import NotFound
from edms.staff import devices, sign_in, tokens
from edms.staff import sessions as staff_sessions
from edms.staff.models import Official, SignIn
from edms.staff.sessions import Entered, Limits, Want
from edms.staff.sign_in import Refused
from edms.web.kit import cookies, looking_on
from edms.web.kit.headers import request_code
from edms.web.kit.language import speak
from edms.web.kit.onward import to_page
from edms.web.kit.visitors import Pages, Visitor

_SEAM = "edms_session"
API = "/api/"
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class _Seam:
    transaction: Callable[[], AbstractContextManager[Session]]
    keys: Keys
    limits: Limits
    pages: Pages
    cookie: str
    device: str
    secure: bool


def install(app: Flask, *, sessions: Sessions, keys: Keys, settings: Settings, pages: Pages | None = None) -> None:
    """Give the application its sessions; also the key and the attributes of Flask's own cookie (form tokens)."""
    secure = settings.secure_cookies
    # __Host-: only over HTTPS, for this host and all its paths, not to be set by a neighbour (RFC 6265bis, 4.1.3.2).
    prefix = "__Host-" if secure else ""
    app.config.update(
        SECRET_KEY=keys.derived("form tokens"),
        SESSION_COOKIE_NAME=f"{prefix}form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_PATH="/",
    )
    app.extensions[_SEAM] = _Seam(
        partial(transaction, sessions),
        keys,
        Limits.of(settings),
        pages or Pages(),
        f"{prefix}session",
        f"{prefix}device",
        secure,
    )
    app.after_request(_bake)


def visitor() -> Visitor:
    """Who reads; asked of the database once a request, and only if somebody asks. Also sets g.actor and g.sign_in."""
    if "edms_visitor" not in g:
        _is(Visitor())  # should the database fail, the error page has no reader rather than a second error
        if request.path.startswith(API):
            with _seam().transaction() as session:
                _is(_by_token(session))
        else:
            _is(_by_cookie())
    found: Visitor = g.edms_visitor
    return found


def actor() -> Actor:
    """The actor of this request, behind a guard. Errors: 401 where no guard stood before."""
    who = visitor().actor
    if who is None:
        raise _unauthorized()
    return who


def program(session: Session) -> Actor:
    """The actor of this request's bearer token, found in the transaction that goes on with it. Errors: 401."""
    _is(Visitor())
    _is(_by_token(session))
    who = actor()
    looking_on.watch(who, _seam().transaction)
    if not request.accept_languages:
        speak(who.language)
    return who


def guard(blueprint: Blueprint) -> None:
    """Let only those who signed in see any page of the blueprint."""
    blueprint.before_request(_turn_away)


def require_signed_in(view: View) -> View:
    """Let only those who signed in see this page."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        away = _turn_away()
        return away if away is not None else view(*args, **values)

    return guarded  # type: ignore[return-value]


def enter(login: str, password: str) -> str | None:
    """Sign in; None when it worked, else the message id. `visitor().want` then tells what is due next.

    Errors: TooManyAttempts, Unavailable.
    """
    seam = _seam()
    marks = request.cookies.get(seam.device, "")
    with seam.transaction() as session:
        answer = sign_in.sign_in(
            session,
            login=login,
            proof=password,
            keys=seam.keys,
            limits=seam.limits,
            address=_address(),
            agent=request.user_agent.string,
            marks=marks,
        )
    refused = _keep(answer)
    if refused is None:
        g.edms_marks = devices.marked(seam.keys, marks, sign_in.plain(login))
        flask.session.clear()  # whatever form token a stranger may have planted is worth nothing now
    return refused


def enter_code(code: str) -> str | None:
    """The second factor; None when it was right, else the message id. Errors: 401, TooManyAttempts."""
    seam = _seam()
    with seam.transaction() as session:
        answer = sign_in.enter_code(session, _own(session), code, keys=seam.keys, limits=seam.limits)
    return _keep(answer)


def confirm_password(password: str) -> str | None:
    """The password asked again: for five minutes `actor().stepped_up` holds. Else the message id.

    Errors: 401, TooManyAttempts.
    """
    seam = _seam()
    with seam.transaction() as session:
        answer = sign_in.step_up(session, _own(session), password, keys=seam.keys)
    return _keep(answer)


def change_password(present: str, new: str) -> str | None:
    """Her own new password; None when it is set, else the message id. Errors: 401, TooManyAttempts, Invalid."""
    seam = _seam()
    with seam.transaction() as session:
        answer = sign_in.change_password(session, _own(session), present=present, new=new, keys=seam.keys)
    return _keep(answer)


def act_for(official_id: int | None) -> None:
    """Begin to act in somebody's place, or as oneself again. Errors: 401, NotFound, Forbidden."""
    with _seam().transaction() as session:
        absent = session.get(Official, official_id) if official_id is not None else None
        if official_id is not None and absent is None:
            raise NotFound
        answer = staff_sessions.act_for(session, _own(session), absent)
    _keep(answer)


def leave() -> None:
    """Sign out: the session ends on the server, the cookie is taken back."""
    who = visitor()
    if who.sign_in is not None:
        with _seam().transaction() as session:
            own = _own(session)
            # One who has not given her code yet may leave too, as nobody in particular.
            staff_sessions.sign_out(session, staff_sessions.actor_of(session, own), own)
    flask.session.clear()
    g.edms_cookie = ""
    _is(Visitor())


def to_step_up() -> AnyResponse | None:
    """The way to the page that asks the password again, or None when it was asked minutes ago."""
    if actor().stepped_up:
        return None
    return to_page(_seam().pages.step_up)


def _by_cookie() -> Visitor:
    seam = _seam()
    secret = request.cookies.get(seam.cookie)
    if not secret:
        return Visitor()
    with seam.transaction() as session:
        found = staff_sessions.resume(session, secret, limits=seam.limits)
        if found is None:
            g.edms_cookie = ""
            return Visitor()
        return _visitor_of(session, found)


def _visitor_of(session: Session, found: SignIn) -> Visitor:
    want = staff_sessions.wants(session, found)
    official = found.official
    _ = official.organisation, official.unit  # pages show them when this transaction is over
    if want is not None:
        return Visitor(None, found, want, official)
    who = staff_sessions.actor_of(session, found, request_id=request_code())
    absent = session.get_one(Official, who.acting_for) if who.acting_for is not None else None
    if absent is not None:
        _ = absent.organisation, absent.unit
    return Visitor(who, found, None, official, absent)


def _by_token(session: Session) -> Visitor:
    credentials = request.authorization
    if credentials is None or credentials.type != "bearer" or not credentials.token:
        return Visitor()
    found = tokens.authenticate(
        session, credentials.token, request_id=request_code(), acting_for=request.headers.get("Acting-For")
    )
    return Visitor(found)


def _keep(answer: Entered | Refused) -> str | None:
    if isinstance(answer, Refused):
        return answer.message
    g.edms_cookie = answer.secret
    with _seam().transaction() as session:
        _is(_visitor_of(session, session.get_one(SignIn, answer.sign_in.sign_in_id)))
    return None


def _is(who: Visitor) -> None:
    g.edms_visitor, g.actor, g.sign_in = who, who.actor, who.sign_in
    g.pop("edms_reader", None)  # the frame asks anew who reads


def _bake(response: Response) -> Response:
    seam = _seam()
    cookies.bake(response, seam.cookie, g.get("edms_cookie"), secure=seam.secure)
    cookies.bake(response, seam.device, g.get("edms_marks"), secure=seam.secure, seconds=cookies.YEAR)
    return response


def _turn_away() -> AnyResponse | None:
    who = visitor()
    if who.actor is not None:
        looking_on.watch(who.actor, _seam().transaction)
        return None
    if request.path.startswith(API):
        raise _unauthorized()
    pages = _seam().pages
    wanted = {None: pages.sign_in, Want.CODE: pages.code, Want.PASSWORD: pages.password}[who.want]
    # The pages that give what is wanted are guarded by `visitor().want` themselves.
    return None if request.endpoint == wanted else to_page(wanted)


def _own(session: Session) -> SignIn:
    """This request's session as a row of `session`, fresh: it may have been revoked a moment ago."""
    known = visitor().sign_in
    own = session.get(SignIn, known.sign_in_id, with_for_update=True) if known is not None else None
    if own is None or own.revoked_at is not None:
        raise _unauthorized()
    return own


def _unauthorized() -> Unauthorized:
    return Unauthorized(www_authenticate=WWWAuthenticate("bearer"))


def _address() -> str:
    return request.remote_addr or ""


def _seam() -> _Seam:
    seam: _Seam = current_app.extensions[_SEAM]
    return seam
