"""Two at the same moment: nothing is there twice, nobody is left without a right that must be held, the loser is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.errors import Conflict, EdmsError
from edms.registry.correspondents import CorrespondentCard, enter
from edms.registry.models import Correspondent
from edms.registry.words import CorrespondentKind
from edms.search import saved
from edms.search.question import Question
from edms.search.saved_models import SearchUse
from edms.staff import entrusting, granting, substitution
from edms.staff.models import Entrustment, Official, RoleGrant, Substitution
from tests.web.two_at_once import Moment, at_once

pytest_plugins = ["tests.web.desk_site"]

TOLD = {
    "staff.entrusted_already", "staff.role_held_already", "staff.substitution_entered_already",
    "registry.correspondent_exists", "staff.last_administrator", "staff.role_ended_already",
}  # fmt: skip


def doing(desk: Any, act: Any) -> Any:
    """The act in a transaction of its own; it answers why it was refused, or nothing."""

    def do() -> str:
        try:
            desk.do(act)
        except EdmsError as refusal:
            return refusal.message
        return ""

    return do


def entrusted(s, o):
    entrusting.entrust(s, o.mayor.actor(), o.head_secretary.official)


def granted(s, o):
    granting.grant_role(s, o.administrator.actor(), o.stranger.official, role=Role.CONTROLLER)


def stood_in(s, o):
    days = {"from_on": clock.today("Asia/Tbilisi"), "until_on": clock.today("Asia/Tbilisi") + timedelta(days=3)}
    substitution.enter_substitution(
        s,
        o.administrator.actor(),
        absent=o.unit_head.official,
        substitute=o.executor.official,
        reason="შვებულება",
        **days,
    )


def carded(s, o):
    card = CorrespondentCard(name="შპს მზე", kind=CorrespondentKind.BODY, identification="205123456")
    enter(s, o.registrar.actor(), card, organisation_id=o.organisation.organisation_id)


@pytest.mark.parametrize("moment", Moment)
def test_what_may_be_there_once_is_there_once(desk, moment):
    wrong = []
    for act, table in (
        (entrusted, Entrustment),
        (granted, RoleGrant),
        (stood_in, Substitution),
        (carded, Correspondent),
    ):
        before = count(desk, table)
        came = at_once(desk.house.engine, doing(desk, act), doing(desk, act), moment)
        if count(desk, table) != before + 1 or sorted((came.first, came.second))[0] or not told(came):
            wrong.append((act.__name__, count(desk, table) - before, came))
    assert wrong == []


@pytest.mark.parametrize("moment", Moment)
def test_two_administrators_who_send_each_other_away_leave_one(desk, moment):
    desk.do(lambda s, o: granting.grant_role(s, Actor.system(), o.controller.official, role=Role.ADMINISTRATOR))

    def sends_away(who: str, whom: str):
        def act(s, o):
            official_id = getattr(o, whom).official_id
            hers = select(RoleGrant).where(RoleGrant.official_id == official_id, RoleGrant.role == Role.ADMINISTRATOR)
            granting.withdraw_role(s, getattr(o, who).actor(), s.scalars(hers).one(), reason="ბრძანება 7")

        return doing(desk, act)

    one, other = sends_away("administrator", "controller"), sends_away("controller", "administrator")
    came = at_once(desk.house.engine, one, other, moment)
    today = clock.today("Asia/Tbilisi")
    with desk.house.transaction() as session:
        here = RoleGrant.organisation_id == desk.cast.organisation.organisation_id
        left = [
            grant
            for grant in session.scalars(select(RoleGrant).where(RoleGrant.role == Role.ADMINISTRATOR, here))
            if grant.until_on is None or grant.until_on >= today
        ]
    assert len(left) == 1 and told(came)


def test_a_search_laid_on_the_desk_in_two_windows_is_laid_there(desk):
    """There is no row of hers yet, at which the two could wait for each other."""
    kept = desk.do(lambda s, o: saved.save(s, o.registrar.actor(), Question(text="გზა"), name="გზები"))
    ident = kept.saved_search_id
    lay = doing(desk, lambda s, o: saved.use(s, o.registrar.actor(), ident, pinned=True))
    came = at_once(desk.house.engine, lay, lay, Moment.WRITTEN)
    assert (came.first, came.second) == ("", "")
    assert count(desk, SearchUse) == 1


def test_what_only_the_database_refuses_is_said_in_words(desk):
    """Two logins that are the same, entered at the same moment: no rule of ours saw the other one."""
    with pytest.raises(Conflict) as refusal, desk.house.transaction() as session:
        for _ in range(2):
            here = desk.cast.organisation.organisation_id
            session.add(Official(organisation_id=here, login="twice", names={"ka": "ა"}, posts={}))
    assert refusal.value.message == "db.at_once"


def told(came) -> bool:
    """One of the two was told why not, in words of the act."""
    return len({came.first, came.second} & TOLD) == 1


def count(desk, table) -> int:
    with desk.house.transaction() as session:
        return session.scalar(select(func.count()).select_from(table))
