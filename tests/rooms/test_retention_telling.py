"""Who is told of an act of destruction, what the operator sees of it, and that the history's own facts are compared."""

from __future__ import annotations

import json

from click.testing import CliRunner
from sqlalchemy import select, update

import edms.cli.keeping
from edms import clock
from edms.db.engine import transaction
from edms.events import Event, EventLine
from edms.health import work
from edms.notices.models import Notice
from edms.notices.notices import tell_of
from edms.retention import erasing
from edms.retention.act_models import ActState, Leftover
from tests import cast
from tests.disposals import DUE, begun, closed_case, confirmed
from tests.rooms.test_retention_erasing import house  # noqa: F401


def test_the_commission_and_the_archivist_are_told_and_the_operator_sees_what_is_left(house, monkeypatch) -> None:  # noqa: F811
    with clock.at(DUE), transaction(house.sessions) as session:
        office = cast.office(session)
        confirmed(session, office)
        waiting = closed_case(session, office, index="12-06")
        act = begun(session, office, closed_case(session, office))
        members = {office.lawyer.official_id, office.controller.official_id}
        archivist = office.archivist.official_id
        act_id, case_id = act.disposal_act_id, waiting.case_file_id
        act.state = ActState.PROPOSED
        session.flush()
        kinds = (Event.DISPOSAL_PROPOSED, Event.DISPOSAL_APPROVED)
        lines = session.scalars(select(EventLine).where(EventLine.kind.in_(kinds)).order_by(EventLine.event_id)).all()
        tell_of(session, lines[0].event_id)
        told = session.scalars(select(Notice)).all()
        assert {line.official_id for line in told} == members and told[0].values["page"] == "disposal_act"
        act.state = ActState.ERASING
        session.flush()
        tell_of(session, lines[-1].event_id)
        assert session.scalars(select(Notice.message).where(Notice.official_id == archivist)).all() == ["notices.disposal_approved"]  # fmt: skip
        assert erasing.decide_next(session, act_id)
    assert work.destruction(house).message == "doctor.destruction_fine"
    with transaction(house.sessions) as session:
        session.add(Leftover(key="aa/bb", disposal_act_id=act_id, trouble="storage.locked"))
    assert work.destruction(house).message == "doctor.bytes_left"
    monkeypatch.setattr(edms.cli.keeping, "build", lambda *_, **__: house)
    monkeypatch.setattr(type(house), "close", lambda _: None)
    run = CliRunner().invoke
    found = json.loads(run(edms.cli.keeping.retention, ["due", "kvemo", "--year", "2026", "--json"]).stdout)
    assert found["cases"] == [{"case_file_id": case_id, "index": "12-06", "volume": 1, "class": "correspondence", "until": "2025-12-31", "obstacles": []}]  # fmt: skip
    [row] = json.loads(run(edms.cli.keeping.retention, ["acts", "kvemo", "--json"]).stdout)["acts"]
    assert (row["state"], row["erased"], row["files_left"]) == ("erasing", 1, 1)
    assert "12-06" in run(edms.cli.keeping.retention, ["due", "kvemo", "--lang", "ka"]).stdout
    assert run(edms.cli.keeping.retention, ["due", "nowhere"]).exit_code == 1
    with transaction(house.sessions) as session:
        session.execute(update(Leftover).values(trouble=None))
