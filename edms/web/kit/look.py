"""Light, dark, contrast, or as the device says: a cookie, so that the first paint is right and no script is needed."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, request, url_for

LOOKS = ("system", "light", "dark", "contrast")
COOKIE = "look"
_YEAR = 31_536_000


def look() -> str:
    """The look that this browser chose."""
    chosen = request.cookies.get(COOKIE, "system")
    return chosen if chosen in LOOKS else "system"


def install(app: Flask, *, secure: bool) -> None:
    """Give the templates `look()`, and the address that changes it."""
    kit = Blueprint("kit", __name__)

    @kit.post("/look")
    def choose() -> Response:
        chosen = request.form.get("look", "system")
        wants_page = request.accept_mimetypes.best != "application/json"
        answer = Response(status=204) if not wants_page else Response(status=303, headers={"Location": back()})
        answer.set_cookie(
            COOKIE, chosen if chosen in LOOKS else "system", max_age=_YEAR, secure=secure, httponly=True, samesite="Lax"
        )
        return answer

    app.register_blueprint(kit)
    app.jinja_env.globals.update(look=look, look_url=lambda: url_for("kit.choose"))


def back(default: str = "/") -> str:
    """The page of ours that the reader came from, as a path; never an address of another site."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host or not parts.path.startswith("/") or parts.path.startswith("//"):
        return default
    return parts.path + (f"?{parts.query}" if parts.query else "")
