"""Changes come from our own pages: a token in each form, and the browser's own word about where a request began."""

from __future__ import annotations

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect

from edms.errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_HERE = frozenset({"same-origin", "none"})

protect = CSRFProtect()
"""`protect.exempt(blueprint)` for addresses where a bearer token stands for the reader (the api)."""


def install(app: Flask) -> None:
    """Check every change; the token lives as long as the session does."""
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    app.before_request(refuse_foreign)
    protect.init_app(app)


def refuse_foreign() -> None:
    """Refuse a change that another site began. Browsers without Fetch Metadata still need the token.

    Errors: Forbidden.
    """
    origin = request.headers.get("Sec-Fetch-Site")
    if request.method not in SAFE and origin is not None and origin not in _HERE:
        raise Forbidden("error.foreign_site")
