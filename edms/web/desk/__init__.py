"""Pages of the staff. One module a subject; every blueprint here is behind the sign-in, but the one that signs in."""

from __future__ import annotations

from flask import Flask

from edms.web.desk import (
    account,
    acting,
    arrivals,
    cases,
    connecting,
    controlling,
    finding,
    histories,
    keeping,
    letter,
    page,
    papers,
    planning,
    prints,
    register_letter,
    registers,
    searching,
    sending,
    signing,
    telling,
    templating,
    undoing,
    writing,
)
from edms.web.kit import session

BLUEPRINTS = (
    page.bp,
    registers.bp,
    arrivals.bp,
    register_letter.bp,
    letter.bp,
    acting.bp,
    undoing.bp,
    keeping.bp,
    finding.bp,
    connecting.bp,
    histories.bp,
    writing.bp,
    signing.bp,
    sending.bp,
    papers.bp,
    prints.bp,
    controlling.bp,
    searching.bp,
    cases.bp,
    planning.bp,
    telling.bp,
    templating.bp,
)


for each in BLUEPRINTS:
    session.guard(each)


def register(app: Flask) -> None:
    """Give the application its staff pages."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(account.bp)
