"""A case at the desk: begun with a letter, its steps done, handed on, gone back from, its papers written and named."""

from __future__ import annotations

import io
import re

import pytest

from edms.services import seats
from edms.services.models import Case, CaseQuery, CaseStep, StepState
from tests import letters

pytest_plugins = ["tests.web.desk_site"]


def seat_units(session, office):
    for name, unit in (("social", office.social), ("finance", office.infrastructure)):
        seats.name(session, office.actor("administrator"), office.organisation, name, unit_id=unit.unit_id, version=0)


@pytest.fixture
def letter(desk):
    desk.do(seat_units)

    def act(session, office):
        document = letters.letter(session, office, office.applications, document_type="application")
        letters.resolved(session, office, document, office.stranger)
        return document.document_id

    return desk.do(act)


def step(desk, name):
    def act(session, office):
        row = session.query(CaseStep).filter_by(step=name, state=StepState.OPEN).one()
        return row.case_step_id, row.version

    return desk.do(act)


def do(desk, who, name, status=303, **values):
    ident, version = step(desk, name)
    return desk.as_(who).post(f"/proceedings/steps/{ident}/do", {"version": version, **values}, status=status)


@pytest.fixture
def case(desk, letter):
    executor = desk.as_("stranger")
    assert f"/proceedings/begin/{letter}" in executor.get(f"/letters/{letter}")
    assert 'value="social_assistance"' in executor.get(f"/proceedings/begin/{letter}")
    executor.post(f"/proceedings/begin/{letter}", {"service": "nothing"}, status=422)
    answer = executor.post(f"/proceedings/begin/{letter}", {"service": "social_assistance"})
    return int(re.search(r"/proceedings/(\d+)", answer.location)[1])


def test_it_is_begun_and_done_step_by_step_from_the_desk(desk, case, letter):
    executor = desk.as_("stranger")
    page = executor.get(f"/proceedings/{case}")
    assert 'name="answer"' in page and 'value="deficient"' in page
    ident, version = step(desk, "intake.completeness")
    assert f"/proceedings/{case}#step-{ident}" in executor.get("/desk/")
    assert "/proceedings/begin/" not in executor.get(f"/letters/{letter}")
    refused = do(desk, "stranger", "intake.completeness", status=422)
    assert f"/proceedings/steps/{ident}/do" in refused.get_data(as_text=True)
    do(desk, "stranger", "intake.completeness", answer="complete")
    executor.post(f"/proceedings/steps/{ident}/do", {"version": version, "answer": "deficient"}, status=409)
    late = do(desk, "stranger", "programme", status=422, answer="in_programme", v_programme_threshold="many")
    assert 'value="many"' in late.get_data(as_text=True)
    do(desk, "stranger", "programme", answer="in_programme", v_programme_threshold="57 001", v_visit_needed="no")
    ident, version = step(desk, "queries")
    earlier = desk.do(lambda s, o: s.query(CaseStep).filter_by(step="programme").one().case_step_id)
    back = {"version": version, "to": earlier, "reason": ""}
    executor.post(f"/proceedings/steps/{ident}/back", back, status=422)
    executor.post(f"/proceedings/steps/{ident}/back", {**back, "reason": "სხვა პროგრამა"})
    assert step(desk, "programme")
    page = executor.get(f"/proceedings/{case}")
    assert "57001" in page
    assert f"/proceedings/{case}" in desk.as_("mayor").get("/proceedings/?service=social_assistance&state=running")
    assert f"/proceedings/{case}" not in desk.as_("mayor").get("/proceedings/?state=over")


