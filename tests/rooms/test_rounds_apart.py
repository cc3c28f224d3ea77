"""A round over a region: the fault of one town, or of one saved search, stops nothing of the others, and is told."""

from __future__ import annotations

from types import SimpleNamespace
from zoneinfo import ZoneInfoNotFoundError

import pytest
from sqlalchemy import select, text

from edms.db.engine import transaction
from edms.registry.endings.models import Reconciliation
from edms.search import saved
from edms.search.postgres import PostgresEngine
from edms.search.question import Question
from edms.search.saved_models import SearchUse
from tests.cast import office
from workers import rounds, searches


@pytest.fixture
def house(database, committed):
    return SimpleNamespace(transaction=lambda: transaction(committed), search=PostgresEngine())


@pytest.mark.parametrize(("broken", "whole"), [("kvemo", "zemo"), ("zemo", "kvemo")])
def test_the_arrivals_of_a_town_are_added_up_whatever_is_wrong_in_another(house, broken, whole) -> None:
    with house.transaction() as session:
        cast = office(session)
        ids = {each.code: each.organisation_id for each in (cast.organisation, cast.neighbour)}
        session.flush()
        session.execute(
            text("UPDATE organisation SET time_zone = 'Nowhere/At all' WHERE code = :code"), {"code": broken}
        )
    with pytest.raises(ZoneInfoNotFoundError):  # the round stands with its reason, where an operator looks
        rounds.reconcile_arrivals(house, None)
    with house.transaction() as session:
        assert set(session.scalars(select(Reconciliation.organisation_id))) == {ids[whole]}


def test_a_saved_search_that_cannot_be_asked_holds_up_nobody_who_follows_another(house) -> None:
    """Never looked at, it was the first of every round: whoever stood behind it was told of nothing any more."""
    with house.transaction() as session:
        registrar = office(session).registrar.actor()
        kept = [saved.save(session, registrar, Question(text="გზა"), name=name) for name in ("პირველი", "მეორე")]
        session.flush()
        first, second = (each.saved_search_id for each in kept)
        for each in (first, second):
            saved.use(session, registrar, each, subscribed=True)
        session.execute(text("UPDATE saved_search SET question = '[]' WHERE saved_search_id = :id"), {"id": first})
    with pytest.raises(Exception):  # noqa: B017  whatever it is that is wrong with it
        searches.follow(house, None)
    with house.transaction() as session:
        looked = dict(session.execute(select(SearchUse.saved_search_id, SearchUse.looked_at)).all())
        assert looked[first] is None and looked[second] is not None
