"""A signing is called off at the desk and through the API by one service: by whom, with what reason, and who hears of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from edms import words
from edms.drafting.models import Draft, DraftState, SignatoryState
from edms.events import Event, EventLine
from edms.notices.notices import tell_of

pytest_plugins = ["tests.web.desk_site"]
REASON = "პირობა შეიცვალა"
CARD = {
    "subject": "ხელშეკრულება", "addressee": "ანა", "address": "ქ. ქვემო", "channel": "post", "language": "ka",
    "text": "ვადა ერთი თვეა.", "version": 0,
}  # fmt: skip


def before_its_signers(desk) -> int:
    """A letter of the executor's that lies before the registrar, and then before the mayor and his deputy."""
    office = desk.cast
    signers = {
        "signer": office.registrar.official_id,
        "cosigners": [office.mayor.official_id, office.deputy.official_id],
    }
    desk.as_("executor").post("/drafts/new?kind=letter", {**CARD, **signers, "do": "send"})
    desk.print_drafts()
    return desk.do(lambda session, _: session.scalars(select(Draft.draft_id)).one())


def stands(desk, draft_id: int) -> tuple[DraftState, set[SignatoryState]]:
    def read(session, _):
        draft = session.get_one(Draft, draft_id)
        return draft.state, {each.state for each in draft.signatories}

    return desk.do(read)


def told(desk, name: str, speaks: str = "ka") -> bool:
    """Does it stand among her notices?"""
    page = desk.as_(name).client.get(f"/notices/?lang={speaks}")
    return words.say(speaks, "notices.signing_called_off", subject=CARD["subject"]) in page.get_data(as_text=True)


def test_its_author_calls_it_off_with_a_reason_that_who_was_asked_reads(desk):
    draft_id = before_its_signers(desk)
    place, executor = f"/sign/{draft_id}/call-off", desk.as_("executor")
    for name in ("registrar", "lawyer", "stranger", "foreigner"):  # a signer refuses, she does not call off
        desk.as_(name).get(place, 404)
        desk.as_(name).post(place, {"reason": REASON}, status=404)
    assert place in executor.get(f"/drafts/{draft_id}") and place not in desk.as_("registrar").get(
        f"/drafts/{draft_id}"
    )
    page = executor.get(place)
    for name in ("deputy", "mayor", "registrar"):
        assert getattr(desk.cast, name).official.name("ka") in page
    assert page.count("ეთხოვა") == 1 and page.count("ელოდება რიგს") == 2
    assert 'id="f-reason-error"' in executor.post(place, {"reason": " "}, status=422).get_data(as_text=True)
    executor.post(f"/drafts/{draft_id}/take-back", status=409)  # there is one way, with a reason
    assert stands(desk, draft_id)[0] is DraftState.TO_SIGN
    assert executor.post(place, {"reason": REASON}).headers["Location"] == f"/drafts/{draft_id}"
    assert stands(desk, draft_id) == (DraftState.WRITING, {SignatoryState.ENDED})
    executor.get(place, 404)
    with desk.house.transaction() as session:
        line = session.scalars(select(EventLine.event_id).where(EventLine.kind == Event.SIGNING_CALLED_OFF)).one()
        assert tell_of(session, line) == 1
    assert told(desk, "registrar") and told(desk, "registrar", "hy") and told(desk, "registrar", "en")
    assert not told(desk, "executor") and not told(desk, "deputy") and not told(desk, "foreigner")
    assert REASON in desk.as_("registrar").get(f"/drafts/{draft_id}")


def test_who_leads_its_author_calls_it_off_and_comes_back_to_her_work(desk):
    draft_id = before_its_signers(desk)
    head, office = desk.as_("unit_head"), desk.cast
    page = head.get(f"/sign/{draft_id}/call-off")
    assert office.executor.official.name("ka") in page
    assert f'href="/drafts/{draft_id}"' not in page  # the draft itself is not hers
    back = head.post(f"/sign/{draft_id}/call-off", {"reason": REASON}).headers["Location"]
    assert str(office.executor.official_id) in back
    head.get(back)
    with desk.house.transaction() as session:
        line = session.scalars(select(EventLine).where(EventLine.kind == Event.SIGNING_CALLED_OFF)).one()
        assert set(line.detail["to"]) == {office.executor.official_id, office.registrar.official_id}


@pytest.mark.parametrize("signing", [True, False], ids=["before its signers", "with visas"])
def test_a_program_takes_back_from_visas_and_calls_off_signing(api, signing):
    office = api.office
    author = api.program("executor")
    made = author.make(
        "/drafts",
        {"kind": "letter", "subject": "x", "text": "y", "addressee": "ანა", "signer_id": office.mayor.official_id},
    )
    place = f"/drafts/{made['draft_id']}"
    sent = author.change(made, f"{place}/send", {"official_ids": [] if signing else [office.deputy.official_id]})
    answer = author.call("POST", f"{place}/take-back", {}, If_Match="*")
    if not signing:
        assert (answer.status_code, answer.get_json()["state"]) == (200, "writing")
        return
    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:edms:problem:signing.call_off_instead")
    assert author.change(sent, f"{place}/call-off", {"reason": REASON})["state"] == "writing"
    with api.house.transaction() as session:
        line = session.scalars(select(EventLine).where(EventLine.kind == Event.SIGNING_CALLED_OFF)).one()
        assert (line.detail["to"], line.detail["reason"]) == ([office.mayor.official_id], REASON)