def test_what_is_known_brought_and_asked_is_entered_beside(desk, case):
    executor = desk.as_("stranger")
    executor.post(
        f"/proceedings/{case}/facts", {"v_applicant_name": "ანა კალანდაძე", "v_bank_account": "GE29NB0000000101904917"}
    )
    executor.post(f"/proceedings/{case}/facts", {"v_bank_account": "GE29NB0000000101904918"}, status=422)
    executor.post(f"/proceedings/{case}/papers", {"here": ["identity_copy"]})
    executor.post(f"/proceedings/{case}/papers", {"here": ["no_such_paper"]}, status=422)
    asked = {"source": "ssa", "question": "ქულა", "answer": "41000"}
    executor.post(f"/proceedings/{case}/queries", {**asked, "answer": ""}, status=422)
    executor.post(f"/proceedings/{case}/queries", asked)
    for print_ in (b"%PDF-1.4 one", b"%PDF-1.4 two", b"%PDF-1.4 two"):  # another print is another answer
        sent = {**asked, "once": "a-mark-of-one-page", "file": (io.BytesIO(print_), "ამონაწერი.pdf")}
        executor.post(f"/proceedings/{case}/queries", sent)
    assert desk.do(lambda s, o: s.query(CaseQuery).filter(CaseQuery.content_id.is_not(None)).count()) == 2
    page = executor.get(f"/proceedings/{case}")
    assert "ანა კალანდაძე" in page and "41000" in page and 'value="identity_copy" checked' in page
    executor.post(f"/proceedings/{case}/fee", status=409)  # this route asks for none


def test_a_paper_is_written_in_the_drafting_room_and_known_again(desk, case):
    executor = desk.as_("stranger")
    do(desk, "stranger", "intake.completeness", answer="deficient")
    ident, _ = step(desk, "intake.deficiency")
    answer = executor.post(f"/proceedings/steps/{ident}/write", {"document": "deficiency_notice"})
    assert "/drafts/" in answer.location
    again = executor.post(f"/proceedings/steps/{ident}/write", {"document": "deficiency_notice"})
    assert again.location == answer.location
    assert answer.location in executor.get(f"/proceedings/{case}")
    executor.post(f"/proceedings/steps/{ident}/write", {"document": "assistance_order"}, status=422)


def test_nobody_else_sees_or_does_it(desk, case):
    ident, version = step(desk, "intake.completeness")
    for who in ("executor", "foreigner"):
        reader = desk.as_(who)
        reader.get(f"/proceedings/{case}", status=404)
        assert f"/proceedings/{case}" not in reader.get("/proceedings/?state=all")
        for what in ("do", "back", "hand", "extend", "write", "name", "bodies"):
            reader.post(f"/proceedings/steps/{ident}/{what}", {"version": version}, status=404)
        for what in ("facts", "papers", "queries", "fee", "fee/paid", "break-off"):
            reader.post(f"/proceedings/{case}/{what}", {"version": 1}, status=404)
    for who in ("registrar", "archivist", "auditor", "controller"):
        reader = desk.as_(who)
        assert f"/proceedings/steps/{ident}/do" not in reader.get(f"/proceedings/{case}")
        reader.post(f"/proceedings/steps/{ident}/do", {"version": version, "answer": "complete"}, status=403)
        reader.post(f"/proceedings/{case}/break-off", {"version": 1, "reason": "x"}, status=403)
    held = len(list(desk.house.settings.contents_dir.rglob("*")))
    print_ = {"source": "ssa", "question": "?", "answer": "!", "file": (io.BytesIO(b"%PDF-1.4"), "x.pdf")}
    desk.as_("auditor").post(f"/proceedings/{case}/queries", print_, status=403)
    assert len(list(desk.house.settings.contents_dir.rglob("*"))) == held  # refused before a byte is kept
    mayor = desk.as_("mayor")
    case_version = desk.do(lambda s, o: s.get_one(Case, case).version)
    mayor.post(f"/proceedings/{case}/break-off", {"version": case_version, "reason": ""}, status=422)
    mayor.post(f"/proceedings/{case}/break-off", {"version": case_version, "reason": "შეცდომით დაიწყო"})
    done = {"version": version, "answer": "complete"}
    do_again = desk.as_("stranger").post(f"/proceedings/steps/{ident}/do", done, status=409)
    assert "შეცდომით დაიწყო" in do_again.get_data(as_text=True)
