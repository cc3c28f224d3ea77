"""Pages of the staff. One module a subject; every blueprint here is behind the sign-in, but the one that signs in."""

from __future__ import annotations

from flask import Flask

from edms.web.desk import (
    account,
    account_security,
    acting,
    arrivals,
    cases,
    connecting,
    controlling,
    ending,
    ending_papers,
    entrusting,
    finding,
    handing_over,
    histories,
    house,
    house_absences,
    house_audits,
    house_calendar,
    house_correspondents,
    house_health,
    house_numbers,
    house_organisations,
    house_people,
    house_reconciliation,
    house_registers,
    house_rights,
    house_staff,
    house_tokens,
    house_units,
    intake_papers,
    journals,
    keeping,
    letter,
    openings,
    page,
    papers,
    planning,
    prints,
    reading_list,
    recognition,
    register_letter,
    registers,
    reporting,
    searching,
    sending,
    signatures,
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
    journals.bp,
    arrivals.bp,
    register_letter.bp,
    ending.bp,
    ending_papers.bp,
    letter.bp,
    acting.bp,
    undoing.bp,
    intake_papers.bp,
    keeping.bp,
    finding.bp,
    entrusting.bp,
    handing_over.bp,
    connecting.bp,
    histories.bp,
    writing.bp,
    signing.bp,
    signatures.bp,
    sending.bp,
    papers.bp,
    prints.bp,
    reading_list.bp,
    recognition.bp,
    controlling.bp,
    reporting.bp,
    openings.bp,
    searching.bp,
    cases.bp,
    planning.bp,
    telling.bp,
    templating.bp,
    account_security.bp,
    house.bp,
    house_people.bp,
    house_staff.bp,
    house_rights.bp,
    house_audits.bp,
    house_units.bp,
    house_organisations.bp,
    house_absences.bp,
    house_correspondents.bp,
    house_registers.bp,
    house_numbers.bp,
    house_reconciliation.bp,
    house_calendar.bp,
    house_tokens.bp,
    house_health.bp,
)


for each in BLUEPRINTS:
    session.guard(each)


def register(app: Flask) -> None:
    """Give the application its staff pages."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(account.bp)
    app.jinja_env.globals["house_sections"] = house.sections
