"""Whose pages these are: the reader's own office, on citizens' pages the one that stands for all; its name and its arms."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, abort, g, request, url_for

from edms.errors import Unavailable
from edms.staff import letterheads
from edms.staff.models import Organisation
from edms.staff.organisations import DEFAULT_ZONE, main_zone
from edms.web.kit import session as kit_session
from edms.web.kit.house import house
from edms.web.kit.language import language, t


@dataclass(frozen=True)
class Office:
    """The names by language, the language of the office itself, and the address of its coat of arms if it has one."""

    organisation: Organisation | None

    @property
    def name(self) -> str:
        """As the reader reads it. Where several offices stand side by side it is what they have in common."""
        return self.organisation.name(language()) if self.organisation is not None else t("web.offices")

    @property
    def zone(self) -> str:
        """Where its day begins. Several offices side by side have the day of most of them."""
        return self.organisation.time_zone if self.organisation is not None else _zone_of_most()

    @property
    def arms(self) -> str | None:
        """Where its coat of arms is."""
        found = self.organisation
        return url_for("arms", fingerprint=found.arms) if found is not None and found.arms else None


def office() -> Office:
    """Whose page this is; asked once a request. While the database is away it is nobody's."""
    if "edms_office" not in g:
        g.edms_office = Office(None)
        g.edms_office = Office(_of_reader() or _of_all())
    found: Office = g.edms_office
    return found


def install(app: Flask) -> None:
    """Give the application the address of the coats of arms."""
    app.add_url_rule("/arms/<fingerprint>.png", "arms", _picture)


def _of_reader() -> Organisation | None:
    who = kit_session.visitor()
    return who.official.organisation if who.official is not None else None


def _of_all() -> Organisation | None:
    try:
        with house().transaction() as session:
            return letterheads.standing_for_all(session)
    except Unavailable:
        return None


def _zone_of_most() -> str:
    try:
        with house().transaction() as session:
            return main_zone(session)
    except Unavailable:
        return DEFAULT_ZONE


def _picture(fingerprint: str) -> Response:
    """Public: it stands on every paper. Its address is that of these bytes, so it may be kept for ever."""
    with house().transaction() as session:
        found = letterheads.arms(session, fingerprint)
    if found is None:
        abort(404)
    answer = Response(found, mimetype="image/png")
    answer.set_etag(fingerprint)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    answer.make_conditional(request)
    return answer
