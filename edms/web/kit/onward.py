"""Where a reader goes next: only ever to a path of ours, and from a page that asks something back to where she was."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from edms.web.kit.look import back
from edms.web.kit.problems import is_partial


def next_page(default: str) -> str:
    """Where the reader wanted to go before she was asked to sign in: a path of ours, or `default`."""
    wanted = request.values.get("next", "")
    return wanted if is_path(wanted) else default


def to_page(endpoint: str) -> AnyResponse:
    """To that page, and from there back: to this page, or after a form to the page it stood on."""
    here = request.full_path.rstrip("?") if request.method == "GET" and not is_partial() else back("/")
    address = url_for(endpoint, next=here if is_path(here) else None)
    if not is_partial():
        return redirect(address, 303)
    answer = make_response("", 200)  # a redirect would be followed into the fragment's place
    answer.headers["HX-Redirect"] = address
    return answer


def is_path(address: str) -> bool:
    """A path on this host: no scheme, no host, nothing that a browser would read as one."""
    if not address.startswith("/") or address[1:2] in ("/", "\\") or any(c < " " for c in address):
        return False
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc
