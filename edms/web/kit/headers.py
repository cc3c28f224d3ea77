"""The headers of every answer: a policy without inline code or outside origins, and no copies left in caches."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_ALWAYS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Our own pages keep the address (CSRF over HTTPS looks at it); outside nobody learns a registered number.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
}
_YEAR, _MONTH = 31_536_000, 2_592_000


def install(app: Flask, *, hsts: bool) -> None:
    """Give every answer its headers and every request a short code that error pages and logs share.

    `hsts`: browsers may be told to come by HTTPS only, because nobody can be shut out by it for a year.
    """

    def add(response: Response) -> Response:
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Code"] = request_code()
        if hsts and request.is_secure:
            response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
        if request.endpoint == "static" and response.status_code in (200, 206, 304):
            _keep(response)
        else:
            response.headers.setdefault("Cache-Control", "no-store")
            response.vary.update(("Cookie", "Accept-Language", "HX-Request"))
        return response

    app.after_request(add)


def request_code() -> str:
    """The code of this request, told to the person and written to the log."""
    if "request_code" not in g:
        g.request_code = secrets.token_hex(4)
    code: str = g.request_code
    return code


def _keep(response: Response) -> None:
    """An asset asked for by its hash never changes; a font, which the styles name, seldom; others are checked each time."""
    if "v" in request.args:
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    else:
        font = (response.mimetype or "").startswith("font/")
        response.headers["Cache-Control"] = f"public, max-age={_MONTH}" if font else "no-cache"
