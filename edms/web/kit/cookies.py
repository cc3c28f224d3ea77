"""Cookies as all of ours are baked: for this host alone, not for scripts, not on a stranger's form."""

from __future__ import annotations

from typing import Any

from flask import Response

YEAR = 365 * 24 * 3600  # seconds


def bake(response: Response, name: str, value: str | None, *, secure: bool, seconds: int | None = None) -> None:
    """Set the cookie, take it away where the value is empty, leave it where there is none.

    Without `seconds` it ends with the browser.
    """
    attributes: dict[str, Any] = {"path": "/", "secure": secure, "httponly": True, "samesite": "Lax"}
    if value:
        response.set_cookie(name, value, max_age=seconds, **attributes)
    elif value is not None:
        response.delete_cookie(name, **attributes)
