"""An archive of some hundred signed papers of different ends, lived through as its archivist. One town for all."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select, text

from edms import clock
from edms.overview import proving
from edms.overview.proving import ASKS_SOMETHING, Health
from edms.registry.models import Content
from edms.signing import proofs
from edms.signing.proof_models import EndsBy, Renewal, SignatureProof
from edms.signing.verdicts import Bottom, Finding, Form, Level, Verdict
from edms.web.desk import proving as page_of
from tests import letters

pytest_plugins = ["tests.web.desk_site"]
LEAD = 180
MANY, LETTERS = 240, 12
ENDS = (-400, -1, 1, 179, 181, 364, 367, 1825, 1828, 3651, 3654, 7000, None)
STANDINGS = (
    (Bottom.PASSED, Form.PADES, Level.LTA), (Bottom.PASSED, Form.ASICE, Level.LTA), (Bottom.PASSED, Form.PADES, Level.T),
    (Bottom.PASSED, Form.XADES, None), (Bottom.INDETERMINATE, Form.PADES, Level.B), (Bottom.FAILED, Form.PADES, Level.LTA),
)  # fmt: skip
RENEWALS = (
    (Renewal.NONE, None), (Renewal.WAITING, None), (Renewal.WAITING, "signing.time_authority_silent"),
    (Renewal.FAILED, "signing.renewal_not_passed"), (Renewal.DONE, None),
)  # fmt: skip


def archive(session, office, now: datetime, many: int = MANY) -> list[SignatureProof]:
    """Every kind of paper, many on a letter, in every state of being carried on."""
    who, made = office.registrar.actor(), []
    held = [
        Content(
            organisation_id=who.organisation_id, store_key=f"kept/{number}", sha256=number.to_bytes(32, "big"), size=9,
            name=f"paper {number}.pdf", stored_at=now,
        )
        for number in range(many)
    ]  # fmt: skip
    session.add_all(held)
    on = [letters.letter(session, office) for _ in range(LETTERS)]
    session.flush()
    for number, content in enumerate(held):
        bottom, form, level = STANDINGS[number % len(STANDINGS)]
        renewal, trouble = RENEWALS[number // 2 % len(RENEWALS)]
        days = ENDS[number // 3 % len(ENDS)]
        until = now + timedelta(days=days) if days is not None and bottom is Bottom.PASSED else None
        row = SignatureProof(
            content_id=content.content_id, organisation_id=who.organisation_id, root_id=content.content_id,
            document_id=on[number % LETTERS].document_id, bottom=bottom, form=form, level=level, certified_until=until,
            algorithms=[], proven_until=until, ends_by=EndsBy.TIME_STAMP if until else None, renewal=renewal,
            trouble=trouble, trouble_values={"reason": "NO_POE"} if renewal is Renewal.FAILED else {}, judged_at=now,
            tried_at=now - timedelta(days=2),
        )  # fmt: skip
        session.add(row)
        made.append(row)
    session.flush()
    return made


def things(row: SignatureProof, now: datetime) -> set[Health]:
    """What an archivist would say of one paper, counted by hand."""
    if row.renewal is Renewal.DONE:
        return set()
    said = {Health.SIGNED}
    if row.bottom is not Bottom.PASSED:
        return said | {Health.UNCLEAR if row.bottom is Bottom.INDETERMINATE else Health.BROKEN}
    days = 10**6 if row.proven_until is None else (row.proven_until - now).days
    for figure, least in (
        (Health.HOLDS, 0),
        (Health.ONE_YEAR, 366),
        (Health.FIVE_YEARS, 1827),
        (Health.TEN_YEARS, 3653),
    ):
        said |= {figure} if days >= least else set()
    if row.proven_until is None:
        return said
    if days < 0:
        return said | {Health.ENDED}
    if row.form not in (Form.PADES, Form.ASICE) or row.level is not Level.LTA:
        return said | {Health.SHORT}
    if row.renewal is Renewal.FAILED:
        return said | {Health.FAILED}
    if row.trouble:
        return said | {Health.WAITING}
    return said | ({Health.DUE} if days < LEAD else set())


def test_every_number_is_right_and_every_link_leads_to_exactly_its_papers(desk, monkeypatch):
    now = clock.now()

    def act(session, office):
        rows = archive(session, office, now)
        by_hand = Counter(figure for row in rows for figure in things(row, now))
        behind = {each: {r.content_id for r in rows if each in things(r, now)} for each in Health}
        found = proving.sums(session, office.archivist.actor(), lead=timedelta(days=LEAD))
        assert found.figures == {each: by_hand[each] for each in Health}
        assert all(by_hand[each] for each in Health)  # none is right because there is none
        assert all(len(things(row, now) & set(ASKS_SOMETHING)) <= 1 for row in rows)
        troubled = {figure: [message for message, _, _ in why] for figure, why in found.troubles.items()}
        assert troubled[Health.WAITING] == ["signing.time_authority_silent"]
        assert troubled[Health.FAILED] == ["signing.renewal_not_passed"]
        names = {each: {session.get_one(Content, i).name for i in ids} for each, ids in behind.items()}
        return found.figures, names

    figures, names = desk.do(act)
    monkeypatch.setattr(page_of, "PAGE", 40)
    archivist = desk.as_("archivist")
    page = archivist.get("/house/signatures/")
    linked = dict(re.findall(r'href="/house/signatures/papers/(\w+)"[^>]*>(\d+)<', page))
    assert {Health(each): int(number) for each, number in linked.items()} == figures
    for figure, wanted in names.items():
        address, seen, ends = f"/house/signatures/papers/{figure.value}", [], 0
        while address:
            shown = archivist.get(address)
            seen += re.findall(r"<td>(paper \d+\.pdf)</td>", shown)
            older = re.search(r'href="([^"]+)" rel="next"', shown)
            address, ends = (older[1].replace("&amp;", "&") if older else ""), ends + 1
            assert ends < 40, figure
        assert len(seen) == len(set(seen)) == figures[figure] and set(seen) == wanted, figure
    letter = re.search(r'href="(/letters/\d+)"', archivist.get("/house/signatures/papers/failed"))
    assert letter is not None and archivist.get(letter[1])
    assert "/house/signatures/try-again" in archivist.get("/house/signatures/papers/failed")
    assert "/house/signatures/try-again" not in desk.as_("auditor").get("/house/signatures/papers/failed")
    desk.as_("stranger").get("/house/signatures/papers/failed", 403)


def test_what_is_due_is_asked_for_in_batches_and_what_a_lost_queue_forgot_once_more(desk):
    def jobs(session) -> int:
        return int(session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'renew_proof'")) or 0)

    def act(session, office):
        rows = archive(session, office, clock.now())
        due = sum(Health.DUE in things(r, clock.now()) or Health.WAITING in things(r, clock.now()) for r in rows)
        near = {r.content_id for r in rows if things(r, clock.now()) & {Health.DUE, Health.WAITING}}
        near = {
            i for i in near if session.get_one(SignatureProof, i).proven_until <= clock.now() + timedelta(days=LEAD)
        }
        taken = []
        while got := proofs.ask_for_due(session, lead=timedelta(days=LEAD), limit=3):
            taken.append(got)
            session.flush()
        assert due and set(taken[:-1]) <= {3} and sum(taken) == len(near) == jobs(session)
        session.execute(text("DELETE FROM procrastinate_jobs"))  # a restored database, a lost queue
        assert proofs.ask_for_due(session, lead=timedelta(days=LEAD)) == 0  # not at once: the jobs may be under way
        with clock.at(clock.now() + proofs.AGAIN):
            assert proofs.ask_for_due(session, lead=timedelta(days=LEAD)) == len(near) == jobs(session)

    desk.do(act)


def test_trying_again_comes_round_to_all_and_leaves_what_is_over(desk):
    def act(session, office):
        now = clock.now()
        failed = [r for r in archive(session, office, now) if r.renewal is Renewal.FAILED and r.bottom is Bottom.PASSED]
        lasting = {r.content_id for r in failed if r.proven_until is not None and r.proven_until > now}
        assert 2 < len(lasting) < len(failed)
        organisation_id, tried = office.organisation.organisation_id, []
        for hour in range(len(lasting)):  # each of them fails again, and the same is not tried for ever
            with clock.at(now + timedelta(hours=hour)):
                assert proofs.ask_again(session, organisation_id, limit=1) == 1
                waiting = select(SignatureProof).where(SignatureProof.tried_at == clock.now())
                (row,) = session.scalars(waiting).all()
                assert row.renewal is Renewal.WAITING and row.trouble is None
                row.renewal = Renewal.FAILED
                tried.append(row.content_id)
                session.flush()
        assert set(tried) == lasting

    desk.do(act)


def test_checked_again_what_is_over_stays_over_and_what_is_broken_is_no_all_is_well(desk):
    def act(session, office):
        now = clock.now()
        (row,) = [r for r in archive(session, office, now, 3) if r.level is Level.LTA and r.form is Form.PADES]
        content = session.get_one(Content, row.content_id)
        verdict = Verdict(Bottom.INDETERMINATE, "x", "NO_POE", (Finding("a", Bottom.INDETERMINATE, "x"),))
        proofs.note(session, content, verdict)
        assert row.bottom is Bottom.PASSED and Health.ENDED in things(row, now)
        row.proven_until = row.certified_until = now + timedelta(days=1)
        proofs.note(session, content, verdict)  # while it should hold, an answer that is missing is told
        assert row.bottom is Bottom.INDETERMINATE
        for each in session.scalars(select(SignatureProof)):
            each.bottom, each.proven_until = Bottom.FAILED, None

    desk.do(act)
    page = desk.as_("archivist").get("/house/signatures/")
    assert "არანამდვილი ხელმოწერით მოვიდა" in page and "ყველა ხელმოწერის ნამდვილობა" not in page
