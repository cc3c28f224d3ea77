"""Every change that the API knows, twice at once: by one hand with two windows, and by two people.

From the very same state (the database is put back before each scene) the two are played at once and one after the
other; at once must come to what one of the two orders comes to, row for row. New routes join by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from tests.web import api_cases as cases
from tests.web.conftest import Api, api  # noqa: F401
from tests.web.test_api_rights import FOREIGN, MAY, call
from tests.web.two_at_once import Came, Moment, at_once
from tests.web.world import World, world

QUIET = ("api_answer", "sign_in", "api_token", "attempt", "alembic_version")
Outcome = tuple[int, int, frozenset[tuple[str, str, int]]]
"""The statuses of both, and how many rows there are of each table in each state."""


@dataclass
class Stage:
    """A database that is put back to where it stood before each scene."""

    maker: str
    engine: Engine
    name: str

    def reset(self) -> None:
        self.engine.dispose()
        with psycopg.connect(self.maker, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.name}_before"')

    def keep(self) -> None:
        """Remember how it stands now."""
        self.engine.dispose()
        with psycopg.connect(self.maker, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{self.name}_before" TEMPLATE "{self.name}"')

    def forget(self) -> None:
        """Leave nothing behind but the database itself."""
        with psycopg.connect(self.maker, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.name}_before" WITH (FORCE)')

    def in_turn(self, first: Callable[[], int], second: Callable[[], int]) -> Outcome:
        """One after the other."""
        self.reset()
        return first(), second(), self.rows()

    def rows(self) -> frozenset[tuple[str, str, int]]:
        """How many rows each table has, in each state or of each kind."""
        with psycopg.connect(self.maker, autocommit=True, dbname=self.name) as connection:
            tables = connection.execute(
                "SELECT t.tablename, max(c.column_name) FROM pg_tables t LEFT JOIN information_schema.columns c"
                " ON c.table_name = t.tablename AND c.table_schema = 'public' AND c.column_name IN ('state', 'kind')"
                " WHERE t.schemaname = 'public' AND t.tablename NOT LIKE 'procrastinate%' GROUP BY 1"
            ).fetchall()
            asked = " UNION ALL ".join(
                f"SELECT '{table}', {f'{told}::text' if told else chr(39) * 2}, count(*) FROM \"{table}\" GROUP BY 2"
                for table, told in tables
                if table not in QUIET
            )
            return frozenset(connection.execute(asked).fetchall())


@pytest.mark.services
@pytest.mark.timeout(3600)
def test_every_change_twice_at_once_is_one_after_the_other(api: Api, database: Any, database_server: Any) -> None:  # noqa: F811
    made = world(api)
    name = make_url(database.app_url).database
    stage = Stage(database_server.maker.replace("+psycopg", "", 1), api.house.engine, str(name))
    stage.keep()
    wrong, seen = [], 0
    try:
        for operation, able in able_to(api, made, stage).items():
            for one, other in {(able[0], able[0]), (able[0], able[-1])}:
                first, second = (act(api, made, operation, who) for who in (one, other))
                turns = stage.in_turn(first, second), swapped(stage.in_turn(second, first))
                for moment in Moment:
                    stage.reset()
                    came = at_once(api.house.engine, first, second, moment)
                    if came is None:
                        continue
                    seen += 1
                    if fault := judged(came, stage, turns):
                        wrong.append(f"{operation} {one} {other} {moment}: {fault}")
    finally:
        stage.forget()
    assert wrong == []
    assert seen > 150


def judged(came: Came, stage: Stage, turns: tuple[Outcome, Outcome]) -> str:
    """What is wrong, or nothing: a refusal may be another one than of who comes later, a deed may not."""
    outcome = came.first, came.second, stage.rows()
    if max(outcome[:2]) >= 500:
        return f"broke: {outcome[:2]}"
    if any(outcome[2] == turn[2] and well(outcome) == well(turn) for turn in turns):
        return ""
    return f"{outcome[:2]} for {turns[0][:2]}, {sorted(outcome[2] ^ turns[0][2])}"


def well(outcome: Outcome) -> tuple[bool, bool]:
    """Who of the two did what she wanted."""
    return outcome[0] < 300, outcome[1] < 300


def swapped(outcome: Outcome) -> Outcome:
    """The first is the other one."""
    return outcome[1], outcome[0], outcome[2]


def able_to(api: Api, made: World, stage: Stage) -> dict[str, list[str]]:  # noqa: F811
    """Who succeeds with which change in this world, of those who may."""
    found: dict[str, list[str]] = {}
    for _, _, operation in cases.operations():
        name = operation["operationId"]
        for who in sorted(MAY.get(name, set()) - FOREIGN):
            stage.reset()
            if act(api, made, name, who)() < 300:
                found.setdefault(name, []).append(who)
    return found


def act(api: Api, made: World, name: str, who: str) -> Callable[[], int]:  # noqa: F811
    """Her act, to be done when it is called."""
    method, path, operation = next(each for each in cases.operations() if each[2]["operationId"] == name)
    return lambda: int(call(api.program(who), method, path, operation, made).status_code)
