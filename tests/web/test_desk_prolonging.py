"""A leader gives the legal term more time, at the desk and by program; nobody else does; control and tracking follow."""

from __future__ import annotations

import pytest

from edms.routing import control
from edms.terms import Kind
from tests.letters import submitted

pytest_plugins = ["tests.web.desk_site"]


@pytest.fixture
def letter(desk):
    """A letter before the mayor, on control until its legal day."""
    ident = desk.letter()

    def act(session, office):
        document = session.get(type(desk.document(ident)), ident)
        submitted(session, office, document, office.mayor)
        control.put(session, office.actor("controller"), document)

    desk.do(act)
    return ident


def test_a_leader_extends_the_legal_term_with_a_reason_and_control_moves_with_it(desk, letter):
    before, address = desk.document(letter).due_on, f"/letters/{letter}/prolong"
    mayor = desk.as_("mayor")
    assert address in mayor.get(f"/letters/{letter}")
    mayor.post(address, {"count": 1, "kind": "mo", "reason": ""}, status=422)
    mayor.post(address, {"count": 4, "kind": "mo", "reason": "ექსპერტიზა"}, status=409)  # three months in all
    mayor.post(address, {"count": 1, "kind": "mo", "reason": "ექსპერტიზა"})
    after = desk.document(letter)
    assert after.due_on > before
    assert after.term["extensions"][0]["kind"] == Kind.MONTH
    assert desk.do(lambda s, o: [c.due_on for c, _ in control.list_controlled(s, o.actor("controller"))]) == [
        after.due_on
    ]
    assert "ექსპერტიზა" in mayor.get(f"/letters/{letter}/history")


def test_nobody_else_extends_it(desk, letter):
    before, address = desk.document(letter).due_on, f"/letters/{letter}/prolong"
    for who, status in (("stranger", 404), ("foreigner", 404), ("controller", 403)):
        desk.as_(who).post(address, {"count": 1, "kind": "mo", "reason": "x"}, status=status)
    assert address not in desk.as_("controller").get(f"/letters/{letter}")
    assert desk.document(letter).due_on == before
