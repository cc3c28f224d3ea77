"""People of the cast at their browsers without the form: it is tried for itself, and a password costs a third of a second."""

from __future__ import annotations

from functools import cache

from flask.testing import FlaskClient
from sqlalchemy import select

from edms import clock
from edms.bootstrap import House
from edms.staff import passwords, sessions
from edms.staff.models import Credential, Official

PASSWORD = "a long reading room sentence"


@cache
def hashed() -> str:
    """The hash of everybody's password, made once."""
    return passwords.hashed(PASSWORD)


def enter(house: House, client: FlaskClient, login: str, *, stepped_up: bool = False) -> None:
    """Let the client be hers, as after the form, and with `stepped_up` as after her password was asked again."""
    with house.transaction() as session:
        official = session.scalars(select(Official).where(Official.login == login)).one()
        if session.get(Credential, official.official_id) is None:
            session.add(credential(official.official_id))
        limits = sessions.Limits.of(house.settings)
        made = sessions.begin(session, official, limits=limits, address="127.0.0.1", agent="tests")
        if stepped_up:
            made = sessions.stepped_up(made.sign_in)
    client.set_cookie("session", made.secret)


def credential(official_id: int) -> Credential:
    """Everybody's password as hers."""
    return Credential(official_id=official_id, password_hash=hashed(), password_set_at=clock.now())
