"""Rights of the day: dated grants, unit subtrees, regions, substitution."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.access.roles import Role
from edms.access.scope import actor_tokens
from edms.errors import Conflict, Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, EventLine
from edms.staff.actors import actor_for
from edms.staff.finding import find_people
from edms.staff.granting import grant_role, grants_of, withdraw_role
from edms.staff.leaving import let_go, take_back
from edms.staff.models import RoleGrant, Substitution
from edms.staff.officials import change_official, change_own, enter_official, move_official, official_of, officials
from edms.staff.organisations import change_organisation, open_organisation, organisations
from edms.staff.standing_in import stands_in_for, substitutes
from edms.staff.substitution import end_substitution, enter_substitution, substitution_of, substitutions
from edms.staff.units import close_unit, move_unit, open_unit, unit_of, units
from tests.cast import Office, Person

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def stand_in(
    office: Office, absent: Person, substitute: Person, days: int = 5, by: str = "administrator"
) -> Substitution:
    today = clock.today("Asia/Tbilisi")
    return enter_substitution(
        office.registrar.session,
        office.actor(by),
        absent=absent.official,
        substitute=substitute.official,
        from_on=today,
        until_on=today + timedelta(days=days - 1),
        reason="შვებულება",
    )


def last_event(session: Session, kind: Event) -> EventLine:
    found = session.scalar(select(EventLine).where(EventLine.kind == kind).order_by(EventLine.event_id.desc()).limit(1))
    assert found is not None
    return found


def test_a_unit_heads_role_covers_the_units_below(office: Office) -> None:
    head = office.unit_head.actor()
    here = office.organisation.organisation_id
    assert head.has(Role.HEAD, here, office.roads.unit_id)
    assert not head.has(Role.HEAD, here, office.social.unit_id)
    assert not head.has(Role.HEAD, here)


def test_a_grant_holds_from_its_first_to_its_last_day_in_the_offices_time_zone(
    session: Session, office: Office
) -> None:
    with clock.at(MONDAY):
        grant_role(
            session,
            office.actor("administrator"),
            office.stranger.official,
            role=Role.ARCHIVIST,
            from_on=date(2026, 3, 3),
            until_on=date(2026, 3, 4),
        )
        assert not office.stranger.actor().has(Role.ARCHIVIST)
    # Tbilisi is four hours ahead: its days begin and end at 20:00 UTC.
    for instant, holds in (
        (datetime(2026, 3, 2, 19, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 2, 20, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 4, 19, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 4, 20, 0, tzinfo=UTC), False),
    ):
        with clock.at(instant):
            assert office.stranger.actor().has(Role.ARCHIVIST) is holds


def test_a_role_given_twice_for_the_same_days_is_a_conflict(session: Session, office: Office) -> None:
    with pytest.raises(Conflict, match=r"staff\.role_held_already"):
        grant_role(session, office.actor("administrator"), office.registrar.official, role=Role.REGISTRAR)


@pytest.mark.parametrize("role", list(Role))
def test_nobody_grants_a_role_to_herself(session: Session, office: Office, role: Role) -> None:
    with pytest.raises(Forbidden):
        grant_role(session, office.actor("administrator"), office.administrator.official, role=role)


@pytest.mark.parametrize("who", ["registrar", "mayor", "auditor", "stranger", "foreigner", "foreign_administrator"])
def test_only_the_offices_administrator_grants(session: Session, office: Office, who: str) -> None:
    with pytest.raises(Forbidden):
        grant_role(session, office.actor(who), office.executor.official, role=Role.LAWYER)
    with pytest.raises(Forbidden):
        enter_official(session, office.actor(who), office.organisation, login="new.one", names={"ka": "ა"}, posts={})
    with pytest.raises(Forbidden):
        let_go(session, office.actor(who), office.executor.official)
    with pytest.raises(Forbidden):
        open_unit(session, office.actor(who), office.organisation, names={"ka": "ა"})


def test_an_administrator_gives_no_rights_in_a_foreign_organisation(session: Session, office: Office) -> None:
    with pytest.raises(Forbidden):
        grant_role(
            session,
            office.actor("administrator"),
            office.executor.official,
            role=Role.REGISTRAR,
            organisation=office.neighbour,
        )


def test_an_administrator_role_is_of_a_whole_organisation(session: Session, office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        grant_role(
            session,
            office.actor("administrator"),
            office.stranger.official,
            role=Role.ADMINISTRATOR,
            unit=office.social,
        )
    assert refused.value.fields == {"unit": "staff.role_not_of_a_unit"}


def test_a_withdrawn_role_is_gone_at_once_and_its_past_stays(session: Session, office: Office) -> None:
    admin = office.actor("administrator")
    grant = next(g for g in grants_of(session, admin, office.registrar.official) if g.role is Role.REGISTRAR)
    with pytest.raises(Invalid):
        withdraw_role(session, admin, grant, reason=" ")
    withdraw_role(session, admin, grant, reason="გადაყვანა")
    assert not office.registrar.actor().has(Role.REGISTRAR)
    assert grant in grants_of(session, admin, office.registrar.official)
    assert last_event(session, Event.ROLE_WITHDRAWN).detail["reason"] == "გადაყვანა"


def test_the_last_administrator_stays(session: Session, office: Office) -> None:
    admin = office.actor("administrator")
    (own,) = grants_of(session, admin, office.administrator.official)
    with pytest.raises(RuleBroken, match=r"staff\.last_administrator"):
        withdraw_role(session, admin, own, reason="მეტი აღარ")
    grant_role(session, admin, office.lawyer.official, role=Role.ADMINISTRATOR)
    with pytest.raises(Forbidden):
        let_go(session, admin, office.administrator.official)
    let_go(session, office.actor("lawyer"), office.administrator.official)
    with pytest.raises(Forbidden, match=r"staff\.no_longer_employed"):
        office.administrator.actor()


def test_a_regions_administrator_administers_those_below_and_reads_none_of_their_letters(
    session: Session, office: Office
) -> None:
    region = open_organisation(session, Actor.system(), code="region", names={"ka": "მხარე"})
    official = enter_official(session, Actor.system(), region, login="regional", names={"ka": "ბ"}, posts={})
    grant_role(session, Actor.system(), official, role=Role.ADMINISTRATOR)
    grant_role(session, Actor.system(), official, role=Role.REGISTRAR)
    office.organisation.parent_id = region.organisation_id
    session.flush()
    actor = actor_for(session, official)
    assert organisations(session, actor) == [office.organisation, region]
    assert office.registrar.official in officials(session, actor, organisation=office.organisation)
    grant_role(session, actor, office.executor.official, role=Role.LAWYER)
    with pytest.raises(Forbidden):
        grant_role(session, actor, office.foreigner.official, role=Role.LAWYER)
    with pytest.raises(Forbidden):
        grant_role(session, office.actor("administrator"), official, role=Role.LAWYER)
    assert not any(f"org:{office.organisation.organisation_id}" in token for token in actor_tokens(actor))
    with pytest.raises(NotFound):
        official_of(session, office.actor("administrator"), official.official_id)


def test_a_top_organisation_is_opened_by_the_service_alone(session: Session, office: Office) -> None:
    with pytest.raises(Forbidden):
        open_organisation(session, office.actor("administrator"), code="mine", names={"ka": "ჩემი"})
    below = open_organisation(
        session, office.actor("administrator"), code="village", names={"ka": "სოფელი"}, above=office.organisation
    )
    assert below in organisations(session, office.actor("administrator"))
    with pytest.raises(Conflict):
        open_organisation(session, Actor.system(), code="Village", names={"ka": "სოფელი"})


@pytest.mark.parametrize("who", ["stranger", "registrar", "mayor", "foreign_administrator"])
def test_people_and_units_of_another_organisation_are_not_there(session: Session, office: Office, who: str) -> None:
    there = office.foreigner.official if who != "foreign_administrator" else office.registrar.official
    place = (
        unit_of(session, office.foreigner.actor(), there.unit_id) if who != "foreign_administrator" else office.roads
    )
    with pytest.raises(NotFound):
        official_of(session, office.actor(who), there.official_id)
    with pytest.raises(NotFound):
        unit_of(session, office.actor(who), place.unit_id)
    assert there not in find_people(session, office.actor(who), there.login)


@pytest.mark.parametrize(
    "field", ["organisation_id", "unit_id", "login", "left_on", "superior_id", "official_id", "email"]
)
def test_nobody_widens_her_own_row(session: Session, office: Office, field: str) -> None:
    with pytest.raises(Forbidden):
        change_own(session, office.actor("stranger"), office.stranger.official, **{field: 1})
    with pytest.raises(Forbidden):
        change_own(session, office.actor("stranger"), office.executor.official, telephone="1")


def test_even_the_administrator_does_not_move_herself(session: Session, office: Office) -> None:
    admin = office.actor("administrator")
    with pytest.raises(Forbidden):
        move_official(session, admin, office.administrator.official, unit=office.chancellery, superior=None)
    moved = move_official(session, admin, office.executor.official, unit=office.social, superior=office.mayor.official)
    assert office.executor.actor().unit_id == office.social.unit_id
    assert last_event(session, Event.OFFICIAL_CHANGED).detail["before"]["unit_id"] == office.roads.unit_id
    assert moved.superior_id == office.mayor.official_id


def test_a_change_of_a_card_tells_both_values_and_a_stale_one_is_refused(session: Session, office: Office) -> None:
    official, admin = office.executor.official, office.actor("administrator")
    version = official.version
    change_official(session, admin, official, version=version, names={"ka": "გოჩა  \x00კიკნაძე"}, email="g@example.ge")
    assert official.names == {"ka": "გოჩა კიკნაძე"}
    assert last_event(session, Event.OFFICIAL_CHANGED).detail["before"]["names"] == {"ka": "გოჩა კვარაცხელია"}
    with pytest.raises(Conflict, match=r"error\.stale"):
        change_official(session, admin, official, version=version, telephone="1")
    with pytest.raises(Invalid) as refused:
        change_official(session, admin, official, version=official.version, names={}, email="nobody", language="xx")
    assert set(refused.value.fields) == {"names", "email", "language"}


def test_logins_are_folded_and_unique_over_all_organisations(session: Session, office: Office) -> None:
    admin = office.actor("administrator")
    new = enter_official(session, admin, office.organisation, login=" New.One ", names={"ka": "ახალი"}, posts={})
    assert new.login == "new.one"
    for login in ("NEW.one", office.foreigner.official.login):
        with pytest.raises(Conflict, match=r"staff\.login_taken"):
            enter_official(session, admin, office.organisation, login=login, names={"ka": "ახალი"}, posts={})
    for login in ("ნინო", "a b", "", "x", "<script>", "a" * 80):
        with pytest.raises(Invalid):
            enter_official(session, admin, office.organisation, login=login, names={"ka": "ახალი"}, posts={})
    assert actor_for(session, new).grants == ()


def test_one_who_left_may_nothing_until_taken_back(session: Session, office: Office) -> None:
    admin = office.actor("administrator")
    let_go(session, admin, office.executor.official)
    with pytest.raises(Forbidden):
        office.executor.actor()
    assert office.executor.official not in officials(session, admin)
    assert officials(session, admin, left=True) == [office.executor.official]
    take_back(session, admin, office.executor.official)
    assert office.executor.actor().has(Role.OFFICIAL)


def test_a_unit_is_not_put_below_itself_nor_closed_with_people_in_it(session: Session, office: Office) -> None:
    admin = office.actor("administrator")
    with pytest.raises(Invalid) as refused:
        move_unit(session, admin, office.infrastructure, above=office.roads)
    assert refused.value.fields == {"above": "staff.unit_below_itself"}
    with pytest.raises(RuleBroken, match=r"staff\.unit_has_people"):
        close_unit(session, admin, office.infrastructure)
    let_go(session, admin, office.stranger.official)
    close_unit(session, admin, office.social)
    assert units(session, admin)[-1] is office.social
    with pytest.raises(Invalid):
        move_official(session, admin, office.executor.official, unit=office.social, superior=None)


def test_an_organisations_card_is_changed_by_its_own_administrator(session: Session, office: Office) -> None:
    version = office.organisation.version
    with pytest.raises(Forbidden):
        change_organisation(
            session, office.actor("foreign_administrator"), office.organisation, version=version, telephone="1"
        )
    with pytest.raises(Invalid) as refused:
        change_organisation(
            session,
            office.actor("administrator"),
            office.organisation,
            version=version,
            time_zone="Mars/Base",
            country="FR",
        )
    assert set(refused.value.fields) == {"time_zone", "country"}
    change_organisation(
        session, office.actor("administrator"), office.organisation, version=version, telephone="+995 1"
    )
    assert last_event(session, Event.ORGANISATION_CHANGED).detail["after"] == {"telephone": "+995 1"}


def test_a_substitute_has_the_absent_ones_rights_under_her_own_name(session: Session, office: Office) -> None:
    with pytest.raises(Forbidden, match=r"staff\.not_her_substitute"):
        office.deputy.actor(acting_for=office.mayor)
    stand_in(office, office.mayor, office.deputy)
    actor = office.deputy.actor(acting_for=office.mayor)
    assert (actor.official_id, actor.acting_for) == (office.deputy.official_id, office.mayor.official_id)
    assert actor.has(Role.HEAD)
    assert actor.has(Role.DEPUTY)
    assert f"official:{office.mayor.official_id}" in actor_tokens(actor)
    assert not office.deputy.actor().has(Role.HEAD)
    assert substitutes(session, office.mayor.official) == [office.deputy.official]
    assert stands_in_for(session, office.deputy.official) == [office.mayor.official]
    assert substitutes(session, office.deputy.official) == []


def test_her_rights_end_on_the_date(session: Session, office: Office) -> None:
    with clock.at(MONDAY):
        stand_in(office, office.mayor, office.deputy, days=2)
    with clock.at(datetime(2026, 3, 3, 19, 59, tzinfo=UTC)):
        assert office.deputy.actor(acting_for=office.mayor).acting_for
    with clock.at(datetime(2026, 3, 3, 20, 0, tzinfo=UTC)), pytest.raises(Forbidden):
        office.deputy.actor(acting_for=office.mayor)


def test_both_names_stand_in_the_history_when_it_is_entered_used_and_ended(session: Session, office: Office) -> None:
    substitution = stand_in(office, office.mayor, office.deputy)
    entered = last_event(session, Event.SUBSTITUTION_ENTERED)
    assert entered.detail["absent"] == office.mayor.official.names
    assert entered.detail["substitute"] == office.deputy.official.names
    actor = office.deputy.actor(acting_for=office.mayor)
    later = enter_substitution(
        session,
        actor,
        absent=office.mayor.official,
        substitute=office.lawyer.official,
        from_on=clock.today("Asia/Tbilisi"),
        until_on=clock.today("Asia/Tbilisi"),
        reason="მივლინება",
    )
    line = last_event(session, Event.SUBSTITUTION_ENTERED)
    assert (line.official_id, line.acting_for_id) == (office.deputy.official_id, office.mayor.official_id)
    end_substitution(session, office.actor("administrator"), substitution)
    assert last_event(session, Event.SUBSTITUTION_ENDED).subject_id == substitution.substitution_id
    with pytest.raises(Forbidden):
        office.deputy.actor(acting_for=office.mayor)
    with pytest.raises(RuleBroken):
        end_substitution(session, office.actor("administrator"), substitution)
    assert substitutions(session, office.actor("administrator")) == [later]


def test_the_role_of_administrator_does_not_pass_by_substitution(session: Session, office: Office) -> None:
    stand_in(office, office.administrator, office.lawyer, by="mayor")
    actor = office.lawyer.actor(acting_for=office.administrator)
    assert not permits(actor, Permission.PEOPLE_MANAGE, office.organisation)


def test_nobody_makes_herself_a_substitute(session: Session, office: Office) -> None:
    with pytest.raises(Forbidden):
        stand_in(office, office.mayor, office.deputy, by="deputy")
    with pytest.raises(Forbidden):
        stand_in(office, office.mayor, office.administrator, by="administrator")
    stand_in(office, office.mayor, office.deputy, days=1, by="mayor")
    substitute = office.deputy.actor(acting_for=office.mayor)
    with pytest.raises(Forbidden):  # prolonging her own is the same
        enter_substitution(
            session,
            substitute,
            absent=office.mayor.official,
            substitute=office.deputy.official,
            from_on=date(2099, 1, 1),
            until_on=date(2099, 1, 2),
            reason="კიდევ",
        )


@pytest.mark.parametrize(
    ("by", "absent", "allowed"),
    [
        ("executor", "executor", True),
        ("executor", "second_executor", False),
        ("unit_head", "executor", True),
        ("unit_head", "stranger", False),
        ("unit_head", "mayor", False),
        ("mayor", "stranger", True),
        ("registrar", "mayor", False),
        ("foreigner", "mayor", False),
        ("foreign_administrator", "mayor", False),
    ],
)
def test_absences_are_entered_by_oneself_ones_leader_or_the_administrator(
    session: Session, office: Office, by: str, absent: str, allowed: bool
) -> None:
    def enter() -> Substitution:
        return stand_in(office, getattr(office, absent), office.lawyer, by=by)

    if allowed:
        assert enter().entered_by_id == getattr(office, by).official_id
    else:
        with pytest.raises(Forbidden):
            enter()


def test_an_impossible_substitution_is_told_field_by_field(session: Session, office: Office) -> None:
    today = clock.today("Asia/Tbilisi")
    with pytest.raises(Invalid) as refused:
        enter_substitution(
            session,
            office.actor("administrator"),
            absent=office.mayor.official,
            substitute=office.foreigner.official,
            from_on=today - timedelta(days=1),
            until_on=today - timedelta(days=2),
            reason="",
        )
    assert set(refused.value.fields) == {"substitute", "from_on", "until_on", "reason"}
    stand_in(office, office.mayor, office.deputy)
    with pytest.raises(Conflict):
        stand_in(office, office.mayor, office.deputy)


def test_a_strangers_organisation_sees_no_substitution(session: Session, office: Office) -> None:
    substitution = stand_in(office, office.mayor, office.deputy)
    with pytest.raises(NotFound):
        substitution_of(session, office.actor("foreigner"), substitution.substitution_id)
    assert substitutions(session, office.actor("foreigner")) == []


@pytest.mark.parametrize(
    "letters", ["ბერ", "ber", "бер", "nin ber", "BERI", "nino", "ბერიძე ნინო", "registratori", "რეგ"]
)
def test_people_are_found_by_letters_in_any_script(session: Session, office: Office, letters: str) -> None:
    assert find_people(session, office.actor("mayor"), letters)[0] is office.registrar.official


def test_finding_asks_for_letters_and_leaves_out_those_who_left(session: Session, office: Office) -> None:
    actor = office.actor("mayor")
    assert find_people(session, actor, "  ") == []
    assert find_people(session, actor, "%") == []
    assert find_people(session, actor, "ber ber") == []
    let_go(session, office.actor("administrator"), office.registrar.official)
    assert office.registrar.official not in find_people(session, actor, "ბერ")


def test_every_grant_of_the_cast_is_one_of_its_own_organisation(session: Session, office: Office) -> None:
    grants = session.scalars(select(RoleGrant).where(RoleGrant.official_id == office.foreigner.official_id))
    assert {grant.organisation_id for grant in grants} == {office.neighbour.organisation_id}
