"""The web application: kit, desk, portal, api. Built once per process around a House."""

from __future__ import annotations

from flask import Flask, redirect, request, url_for
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.bootstrap import House
from edms.errors import Unavailable
from edms.notices import notices
from edms.staff import founding
from edms.web import api, desk, operations, portal
from edms.web.kit import Frame, Place, Reader, install, watching
from edms.web.kit import house as kit_house
from edms.web.kit import office as kit_office
from edms.web.kit import session as kit_session
from edms.web.kit.language import language
from edms.web.kit.meters import Meters
from edms.web.kit.office import office

FORM_LIMIT = 30 * 1024 * 1024
STRANGERS_LIMIT = 1024 * 1024
"""Bytes of a form; pages that take more from somebody who is not signed in say so themselves."""


def create_app(house: House) -> Flask:
    """The application. Errors: Unavailable before `edms setup`."""
    app = Flask("edms.web")
    app.config.update(MAX_CONTENT_LENGTH=house.settings.upload_limit_bytes + FORM_LIMIT, MAX_FORM_MEMORY_SIZE=4_000_000)
    if n := house.settings.trusted_proxies:
        # Only what our own proxies say is believed: the throttles count by the address of the one who asks.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    meters = Meters()
    watching.install(app, meters)  # first in, last out: what the others refuse is counted too
    kit_house.install(app, house)
    kit_session.install(app, sessions=house.sessions, keys=house.keys, settings=house.settings)
    frame = Frame(
        reader=_reader,
        house_name=lambda: office().name,
        house_arms=lambda: office().arms,
        zone=lambda: office().zone,
        search_url=lambda: url_for("searching.search"),
        demo=house.settings.demo,
        secure_cookies=house.settings.secure_cookies,
        # Never with our own authority: a machine that stops trusting it would be locked out for a year.
        hsts=house.settings.https == "given" or bool(house.settings.https == "off" and house.settings.trusted_proxies),
    )
    app.before_request(_bound)  # before the form's token is looked for
    install(app, frame)
    kit_office.install(app)
    desk.register(app)
    portal.register(app)
    api.register(app)
    operations.register(app, meters)
    app.add_url_rule("/", "root", _root)
    return app


def _bound() -> None:
    """A stranger's form is small: its files would lie on the disk before anybody has asked who sends them."""
    if request.method in ("GET", "HEAD") or request.path.startswith(kit_session.API):  # the api bounds what it reads
        return
    if kit_session.visitor().actor is None:
        request.max_content_length = STRANGERS_LIMIT


def _root() -> Response:
    """Staff to their desk, everybody else to the tracking page; before a town has moved in, to the page of the first day."""
    if kit_session.visitor().sign_in is not None:
        return redirect(url_for("desk.page"))
    with kit_house.house().transaction() as session:
        empty = founding.is_empty(session)
    return redirect(url_for("founding.page" if empty else "track.page"))


def _reader() -> Reader | None:
    who = kit_session.visitor()
    if who.actor is None:
        return None
    if who.official is None:  # a program
        return Reader(name="", language=who.actor.language, zone=who.actor.time_zone)
    official, speaks = who.official, language()
    return Reader(
        name=official.name(speaks),
        post=official.post(speaks),
        acting_for=who.absent.name(speaks) if who.absent else "",
        language=official.language,
        zone=who.actor.time_zone,
        places=(
            Place("desk", url_for("desk.page"), "inbox", "web.place.desk", "KeyG KeyD", _unseen(who.actor)),
            Place("registers", url_for("registers.page"), "journal-text", "web.place.registers", "KeyG KeyR"),
            Place("cases", url_for("cases.page"), "folder2", "web.place.cases", "KeyG KeyC"),
            Place("search", url_for("searching.search"), "search", "web.place.search", "KeyG KeyS"),
            *_reports(who.actor),
            Place("house", url_for("house.page"), "building", "web.place.house", "KeyG KeyH"),
        ),
        account_url=url_for("account.page"),
        sign_out_url=url_for("account.sign_out"),
    )


def _reports(actor: Actor) -> tuple[Place, ...]:
    """Figures are a place of those who answer for the register; nobody else is shown a closed door."""
    if not permits(actor, Permission.REPORT_READ):
        return ()
    return (Place("reports", url_for("reporting.page"), "bar-chart", "web.place.reports", "KeyG KeyM"),)


def _unseen(actor: Actor) -> int:
    """The mark on the rail: lines of what happened that were not seen. It is never the reason why a page fails."""
    try:
        with kit_house.house().transaction() as session:
            return notices.count_unseen(session, actor)
    except Unavailable:
        return 0
