"""The first page of the day: what everybody opens is made ready when a process of the server begins, not while the first waits.

A template becomes code when it is first shown, a tenth of a second for the page of a letter, and everybody who comes
meanwhile waits for the same. The pages that few open are left until somebody does: their code would only fill memory.
"""

from __future__ import annotations

import contextlib
import threading

from flask import Flask
from jinja2 import TemplateError
from jinja2.meta import find_referenced_templates

from edms import rank

DAILY = (
    *("desk/sign_in.html", "desk/asked.html", "desk/desk.html", "desk/tray.html", "desk/card.html", "desk/arrived.html"),
    *("desk/letter.html", "desk/draft.html", "desk/drafts.html", "desk/pile.html", "desk/sendings.html", "desk/post_list.html"),
    *("desk/registers.html", "desk/register.html", "desk/search.html", "portal/track.html"),
)  # fmt: skip
BEHIND = 10  # nice(2): whoever is there already goes first


def prepare(app: Flask) -> threading.Thread:
    """Make the daily pages' code in a thread of its own."""
    made = threading.Thread(target=_prepare, args=(app,), name="morning", daemon=True)
    made.start()
    return made


def _prepare(app: Flask) -> None:
    rank.thread_behind(BEHIND)
    known, waiting = set[str](), list(DAILY)
    while waiting:
        if (name := waiting.pop()) in known:
            continue
        known.add(name)
        with contextlib.suppress(TemplateError):  # the page itself will say what is wrong with it
            app.jinja_env.get_template(name)
            source = app.jinja_env.loader.get_source(app.jinja_env, name)[0] if app.jinja_env.loader else ""
            waiting += [each for each in find_referenced_templates(app.jinja_env.parse(source)) if each]
