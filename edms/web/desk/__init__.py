"""Pages of the staff. One module a subject; every blueprint here is behind the sign-in, but the one that signs in."""

from __future__ import annotations

from flask import Flask

from edms.web.desk import (
    account,
    acting,
    arrivals,
    letter,
    page,
    papers,
    register_letter,
    registers,
    searching,
    sending,
    signing,
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
    writing.bp,
    signing.bp,
    sending.bp,
    papers.bp,
    searching.bp,
)


for each in BLUEPRINTS:
    session.guard(each)


def register(app: Flask) -> None:
    """Give the application its staff pages."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(account.bp)
