"""A form that is sent twice acts once: its answer was lost with a line or a machine, or the button was pressed again.

Each page carries a mark of its own. The mark and what was sent with it are taken in the transaction of the act; sent
again it leads where the first one led. Changed and sent again it is another act. Forms without a mark are not watched.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from flask import Flask, g, request
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.staff import answers

FIELD = "once"
HEADER = "X-Once"  # of bare bytes, which have no form
_MARK = re.compile(r"[\w-]{16,40}")
_NOT_ASKED = frozenset({FIELD, "csrf_token"})


def install(app: Flask) -> None:
    """Give the templates the mark of the page."""
    app.jinja_env.globals["once_mark"] = mark


def mark() -> str:
    """The mark of this page's forms; each page that is answered has another one."""
    if "edms_once" not in g:
        g.edms_once = secrets.token_urlsafe(15)
    made: str = g.edms_once
    return made


@dataclass(frozen=True)
class Sent:
    """A form as it was sent; `place` is where it led when it was sent before."""

    session: Session
    taken: answers.Taken | None

    @property
    def place(self) -> str | None:
        """Where the first one led, None when this is the first."""
        return self.taken.earlier[1] if self.taken is not None and self.taken.earlier is not None else None

    def led(self, place: str) -> str:
        """Remember where this one leads."""
        if self.taken is not None:
            answers.keep(self.session, self.taken, answer="", place=place)
        return place


def sent(session: Session, who: Actor, *more: bytes) -> Sent:
    """Take the form's mark for what it says; `more` is the fingerprint of a file that came with it.

    A second one waits here until the first has ended.
    """
    given = request.form.get(FIELD, "") or request.headers.get(HEADER, "")
    if not _MARK.fullmatch(given) or who.official_id is None:
        return Sent(session, None)
    asked = hashlib.sha256(request.path.encode())
    for name, texts in sorted(request.form.lists()):
        if name not in _NOT_ASKED:
            asked.update(repr((name, texts)).encode())
    for each in more:
        asked.update(each)
    return Sent(session, answers.take(session, who, f"form {given} {asked.hexdigest()[:32]}", asked.digest()))
