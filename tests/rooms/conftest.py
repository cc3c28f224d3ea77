"""Fixtures of the rooms' tests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from edms.db import roles
from tests import cast
from tests.backups import Place


@pytest.fixture
def office(session: Session) -> cast.Office:
    """The municipality of Kvemo and its people."""
    return cast.office(session)


@pytest.fixture
def empty_place(database_server, tmp_path) -> Iterator[Place]:
    """A place whose database has nothing in it."""
    name = f"edms_restore_{secrets.token_hex(4)}"
    database_server.run("CREATE DATABASE {name} OWNER {owner}", name=name, owner=roles.OWNER)
    place = Place(tmp_path / "again", database_server.url(roles.APP, name), database_server.url(roles.OWNER, name))
    yield place
    place.close()
    database_server.run("DROP DATABASE {name} WITH (FORCE)", name=name)
