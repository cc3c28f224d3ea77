"""Signing in: proof, second factor, sessions, step-up, passwords, throttle over connections, tokens."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.keys import Keys
from edms.access.roles import Role
from edms.db.engine import Sessions, transaction
from edms.errors import Conflict, Corrupt, Forbidden, Invalid, NotFound, RuleBroken
from edms.events import Event, EventLine
from edms.staff import recovery, second_factor, throttle
from edms.staff.credentials import credential_of, first_administrator, reset_password
from edms.staff.granting import grants_of, withdraw_role
from edms.staff.leaving import let_go
from edms.staff.models import ApiToken, Attempt, Credential, Official
from edms.staff.organisations import open_organisation
from edms.staff.sessions import (
    Entered,
    Limits,
    Want,
    act_for,
    actor_of,
    is_stepped_up,
    own_sessions,
    resume,
    revoke_own,
    revoke_sessions,
    sign_out,
    wants,
)
from edms.staff.sign_in import Refused, change_password, enter_code, sign_in, step_up
from edms.staff.substitution import end_substitution, enter_substitution
from edms.staff.throttle import TooManyAttempts
from edms.staff.tokens import authenticate, create_token, revoke_token, token_of, tokens
from tests.cast import Office, Person

KEYS = Keys(b"k" * 32)
LIMITS = Limits(idle=timedelta(minutes=60), longest=timedelta(hours=12))
PASSWORD = "waffle-otter-thirty-bridge"
BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def held_clock() -> Iterator[None]:
    """Waits and ends are reckoned from one moment."""
    with clock.at(BEGIN):
        yield


@pytest.fixture
def registrar(session: Session, office: Office) -> Official:
    """The registrar, with a password of her own choice."""
    return with_password(session, office, office.registrar)


def with_password(session: Session, office: Office, person: Person) -> Official:
    shown = reset_password(session, admin(office), person.official, keys=KEYS)
    entered = enter(session, person.official.login, shown)
    assert isinstance(entered, Entered)
    assert wants(session, entered.sign_in) is Want.PASSWORD
    changed = change_password(session, entered.sign_in, present=shown, new=PASSWORD, keys=KEYS)
    assert isinstance(changed, Entered)
    assert wants(session, changed.sign_in) is None
    revoke_sessions(session, admin(office), person.official)
    return person.official


def admin(office: Office) -> Actor:
    return office.actor("administrator", stepped_up=True)


def enter(session: Session, login: str, proof: str = PASSWORD, address: str = "10.0.0.1") -> Entered | Refused:
    return sign_in(session, login=login, proof=proof, keys=KEYS, limits=LIMITS, address=address, agent="Firefox")


def entered(session: Session, official: Official) -> Entered:
    answer = enter(session, official.login)
    assert isinstance(answer, Entered)
    return answer


def with_factor(session: Session, official: Official, before: str | None = None) -> pyotp.TOTP:
    """Set up the second factor, or another in its place; used codes stay behind."""
    own = entered(session, official)
    if before is not None:
        assert isinstance(enter_code(session, own.sign_in, before, keys=KEYS, limits=LIMITS), Entered)
    stepped = step_up(session, own.sign_in, PASSWORD, keys=KEYS)
    assert isinstance(stepped, Entered)
    actor = actor_of(session, own.sign_in)
    begun = second_factor.begin(actor, official, keys=KEYS)
    totp = pyotp.TOTP(begun.secret)
    assert begun.address == totp.provisioning_uri(name=official.login, issuer_name="Kvemo")
    assert begun.qr.startswith("data:image/svg+xml")
    second_factor.confirm(session, actor, official, own.sign_in, sealed=begun.sealed, code=code(totp), keys=KEYS)
    return totp


def code(totp: pyotp.TOTP) -> str:
    return totp.at(clock.now())


def later(**more: int) -> datetime:
    return BEGIN + timedelta(**more)


def test_the_right_password_opens_a_session_and_stands_in_the_history(session: Session, registrar: Official) -> None:
    answer = enter(session, f" {registrar.login.title()} ")
    assert isinstance(answer, Entered)
    assert len(answer.secret) >= 43
    assert resume(session, answer.secret, limits=LIMITS) is answer.sign_in
    assert actor_of(session, answer.sign_in).has(Role.REGISTRAR)
    line = session.scalars(select(EventLine).where(EventLine.kind == Event.SIGNED_IN)).all()[-1]
    assert line.official_id == registrar.official_id


def test_the_table_holds_no_secret(session: Session, registrar: Official) -> None:
    answer = entered(session, registrar)
    row = session.connection().exec_driver_sql("SELECT sign_in::text FROM sign_in ORDER BY 1 DESC").scalars().all()
    assert not any(answer.secret in text for text in row)
    assert PASSWORD not in str(session.connection().exec_driver_sql("SELECT credential::text FROM credential").all())


@pytest.mark.parametrize("login", ["nino", "nobody.here", "", "ნინო", "a\x00b", "x" * 5000])
def test_unknown_login_and_wrong_password_are_one_answer(session: Session, registrar: Official, login: str) -> None:
    assert enter(session, login, "wrong password here") == Refused("staff.login_or_password_wrong")


def test_an_official_without_password_cannot_sign_in(session: Session, office: Office) -> None:
    assert isinstance(enter(session, office.executor.official.login, ""), Refused)


def test_what_was_typed_wrongly_is_not_kept(session: Session, registrar: Official) -> None:
    enter(session, "secret-typed-as-login", "x")
    enter(session, registrar.login, "secret-typed-wrongly")
    kept = session.connection().exec_driver_sql("SELECT event::text FROM event UNION SELECT attempt::text FROM attempt")
    text = "\n".join(kept.scalars())
    assert "secret-typed" not in text
    assert "10.0.0.1" not in "".join(a.subject for a in session.scalars(select(Attempt)))


def test_guessing_is_stopped_by_growing_waits_for_known_and_unknown_alike(
    session: Session, registrar: Official
) -> None:
    for login in (registrar.login, "nobody.here"):
        for _ in range(5):
            assert isinstance(enter(session, login, "wrong", address=f"10.0.1.{len(login)}"), Refused)
        with pytest.raises(TooManyAttempts) as stopped:
            enter(session, login, PASSWORD, address="10.9.9.9")
        assert stopped.value.values["seconds"] in (5, 6)
    with clock.at(later(seconds=6)):
        assert isinstance(enter(session, registrar.login), Entered)
        assert isinstance(enter(session, registrar.login, "wrong"), Refused)


def test_ten_thousand_guesses_are_few_that_are_looked_at(session: Session, registrar: Official) -> None:
    looked_at = 0
    subjects = {"login": registrar.login, "address": "10.0.0.7"}
    for second in range(0, 10_000, 10):
        with clock.at(later(seconds=second)):
            try:
                throttle.check(session, "sign-in", subjects, keys=KEYS)
            except TooManyAttempts:
                continue
            looked_at += 1
            throttle.note_failure(session, "sign-in", subjects, keys=KEYS)
    assert looked_at < 50


def test_one_address_cannot_try_many_logins(session: Session, office: Office) -> None:
    for number in range(30):
        throttle.note_failure(session, "sign-in", {"login": f"name{number}", "address": "10.0.0.8"}, keys=KEYS)
    with pytest.raises(TooManyAttempts):
        throttle.check(session, "sign-in", {"login": "fresh", "address": "10.0.0.8"}, keys=KEYS)
    throttle.check(session, "sign-in", {"login": "fresh", "address": "10.0.0.9"}, keys=KEYS)
    throttle.check(session, "track", {"letter": "fresh", "address": "10.0.0.8"}, keys=KEYS)


def test_tracking_codes_are_throttled_by_the_twentieth_try(session: Session) -> None:
    subjects = {"letter": "12-05/417", "address": "10.0.0.8"}
    for _ in range(20):
        try:
            throttle.check(session, "track", subjects, keys=KEYS)
        except TooManyAttempts:
            break
        throttle.note_failure(session, "track", subjects, keys=KEYS)
    else:
        pytest.fail("never throttled")


def test_a_clock_set_back_does_not_lengthen_a_wait(session: Session) -> None:
    subjects = {"login": "nino"}
    for _ in range(5):
        throttle.note_failure(session, "sign-in", subjects, keys=KEYS)
    with clock.at(later(hours=-1)), pytest.raises(TooManyAttempts) as stopped:
        throttle.check(session, "sign-in", subjects, keys=KEYS)
    assert stopped.value.values["seconds"] <= 6


def test_old_attempts_are_cleaned_away(session: Session) -> None:
    throttle.note_failure(session, "sign-in", {"login": "old"}, keys=KEYS)
    with clock.at(later(days=3)):
        for number in range(throttle.CLEAN_EVERY):
            throttle.note_failure(session, "sign-in", {"login": f"name{number}"}, keys=KEYS)
        oldest = session.scalar(select(func.min(Attempt.at)))
        assert oldest == clock.now()


def test_parallel_guesses_over_connections_count_one_after_the_other(committed: Sessions) -> None:
    subjects = {"login": "nino"}

    def guess(_: int) -> bool:
        with clock.at(BEGIN), transaction(committed) as session:
            try:
                throttle.check(session, "sign-in", subjects, keys=KEYS)
            except TooManyAttempts:
                return False
            throttle.note_failure(session, "sign-in", subjects, keys=KEYS)
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(40))) == 5


def test_a_session_ends_by_idleness_and_by_age(session: Session, registrar: Official) -> None:
    answer = entered(session, registrar)
    with clock.at(later(minutes=59)):
        assert resume(session, answer.secret, limits=LIMITS)
    with clock.at(later(minutes=59 + 60)):
        assert resume(session, answer.secret, limits=LIMITS) is None
    answer = entered(session, registrar)
    for minutes in range(30, 12 * 60, 30):
        with clock.at(later(minutes=minutes)):
            assert resume(session, answer.secret, limits=LIMITS)
    with clock.at(later(hours=12)):
        assert resume(session, answer.secret, limits=LIMITS) is None


def test_each_sign_in_has_its_own_secret_and_no_other_opens_it(session: Session, registrar: Official) -> None:
    one, two = entered(session, registrar), entered(session, registrar)
    assert one.secret != two.secret
    assert one.sign_in is not two.sign_in
    for wrong in ("", "x", one.secret[:-1], one.secret + "A"):
        assert resume(session, wrong, limits=LIMITS) is None


def test_sessions_are_listed_and_revoked_by_their_owner_only(
    session: Session, office: Office, registrar: Official
) -> None:
    here, there = entered(session, registrar), entered(session, registrar)
    actor = office.registrar.actor()
    assert set(own_sessions(session, actor, limits=LIMITS)) == {here.sign_in, there.sign_in}
    for who in ("stranger", "administrator", "foreigner"):
        assert own_sessions(session, office.actor(who), limits=LIMITS) == []
        with pytest.raises(NotFound):
            revoke_own(session, office.actor(who), there.sign_in.sign_in_id)
        with pytest.raises(NotFound):
            sign_out(session, office.actor(who), there.sign_in)
    revoke_own(session, actor, there.sign_in.sign_in_id)
    assert resume(session, there.secret, limits=LIMITS) is None
    assert resume(session, here.secret, limits=LIMITS)


def test_an_administrator_ends_the_sessions_of_her_people_only(
    session: Session, office: Office, registrar: Official
) -> None:
    answer = entered(session, registrar)
    for who in ("stranger", "mayor", "foreign_administrator"):
        with pytest.raises(Forbidden):
            revoke_sessions(session, office.actor(who), registrar)
    assert revoke_sessions(session, office.actor("administrator"), registrar) == 1
    session.flush()
    session.expire_all()
    assert resume(session, answer.secret, limits=LIMITS) is None


def test_leaving_and_withdrawn_roles_count_from_the_next_page(
    session: Session, office: Office, registrar: Official
) -> None:
    answer = entered(session, registrar)
    grant = next(g for g in grants_of(session, admin(office), registrar) if g.role is Role.REGISTRAR)
    withdraw_role(session, admin(office), grant, reason="გადაყვანა")
    assert not actor_of(session, answer.sign_in).has(Role.REGISTRAR)
    let_go(session, admin(office), registrar, left_on=clock.today("Asia/Tbilisi") + timedelta(days=1))
    assert resume(session, answer.secret, limits=LIMITS)
    with clock.at(datetime(2026, 3, 2, 19, 59, tzinfo=UTC)):
        long = Limits(timedelta(days=1), timedelta(days=1))
        assert resume(session, answer.secret, limits=long)
    answer.sign_in.ends_at = later(days=3)
    with clock.at(datetime(2026, 3, 2, 20, 0, tzinfo=UTC)):
        assert resume(session, answer.secret, limits=long) is None
        assert isinstance(enter(session, registrar.login), Refused)


def test_a_step_up_lasts_five_minutes_and_changes_the_secret(session: Session, registrar: Official) -> None:
    answer = entered(session, registrar)
    assert not actor_of(session, answer.sign_in).stepped_up
    assert step_up(session, answer.sign_in, "wrong", keys=KEYS) == Refused("staff.password_wrong")
    stepped = step_up(session, answer.sign_in, PASSWORD, keys=KEYS)
    assert isinstance(stepped, Entered)
    assert actor_of(session, stepped.sign_in).stepped_up
    with clock.at(later(minutes=4, seconds=59)):
        assert is_stepped_up(stepped.sign_in)
    for moment in (later(minutes=5), later(minutes=-1)):
        with clock.at(moment):
            assert not is_stepped_up(stepped.sign_in)


def test_a_step_up_whose_answer_was_lost_is_sent_again_and_opens_nothing_by_itself(
    session: Session, registrar: Official
) -> None:
    answer = entered(session, registrar)
    for _ in range(2):  # lost twice
        old = resume(session, answer.secret, limits=LIMITS)
        assert old is not None
        assert not actor_of(session, old).stepped_up
        again = step_up(session, old, PASSWORD, keys=KEYS)
        assert isinstance(again, Entered) and actor_of(session, again.sign_in).stepped_up
    with clock.at(later(minutes=2, seconds=1)):
        assert resume(session, answer.secret, limits=LIMITS) is None
        assert resume(session, again.secret, limits=LIMITS) is again.sign_in
    own = resume(session, again.secret, limits=LIMITS)
    assert own is not None
    change_password(session, own, present=PASSWORD, new="another long sentence of hers", keys=KEYS)
    assert resume(session, answer.secret, limits=LIMITS) is None  # whoever had the old one has nothing


def test_the_password_asked_again_cannot_be_guessed_either(session: Session, registrar: Official) -> None:
    answer = entered(session, registrar)
    for _ in range(5):
        step_up(session, answer.sign_in, "wrong", keys=KEYS)
    with pytest.raises(TooManyAttempts):
        step_up(session, answer.sign_in, PASSWORD, keys=KEYS)


def test_acting_for_changes_the_secret_and_ends_with_the_substitution(session: Session, office: Office) -> None:
    deputy = with_password(session, office, office.deputy)
    answer = entered(session, deputy)
    with pytest.raises(Forbidden):
        act_for(session, answer.sign_in, office.mayor.official)
    today = clock.today("Asia/Tbilisi")
    substitution = enter_substitution(
        session,
        office.actor("administrator"),
        absent=office.mayor.official,
        substitute=deputy,
        from_on=today,
        until_on=today,
        reason="შვებულება",
    )
    step_up(session, answer.sign_in, PASSWORD, keys=KEYS)
    acting = act_for(session, answer.sign_in, office.mayor.official)
    assert resume(session, answer.secret, limits=LIMITS) is None
    actor = actor_of(session, acting.sign_in)
    assert actor.acting_for == office.mayor.official_id
    assert not actor.stepped_up
    end_substitution(session, office.actor("mayor"), substitution)
    assert actor_of(session, acting.sign_in).acting_for is None
    assert acting.sign_in.acting_for_id is None


def test_the_second_factor_is_asked_and_a_code_works_once(session: Session, registrar: Official) -> None:
    totp = with_factor(session, registrar)
    with clock.at(later(minutes=1)):
        answer = entered(session, registrar)
        assert wants(session, answer.sign_in) is Want.CODE
        assert answer.sign_in.ends_at == later(minutes=11)
        assert enter_code(session, answer.sign_in, "000000", keys=KEYS, limits=LIMITS) == Refused("staff.code_wrong")
        through = enter_code(session, answer.sign_in, f" {code(totp)[:3]} {code(totp)[3:]}", keys=KEYS, limits=LIMITS)
        assert isinstance(through, Entered)
        assert through.secret != answer.secret
        assert wants(session, through.sign_in) is None
        assert through.sign_in.ends_at == later(minutes=1) + LIMITS.longest
        again = entered(session, registrar)
        assert isinstance(enter_code(session, again.sign_in, code(totp), keys=KEYS, limits=LIMITS), Refused)
    with clock.at(later(minutes=2)):
        assert isinstance(enter_code(session, again.sign_in, code(totp), keys=KEYS, limits=LIMITS), Entered)


@pytest.mark.parametrize(("seconds", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_telephones_clock_may_differ_by_half_a_minute(
    session: Session, registrar: Official, seconds: int, accepted: bool
) -> None:
    totp = with_factor(session, registrar)
    with clock.at(later(minutes=10)):
        typed = totp.at(clock.now() + timedelta(seconds=seconds))
        assert second_factor.accepts(session, registrar, typed, keys=KEYS) is accepted


@pytest.mark.parametrize("typed", ["", "abcdef", "١٢٣٤٥٦", "12345", "0" * 5000])
def test_what_is_no_code_is_simply_wrong(session: Session, registrar: Official, typed: str) -> None:
    with_factor(session, registrar)
    assert not second_factor.accepts(session, registrar, typed, keys=KEYS)


def test_a_code_of_recovery_opens_once_and_a_new_telephone_ends_them_all(
    session: Session, office: Office, registrar: Official
) -> None:
    with_factor(session, registrar)
    actor = office.registrar.actor(stepped_up=True)
    listed = second_factor.recovery_codes(session, actor, registrar, keys=KEYS)
    assert len({each.text for each in listed}) == recovery.CODES and not any(each.used for each in listed)
    answer = entered(session, registrar)
    typed = listed[3].text.lower().replace("-", " ")
    assert isinstance(enter_code(session, answer.sign_in, typed, keys=KEYS, limits=LIMITS), Entered)
    assert not second_factor.accepts(session, registrar, typed, keys=KEYS)
    again = second_factor.recovery_codes(session, actor, registrar, keys=KEYS)
    assert [each.used for each in again].index(True) == 3 and sum(each.used for each in again) == 1
    with_factor(session, registrar, before=listed[5].text)
    assert not second_factor.accepts(session, registrar, listed[0].text, keys=KEYS)


def test_codes_of_recovery_are_shown_to_their_owner_after_her_password(
    session: Session, office: Office, registrar: Official
) -> None:
    own = office.registrar.actor(stepped_up=True)
    with pytest.raises(RuleBroken):
        second_factor.recovery_codes(session, own, registrar, keys=KEYS)
    with_factor(session, registrar)
    for who in (office.registrar.actor(), office.actor("mayor", stepped_up=True), admin(office)):
        with pytest.raises(Forbidden):
            second_factor.recovery_codes(session, who, registrar, keys=KEYS)


def test_codes_cannot_be_guessed(session: Session, registrar: Official) -> None:
    with_factor(session, registrar)
    answer = entered(session, registrar)
    for _ in range(5):
        assert isinstance(enter_code(session, answer.sign_in, "000000", keys=KEYS, limits=LIMITS), Refused)
    with pytest.raises(TooManyAttempts):
        enter_code(session, answer.sign_in, "000000", keys=KEYS, limits=LIMITS)


def test_the_factors_secret_is_sealed_and_bound_to_its_owner(
    session: Session, office: Office, registrar: Official
) -> None:
    totp = with_factor(session, registrar)
    credential = credential_of(session, registrar)
    assert credential is not None
    assert credential.totp_sealed is not None
    assert totp.secret.encode() not in credential.totp_sealed
    other = with_password(session, office, office.lawyer)
    moved = credential_of(session, other)
    assert moved is not None
    moved.totp_sealed = credential.totp_sealed
    session.flush()
    with pytest.raises(Corrupt):
        second_factor.accepts(session, other, code(totp), keys=KEYS)


def test_setting_up_the_factor_asks_the_password_again_and_is_ones_own(
    session: Session, office: Office, registrar: Official
) -> None:
    with pytest.raises(Forbidden, match=r"staff\.step_up_first"):
        second_factor.begin(office.registrar.actor(), registrar, keys=KEYS)
    with pytest.raises(Forbidden):
        second_factor.begin(admin(office), registrar, keys=KEYS)
    own = entered(session, registrar)
    other = entered(session, registrar)
    actor = office.registrar.actor(stepped_up=True)
    begun = second_factor.begin(actor, registrar, keys=KEYS)
    with pytest.raises(Invalid):
        second_factor.confirm(session, actor, registrar, own.sign_in, sealed=begun.sealed, code="000000", keys=KEYS)
    with pytest.raises(RuleBroken):
        second_factor.confirm(session, actor, registrar, own.sign_in, sealed="%%%", code="000000", keys=KEYS)
    right = code(pyotp.TOTP(begun.secret))
    second_factor.confirm(session, actor, registrar, own.sign_in, sealed=begun.sealed, code=right, keys=KEYS)
    session.flush()
    session.expire_all()
    assert resume(session, own.secret, limits=LIMITS)
    assert resume(session, other.secret, limits=LIMITS) is None


def test_a_lost_factor_is_taken_away_by_the_administrator_with_her_password(
    session: Session, office: Office, registrar: Official
) -> None:
    with_factor(session, registrar)
    for who in ("stranger", "mayor", "foreign_administrator"):
        with pytest.raises(Forbidden):
            second_factor.take_away(session, office.actor(who, stepped_up=True), registrar)
    with pytest.raises(Forbidden, match=r"staff\.step_up_first"):
        second_factor.take_away(session, office.actor("administrator"), registrar)
    second_factor.take_away(session, admin(office), registrar)
    assert wants(session, entered(session, registrar).sign_in) is None
    with pytest.raises(RuleBroken):
        second_factor.take_away(session, admin(office), registrar)


def test_a_changed_password_ends_all_other_sessions(session: Session, registrar: Official) -> None:
    here, there = entered(session, registrar), entered(session, registrar)
    new = "lantern gravel sevenfold"
    assert isinstance(change_password(session, here.sign_in, present="wrong", new=new, keys=KEYS), Refused)
    with pytest.raises(Invalid):
        change_password(session, here.sign_in, present=PASSWORD, new="nino-beridze-1", keys=KEYS)
    with pytest.raises(RuleBroken, match=r"staff\.password_same"):
        change_password(session, here.sign_in, present=PASSWORD, new=PASSWORD, keys=KEYS)
    changed = change_password(session, here.sign_in, present=PASSWORD, new=new, keys=KEYS)
    assert isinstance(changed, Entered)
    session.flush()  # expiring would throw away what is not written yet
    session.flush()
    session.expire_all()
    for secret, alive in ((changed.secret, True), (here.secret, False), (there.secret, False)):
        assert (resume(session, secret, limits=LIMITS) is not None) is alive
    assert isinstance(enter(session, registrar.login), Refused)
    assert isinstance(enter(session, registrar.login, new), Entered)


def test_a_reset_password_is_shown_once_lifts_the_wait_and_must_be_changed(
    session: Session, office: Office, registrar: Official
) -> None:
    own = entered(session, registrar)
    for _ in range(5):
        enter(session, registrar.login, "wrong", address="10.7.7.7")
    with pytest.raises(Forbidden, match=r"staff\.step_up_first"):
        reset_password(session, office.actor("administrator"), registrar, keys=KEYS)
    for who in ("mayor", "stranger", "foreign_administrator", "registrar"):
        with pytest.raises(Forbidden):
            reset_password(session, office.actor(who, stepped_up=True), registrar, keys=KEYS)
    with pytest.raises(Forbidden):
        reset_password(session, admin(office), office.administrator.official, keys=KEYS)
    shown = reset_password(session, admin(office), registrar, keys=KEYS)
    session.flush()
    session.expire_all()
    assert resume(session, own.secret, limits=LIMITS) is None
    answer = enter(session, registrar.login, shown)
    assert isinstance(answer, Entered)
    assert wants(session, answer.sign_in) is Want.PASSWORD


def test_the_first_administrator_has_no_default_password(session: Session) -> None:
    place = open_organisation(session, Actor.system(), code="new-town", names={"ka": "ახალქალაქი"})
    official, shown = first_administrator(session, place, login="chief", names={"ka": "პირველი"})
    assert shown is not None
    answer = enter(session, "chief", shown)
    assert isinstance(answer, Entered)
    assert wants(session, answer.sign_in) is Want.PASSWORD
    assert actor_of(session, answer.sign_in).has(Role.ADMINISTRATOR)
    second, none = first_administrator(session, place, login="deputy.chief", names={"ka": "მეორე"}, password=PASSWORD)
    assert none is None
    assert session.get_one(Credential, second.official_id).must_change is False
    with pytest.raises(Invalid):
        first_administrator(session, place, login="third", names={"ka": "მესამე"}, password="password1234")
    assert official.official_id != second.official_id


def test_a_token_acts_as_its_official_with_todays_rights(session: Session, office: Office) -> None:
    token, secret = create_token(session, admin(office), office.registrar.official, label="სკანერი")
    assert secret.startswith("edms_")
    actor = authenticate(session, secret, request_id="r1")
    assert actor is not None
    assert (actor.official_id, actor.request_id, actor.stepped_up) == (office.registrar.official_id, "r1", False)
    assert actor.has(Role.REGISTRAR)
    session.refresh(token)
    assert token.last_used_at == BEGIN
    grant = next(g for g in grants_of(session, admin(office), office.registrar.official) if g.role is Role.REGISTRAR)
    withdraw_role(session, admin(office), grant, reason="გადაყვანა")
    weaker = authenticate(session, secret)
    assert weaker is not None
    assert not weaker.has(Role.REGISTRAR)
    assert secret not in str(session.connection().exec_driver_sql("SELECT api_token::text FROM api_token").all())


def test_revoked_expired_and_wrong_tokens_open_nothing(session: Session, office: Office) -> None:
    token, secret = create_token(session, admin(office), office.registrar.official, label="a")
    _, short = create_token(session, admin(office), office.registrar.official, label="b", expires_at=later(hours=1))
    with clock.at(later(hours=1)):
        assert authenticate(session, short) is None
    assert authenticate(session, secret + "x") is None
    assert authenticate(session, "") is None
    revoke_token(session, admin(office), token)
    assert authenticate(session, secret) is None
    with pytest.raises(RuleBroken):
        revoke_token(session, admin(office), token)
    let_go(session, admin(office), office.registrar.official)
    assert authenticate(session, short) is None


def test_tokens_are_the_administrators_matter(session: Session, office: Office) -> None:
    token, _ = create_token(session, admin(office), office.registrar.official, label="a")
    with pytest.raises(Forbidden, match=r"staff\.step_up_first"):
        create_token(session, office.actor("administrator"), office.registrar.official, label="b")
    with pytest.raises(Conflict):
        create_token(session, admin(office), office.registrar.official, label=" a ")
    with pytest.raises(Invalid):
        create_token(session, admin(office), office.registrar.official, label="c", expires_at=BEGIN)
    for who in ("registrar", "mayor", "stranger", "foreign_administrator"):
        with pytest.raises(Forbidden):
            create_token(session, office.actor(who, stepped_up=True), office.registrar.official, label="d")
        with pytest.raises(Forbidden):
            revoke_token(session, office.actor(who), token)
    assert tokens(session, admin(office)) == [token]
    assert tokens(session, office.actor("foreign_administrator")) == []
    with pytest.raises(NotFound):
        token_of(session, office.actor("foreign_administrator"), token.api_token_id)
    assert session.scalars(select(ApiToken)).all() == [token]
