"""A draft is sent on at once and printed by a machine: until then nobody answers to it, and what cannot be printed comes back."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from edms import words
from edms.drafting import drafts, pages
from edms.drafting.models import Draft, DraftState, VisaState
from edms.errors import Invalid, Unavailable
from edms.events import Event, EventLine
from edms.jobs import HABITS, Kind
from edms.notices.notices import tell_of
from tests.web.test_desk_draft_told import CARD
from workers import printing

pytest_plugins = ["tests.web.desk_site"]
WAITS = words.say("ka", "drafting.printing")


def sent(desk, *visas: str) -> int:
    """The executor's draft, just sent to these for their visas, or to the mayor."""
    asked = [getattr(desk.cast, name).official_id for name in visas]
    card = {**CARD, "signer": desk.cast.mayor.official_id, "visas": asked, "do": "send"}
    desk.as_("executor").post("/drafts/new?kind=letter", card)
    return desk.do(lambda session, _: session.scalars(select(Draft.draft_id)).one())


def stands(desk, draft_id: int) -> tuple[DraftState, bool, str | None]:
    """Its state, whether it has a page, and what went wrong with it."""

    def read(session, _):
        draft = session.get_one(Draft, draft_id)
        version = draft.versions[-1]
        return draft.state, version.content_id is not None, version.trouble

    return desk.do(read)


def test_it_lies_before_the_signer_at_once_and_can_be_signed_when_its_page_is_there(desk):
    draft_id = sent(desk)
    assert stands(desk, draft_id) == (DraftState.TO_SIGN, False, None)
    posted = "SELECT args->>'subject_id' FROM procrastinate_jobs WHERE task_name = 'print_draft' AND status = 'todo'"
    assert desk.do(lambda session, _: session.scalars(text(posted)).all()) == [str(draft_id)]
    assert WAITS in desk.as_("executor").get(f"/drafts/{draft_id}")
    desk.as_("mayor").post("/account/step-up", {"password": desk.password})
    pile = desk.as_("mayor").get("/sign/")
    assert WAITS in pile and 'name="marked"' not in pile and f"reason-{draft_id}" not in pile
    refused = desk.as_("mayor").post(f"/sign/{draft_id}/refuse", {f"reason-{draft_id}": "ვადა"}, status=409)
    assert WAITS in refused.get_data(as_text=True)
    desk.print_drafts()
    assert stands(desk, draft_id) == (DraftState.TO_SIGN, True, None)
    assert WAITS not in desk.as_("executor").get(f"/drafts/{draft_id}")
    pile = desk.as_("mayor").get("/sign/")
    assert WAITS not in pile and 'name="marked"' in pile
    printing.print_draft(desk.house, draft_id)  # twice: nothing happens
    assert len(desk.do(lambda session, _: session.get_one(Draft, draft_id).versions)) == 1


@pytest.mark.parametrize("do", ["agree", "remark"])
def test_nobody_answers_to_a_page_that_is_not_there(desk, do):
    draft_id = sent(desk, "lawyer")
    visa_id = desk.do(lambda session, _: session.get_one(Draft, draft_id).visas[0].visa_id)
    form = {"do": do, "ordinal": 1, "remark": "ვადა მიუთითეთ"}
    answer = desk.as_("lawyer").post(f"/drafts/{draft_id}/visas/{visa_id}", form, status=422)
    assert WAITS in answer.get_data(as_text=True)
    assert desk.do(lambda session, _: session.get_one(Draft, draft_id).visas[0].state) is VisaState.ASKED
    desk.print_drafts()
    desk.as_("lawyer").post(f"/drafts/{draft_id}/visas/{visa_id}", form)


def test_what_its_author_took_back_meanwhile_is_not_printed(desk):
    draft_id = sent(desk, "lawyer")
    desk.as_("executor").post(f"/drafts/{draft_id}/take-back")
    printing.print_draft(desk.house, draft_id)
    assert stands(desk, draft_id) == (DraftState.WRITING, False, None)


def test_what_was_written_anew_while_it_was_printed_keeps_no_page_of_the_old(desk, monkeypatch):
    draft_id = sent(desk, "lawyer")
    print_ = pages.printed

    def rewritten(wanted, store, **more):
        def write(session, office):
            draft, actor = session.get_one(Draft, draft_id), office.executor.actor()
            drafts.take_back(session, actor, draft)
            drafts.save(session, actor, draft, version=draft.version, text="ვადა ორი თვეა.")

        made = print_(wanted, store, **more)
        desk.do(write)
        return made

    monkeypatch.setattr(pages, "printed", rewritten)
    printing.print_draft(desk.house, draft_id)
    assert stands(desk, draft_id) == (DraftState.WRITING, False, None)


@pytest.mark.parametrize("error", [Invalid("paper.not_printed"), Unavailable("paper.not_printed")])
def test_what_cannot_be_printed_is_its_authors_again_who_is_told_as_are_the_asked(desk, monkeypatch, error):
    draft_id = sent(desk, "lawyer", "deputy")

    def fails(wanted, store, **more):
        raise error

    monkeypatch.setattr(pages, "printed", fails)
    if isinstance(error, Unavailable):
        with pytest.raises(Unavailable):  # tried again
            printing.print_draft(desk.house, draft_id)
        assert stands(desk, draft_id) == (DraftState.VISAS, False, None)
        assert HABITS[Kind.PRINT_DRAFT].retries > 0
        printing.give_up(desk.house, draft_id)
    else:
        printing.print_draft(desk.house, draft_id)
    assert stands(desk, draft_id) == (DraftState.WRITING, False, "paper.not_printed")
    with desk.house.transaction() as session:
        kind = EventLine.kind == Event.DRAFT_NOT_PRINTED
        tell_of(session, session.scalars(select(EventLine.event_id).where(kind)).one())
    said = words.say("ka", "notices.draft_not_printed", subject=CARD["subject"])
    told = {name for name in ("executor", "lawyer", "deputy", "mayor") if said in desk.as_(name).get("/notices/")}
    assert told == {"executor", "lawyer"}
    page = desk.as_("executor").get(f"/drafts/{draft_id}")
    assert CARD["text"] in page and words.say("ka", "paper.not_printed") in page
    monkeypatch.undo()
    version = desk.do(lambda session, _: session.get_one(Draft, draft_id).version)
    again = {**CARD, "version": version, "signer": desk.cast.mayor.official_id, "do": "send"}
    desk.as_("executor").post(f"/drafts/{draft_id}", again)
    desk.print_drafts()
    assert stands(desk, draft_id) == (DraftState.TO_SIGN, True, None)


def test_without_text_nothing_is_sent(desk):
    card = {**CARD, "text": " ", "signer": desk.cast.mayor.official_id, "do": "send"}
    answer = desk.as_("executor").post("/drafts/new?kind=letter", card, status=422)
    assert words.say("ka", "drafting.text_missing") in answer.get_data(as_text=True)


def test_it_is_called_off_before_its_page_is_there(desk):
    draft_id = sent(desk)
    desk.as_("executor").post(f"/sign/{draft_id}/call-off", {"reason": "ვადა შეიცვალა"})
    printing.print_draft(desk.house, draft_id)
    assert stands(desk, draft_id)[:2] == (DraftState.WRITING, False)
