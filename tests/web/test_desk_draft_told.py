"""Those before whom a draft lay are told when its author takes it back or gives it up, and nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from edms import words
from edms.drafting import drafts, visas
from edms.drafting.models import Draft, DraftState, Visa, VisaState
from edms.events import Event, EventLine
from edms.notices.notices import tell_of

pytest_plugins = ["tests.web.desk_site"]
CARD = {
    "subject": "ხელშეკრულება", "addressee": "ანა", "address": "ქ. ქვემო", "channel": "post", "language": "ka",
    "text": "ვადა ერთი თვეა.", "version": 0,
}  # fmt: skip
ACTS = {"take-back": Event.DRAFT_TAKEN_BACK, "withdraw": Event.DRAFT_WITHDRAWN}


def before_visas(desk) -> int:
    """A draft of the executor's: the unit head agreed to it, the registrar is asked, the lawyer comes after."""
    office = desk.cast
    order = [office.unit_head.official_id, office.registrar.official_id, office.lawyer.official_id]
    card = {**CARD, "signer": office.mayor.official_id, "visas": order, "do": "send"}
    desk.as_("executor").post("/drafts/new?kind=letter", card)
    desk.print_drafts()

    def agree(session, cast):
        draft = session.scalars(select(Draft)).one()
        visas.agree(session, cast.unit_head.actor(), draft.visas[0], ordinal=draft.versions[-1].ordinal)
        return draft.draft_id

    return desk.do(agree)


def told(desk, event: Event) -> dict[str, bool]:
    """What stands among whose notices."""
    with desk.house.transaction() as session:
        line = session.scalars(select(EventLine.event_id).where(EventLine.kind == event)).one()
        tell_of(session, line)
        tell_of(session, line)  # once, however often
    message = f"notices.{event.value.replace(':', '_').replace('-', '_')}"
    found = {}
    for name in ("executor", "unit_head", "registrar", "lawyer", "mayor", "stranger", "foreigner"):
        for speaks in ("ka", "hy", "en"):
            page = desk.as_(name).client.get(f"/notices/?lang={speaks}").get_data(as_text=True)
            found[name] = page.count(words.say(speaks, message, subject=CARD["subject"])) == 1
    return found


@pytest.mark.parametrize("what", ACTS)
def test_who_was_asked_or_agreed_is_told_and_nobody_else(desk, what):
    draft_id = before_visas(desk)
    for name, status in (("stranger", 404), ("foreigner", 404), ("registrar", 403)):
        desk.as_(name).post(f"/drafts/{draft_id}/{what}", status=status)
    desk.as_("executor").post(f"/drafts/{draft_id}/{what}")
    assert {name for name, is_told in told(desk, ACTS[what]).items() if is_told} == {"unit_head", "registrar"}

    def state(session, office):
        draft = session.get_one(Draft, draft_id)
        return draft.state, session.scalars(select(Visa.state).where(Visa.state == VisaState.ASKED)).all()

    expected = DraftState.WRITING if what == "take-back" else DraftState.WITHDRAWN
    assert desk.do(state)[0] is expected


def test_a_draft_that_lay_before_nobody_is_given_up_in_silence(desk):
    desk.as_("executor").post("/drafts/new?kind=letter", {**CARD, "signer": desk.cast.mayor.official_id, "do": "save"})

    def act(session, office):
        draft = session.scalars(select(Draft)).one()
        drafts.withdraw(session, office.executor.actor(), draft, reason="")

    desk.do(act)
    assert not any(told(desk, Event.DRAFT_WITHDRAWN).values())
