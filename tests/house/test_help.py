"""Every page of the desk has its help, or is named as needing none; every help has its words."""

from __future__ import annotations

from flask import Flask

from edms.web import desk
from edms.web.desk.help_topics import NEEDS_NONE, TOPICS, topic_of
from edms.words import known


def pages() -> set[str]:
    app = Flask("help")
    desk.register(app)
    return {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())} - {"static"}


def test_every_page_has_its_help_or_needs_none():
    here = pages()
    assert sorted(page for page in here - NEEDS_NONE if topic_of(page) is None) == []
    assert sorted(NEEDS_NONE - here) == []


def test_every_help_has_a_page_and_its_words():
    here = pages()
    blueprints = {page.partition(".")[0] for page in here}
    named = {page.partition(":")[0] for of in TOPICS.values() for page in of}
    assert sorted(named - here - blueprints) == []
    parts = [f"help.{topic}.{part}" for topic in TOPICS for part in ("title", "for", "how")]
    assert [message for message in parts if not known(message)] == []


def test_an_act_may_have_a_help_of_its_own():
    assert topic_of("acting.act", "resolve") == "resolve"
    assert topic_of("acting.act", "report") == "act"
    assert topic_of("letter.picture") is None
