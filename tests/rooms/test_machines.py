"""Several machines on one database: they have the same keys, or are told so before anything is printed with others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from edms import bootstrap, health
from edms.bootstrap import House
from edms.config import Settings
from edms.db.engine import transaction
from edms.errors import RuleBroken


@pytest.fixture
def machine(database, committed, tmp_path):
    """A machine of that name, on the database that all share."""

    def of(name: str) -> Settings:
        return Settings(data_dir=tmp_path / name, database_url=database.app_url, database_owner_url=database.owner_url)

    return of


def opened(settings: Settings) -> House:
    return bootstrap.build(settings, pool_size=1)


def test_a_further_machine_is_given_the_keys_of_the_first(machine):
    first, second = machine("first"), machine("second")
    bootstrap.set_up(first)
    bootstrap.set_up(first)
    with pytest.raises(RuleBroken) as caught:
        bootstrap.set_up(second)
    assert caught.value.message == "access.keys_elsewhere"
    assert not list(Path(second.keys_dir).iterdir()), "no keys of its own that would have to be found again"
    shutil.copytree(first.keys_dir, second.keys_dir, dirs_exist_ok=True)
    bootstrap.set_up(second)
    houses = [opened(each) for each in (first, second)]
    for house in houses:
        house.require_settled()
    assert houses[0].tracking_key == houses[1].tracking_key
    for house in houses:
        house.close()


@pytest.mark.parametrize(("file", "named"), [("service.key", "service"), ("ledger.pem", "ledger")])
def test_other_keys_are_refused_at_setup_at_start_and_by_the_doctor(machine, tmp_path, file, named):
    first, second = machine("first"), machine("second")
    bootstrap.set_up(first)
    shutil.copytree(first.keys_dir, second.keys_dir)
    foreign = Settings(data_dir=tmp_path / "foreign")
    bootstrap.keys.create(foreign.keys_dir)
    bootstrap.ledger.make_key(foreign.keys_dir / "ledger.pem")
    shutil.copy2(foreign.keys_dir / file, second.keys_dir / file)
    house = opened(second)
    for act in (lambda: bootstrap.set_up(second), house.require_settled):
        with pytest.raises(RuleBroken) as caught:
            act()
        assert (caught.value.message, caught.value.values["keys"]) == ("access.keys_differ", named)
    found = next(each for each in health.examine(house) if each.what == "keys")
    assert (found.state, found.message) == (health.State.MISSING, "access.keys_differ")
    house.close()


def test_the_application_cannot_change_what_the_keys_are_known_by(machine, committed):
    bootstrap.set_up(machine("first"))
    for statement in ("UPDATE house_key SET mark = 'x'", "DELETE FROM house_key"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction(committed) as session:
            session.execute(text(statement))
