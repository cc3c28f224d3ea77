"""A page and a program on the same thing of a letter at the same moment: both lock the letter first, so neither is torn off."""

from __future__ import annotations

import pytest

from edms.errors import Conflict, NotFound, RuleBroken
from edms.routing.talk import comments
from edms.routing.talk.models import Comment
from edms.services.models import Case
from edms.services.participation import proposing
from edms.services.participation.models import Proposal
from tests import letters
from tests.budget_years import ROAD, Year
from tests.cases import office_of
from tests.web.two_at_once import Moment, at_once

LATER = {404, 409, 412}
"""What whoever comes second is told."""


@pytest.fixture(params=[True, False], ids=["program first", "page first"])
def both(api, request):
    """Plays what a page does and what a program sends at once, in this order; their answers."""

    def page(act):
        try:
            with api.house.transaction() as session:
                act(session, office_of(session, api.office))
        except (Conflict, RuleBroken, NotFound):
            return 409
        return 200

    def play(act, sent, moment):
        one, two = (sent, lambda: page(act)) if request.param else (lambda: page(act), sent)
        came = at_once(api.house.engine, one, two, moment)
        return {came.first, came.second}

    return play


def sending(api, who, method, path, body=None):
    thing, program = api.program(who).get(path.removesuffix("/strike").removesuffix("/withdraw")), api.program(who)
    return lambda: program.call(method, path, body, If_Match=f'"{thing["etag"]}"').status_code


def told(came):
    return 200 in came and len(came & LATER) == 1


@pytest.mark.parametrize("moment", Moment)
def test_on_a_proposal(api, both, moment):
    with api.house.transaction() as session:
        year = Year(session, office_of(session, api.office))
        year.paper("start_act", "start_order")
        made = proposing.add(session, year.office.stranger.actor(), year.case, ROAD)
        ident, at = made.proposal_id, f"/proceedings/{year.case.case_id}/proposals/{made.proposal_id}"

    def held(session):
        row = session.get_one(Proposal, ident)
        return session.get_one(Case, row.case_id), row

    def enter(session, office):
        case, row = held(session)
        proposing.enter(session, office.stranger.actor(), case, row, {"text": "ხიდი"}, version=1)

    def strike(session, office):
        case, row = held(session)
        proposing.strike(session, office.stranger.actor(), case, row, version=2)

    assert told(both(enter, sending(api, "stranger", "PATCH", at, {"text": "სკოლა"}), moment))
    assert told(both(strike, sending(api, "stranger", "POST", f"{at}/strike"), moment))


@pytest.mark.parametrize("moment", Moment)
def test_on_a_comment(api, both, moment):
    with api.house.transaction() as session:
        office = office_of(session, api.office)
        letter = letters.letter(session, office)
        letters.resolved(session, office, letter, office.executor)
        ident = comments.write(session, office.executor.actor(), letter, text="ნახეთ").comment_id

    def withdraw(session, office):
        comments.withdraw(session, office.executor.actor(), session.get_one(Comment, ident))

    assert told(both(withdraw, sending(api, "executor", "POST", f"/comments/{ident}/withdraw"), moment))
