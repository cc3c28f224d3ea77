"""The pages of everybody are ready before anybody asks for one."""

from __future__ import annotations

from typing import Any

from flask import Flask
from jinja2 import DictLoader

from edms.web import morning

pytest_plugins = ["tests.web.desk_site"]


def test_the_daily_pages_and_all_that_they_are_made_of_are_code_before_the_first_is_asked_for(desk: Any) -> None:
    environment = desk.app.jinja_env
    environment.cache.clear()
    morning.prepare(desk.app).join(120)
    ready = {name for _, name in environment.cache}
    assert {*morning.DAILY, "base.html", "desk.html", "kit/frame.html", "kit/parts.html"} <= ready
    assert len(ready) < 80, "what few open is not kept in memory"
    before = set(environment.cache.keys())
    desk.as_("mayor").get("/desk/")
    assert {name for _, name in set(environment.cache.keys()) - before} <= {"desk/offer.html"}


def test_a_template_that_is_broken_leaves_the_others_alone() -> None:
    app = Flask("broken")
    app.jinja_options = {"loader": DictLoader({"desk/desk.html": "{% if %}", "desk/tray.html": "well"})}
    morning.prepare(app).join(60)
    assert "desk/tray.html" in {name for _, name in app.jinja_env.cache}
