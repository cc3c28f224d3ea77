"""Acts on a letter at its own pages: who may, what a stranger meets, what is typed stays, ten seconds to take it back."""

from __future__ import annotations

import io
import re
from datetime import timedelta

from sqlalchemy import select

from edms import clock
from edms.events import Event, EventLine
from edms.filing import lines, plan
from edms.registry import dispatch, documents, tracking
from edms.registry.models import Dispatch, Document, DocumentContent
from edms.registry.words import Channel, ContentRole, DispatchState, DocumentState, LinkKind
from edms.routing.models import (
    Assignment,
    AssignmentState,
    Control,
    Extension,
    ExtensionState,
    Resolution,
    ResolutionState,
    Submission,
    SubmissionState,
)
from edms.staff.models import Official
from tests import letters

pytest_plugins = ["tests.web.desk_site"]

ACTS = (
    "submit",
    "resolve",
    "correct",
    "file",
    "paper",
    "control",
    "off-control",
    "links",
    "history",
    "final",
    "send",
    "code",
)


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions)))


def jobs(desk, name):
    """The jobs of a kind that wait, as (task, moment from which)."""
    with desk.house.transaction() as session:
        query = "SELECT task_name, scheduled_at FROM procrastinate_jobs WHERE task_name LIKE %s AND status = 'todo'"
        return session.connection().exec_driver_sql(query, (f"%{name}%",)).all()


def test_a_stranger_finds_no_act_of_a_letter_and_no_thing_of_it(desk):
    document_id, (work,) = desk.given("executor")
    made = rows(desk, Resolution)[0].resolution_id
    addresses = [f"/letters/{document_id}/{act}" for act in ACTS]
    addresses += [f"/letters/{document_id}/{act}/{work}" for act in ("report", "delegate", "give-back", "more-time", "judge", "reassign")]  # fmt: skip
    addresses += [f"/letters/{document_id}/{act}/{made}" for act in ("change", "cancel")]
    addresses += [f"/letters/{document_id}/history.csv", f"/letters/{document_id}/control-card"]
    for name in ("stranger", "foreigner", "administrator"):
        for address in addresses:
            desk.as_(name).get(address, 404)
            if not address.endswith(("history", "history.csv", "control-card")):
                desk.as_(name).post(address, {"reason": "x", "text": "x", "other": document_id}, status=404)
    assert rows(desk, Resolution)[0].state is ResolutionState.OPEN


def test_a_part_of_another_letter_is_not_reached_through_ones_own(desk):
    mine, (my_work,) = desk.given("executor")
    theirs, (their_work,) = desk.given("second_executor")
    desk.as_("executor").get(f"/letters/{mine}/report/{their_work}", 404)
    desk.as_("executor").get(f"/letters/{theirs}/report/{their_work}", 404)
    other = rows(desk, Resolution, Resolution.document_id == theirs)[0].resolution_id
    desk.as_("mayor").post(f"/letters/{mine}/cancel/{other}", {"reason": "x"}, status=404)
    desk.as_("mayor").post(f"/letters/{mine}/judge/{my_work}", {"do": "yes"}, status=404)  # nothing was reported


def test_who_may_not_is_told_before_she_types(desk):
    document_id, _ = desk.given("executor")
    made = rows(desk, Resolution)[0].resolution_id
    for act in ("correct", "paper", "control", "off-control", "send"):
        desk.as_("executor").get(f"/letters/{document_id}/{act}", 403)
    desk.as_("executor").get(f"/letters/{document_id}/cancel/{made}", 403)
    desk.as_("registrar").get(f"/letters/{document_id}/change/{made}", 403)


def test_submitting_can_be_taken_back_and_tells_nobody_meanwhile(desk):
    document_id = desk.letter()
    mayor = desk.cast.mayor.official_id
    answer = desk.as_("registrar").post(f"/letters/{document_id}/submit", {"official": mayor})
    page = desk.as_("registrar").get(answer.headers["Location"])
    (lying,) = rows(desk, Submission)
    assert f"/undo/submission/{lying.submission_id}" in page
    assert desk.as_("mayor").get("/desk/").count(desk.document(document_id).number) == 0
    told = jobs(desk, "notify")
    assert [moment for _, moment in told if moment is not None and moment >= lying.not_before]
    for other in ("mayor", "executor"):  # they are not told yet: for them it is not there
        desk.as_(other).post(f"/undo/submission/{lying.submission_id}", status=404)
    desk.as_("stranger").post(f"/undo/submission/{lying.submission_id}", status=404)
    desk.as_("registrar").post(f"/undo/submission/{lying.submission_id}")
    assert rows(desk, Submission)[0].state is SubmissionState.WITHDRAWN
    assert desk.document(document_id).state is DocumentState.REGISTERED


def test_after_ten_seconds_nothing_is_offered_and_nothing_is_taken_back(desk):
    document_id = desk.letter()
    with clock.at(clock.now() - timedelta(seconds=11)):
        lying = desk.do(lambda s, o: letters.submit(s, o.registrar.actor(), s.get_one(Document, document_id), official=o.mayor.official_id))  # fmt: skip
    page = desk.as_("registrar").get(f"/letters/{document_id}?done=submission-{lying.submission_id}")
    assert "/undo/" not in page
    desk.as_("registrar").post(f"/undo/submission/{lying.submission_id}", status=409)
    for wrong in ("submission-", "submission-x", "resolution-999999", "notice-1", "submission-9999999999999999999"):
        assert "/undo/" not in desk.as_("registrar").get(f"/letters/{document_id}?done={wrong}")


def test_resolving_by_chips_without_script_and_on_to_the_next(desk):
    first, second = desk.letter(), desk.letter()
    for each in (first, second):
        desk.do(lambda s, o, each=each: letters.submitted(s, o, s.get_one(Document, each), o.mayor))
    desk.given("executor")  # whom the mayor chose last
    page = desk.as_("mayor").get(f"/letters/{first}")
    assert f'name="who" value="{desk.cast.executor.official_id}"' in page
    phrase = re.search(r'name="phrase" value="([^"]+)"', page)[1]
    answer = desk.as_("mayor").post(
        f"/letters/{first}/resolve",
        {"who": desk.cast.executor.official_id, "phrase": phrase, "until": "3", "do": "next"},
    )
    assert f"/letters/{second}?done=resolution-" in answer.headers["Location"]
    (made,) = rows(desk, Resolution, Resolution.document_id == first)
    assert made.text == phrase
    assert made.due_on == clock.today("Asia/Tbilisi") + timedelta(days=3)
    following = desk.as_("mayor").get(answer.headers["Location"])
    assert f"/undo/resolution/{made.resolution_id}" in following
    desk.as_("mayor").post(f"/undo/resolution/{made.resolution_id}")
    assert rows(desk, Resolution, Resolution.document_id == first)[0].state is ResolutionState.CANCELLED


def test_people_are_looked_up_by_what_was_typed_and_asked_about_when_several_fit(desk):
    document_id = desk.letter()
    desk.do(lambda s, o: letters.submitted(s, o, s.get_one(Document, document_id), o.mayor))
    mayor = desk.as_("mayor")
    refused = mayor.post(
        f"/letters/{document_id}/resolve", {"more_text": "ვინმე უცნობი", "text": "სიტყვები"}, status=422
    )
    assert "სიტყვები" in refused.get_data(as_text=True)
    several = mayor.post(
        f"/letters/{document_id}/resolve", {"more_text": "სპეციალისტი", "text": "სიტყვები"}, status=422
    )
    assert f'<option value="{desk.cast.executor.official_id}"' in several.get_data(as_text=True)
    nobody = mayor.post(f"/letters/{document_id}/resolve", {"text": "სიტყვები"}, status=422)
    assert 'href="#f-more"' in nobody.get_data(as_text=True)
    mayor.post(f"/letters/{document_id}/resolve", {"more_text": "გოჩა, wiklauri", "text": "სიტყვები"})
    (made,) = rows(desk, Resolution)
    with desk.house.transaction() as session:
        named = [a.official_id for a in session.get_one(Resolution, made.resolution_id).assignments]
    assert named == [desk.cast.executor.official_id, desk.cast.second_executor.official_id]


def test_what_was_typed_is_kept_for_her_alone_and_gone_when_sent(desk):
    document_id = desk.letter()
    desk.do(lambda s, o: letters.submitted(s, o, s.get_one(Document, document_id), o.mayor))
    mayor, place = desk.as_("mayor"), f"resolve-{document_id}"
    mayor.post(f"/kept/{place}", {"text": "დაუსრულებელი წინადადება"}, status=204)
    desk.as_("deputy").get("/desk/")
    assert "დაუსრულებელი წინადადება" in mayor.get(f"/letters/{document_id}")
    mayor.post("/account/sign-out")
    desk.readers.pop("mayor")
    assert "დაუსრულებელი წინადადება" in desk.as_("mayor").get(f"/letters/{document_id}")
    assert "დაუსრულებელი" not in desk.as_("deputy").get(f"/letters/{document_id}")
    desk.as_("mayor").post(f"/kept/{place}/forget")
    assert "დაუსრულებელი" not in desk.as_("mayor").get(f"/letters/{document_id}")
    desk.as_("mayor").post("/kept/Not%20a%20place", {"text": "x"}, status=422)


def _phrases(desk) -> list[str]:
    with desk.house.transaction() as session:
        return list(session.get_one(Official, desk.cast.mayor.official_id).preferences["phrases"])


def test_phrases_are_ones_own(desk):
    document_id = desk.letter()
    desk.do(lambda s, o: letters.submitted(s, o, s.get_one(Document, document_id), o.mayor))
    mayor = desk.as_("mayor")
    mayor.post("/phrases", {"phrase": "  დამიკავშირდით   დღესვე "})
    assert "დამიკავშირდით დღესვე" in mayor.get("/phrases")
    assert "დამიკავშირდით" not in desk.as_("deputy").get("/phrases")
    mayor.post("/phrases", {"gone": "დამიკავშირდით დღესვე"})
    assert "დამიკავშირდით" not in mayor.get("/phrases")
    mayor.post("/phrases", {"phrase": "ნახეთ დღეს"})
    mayor.post("/phrases", {"phrase": "ნახეთ ხვალ", "instead": "ნახეთ დღეს"})
    mayor.post("/phrases", {"first": "ნახეთ ხვალ"})
    page = mayor.get("/phrases")
    assert "ნახეთ დღეს" not in page
    own = _phrases(desk)
    assert own[0] == "ნახეთ ხვალ"
    mayor.post("/phrases", {"first": "არსად დაწერილი"})  # what is not there moves nothing
    assert _phrases(desk) == own
    assert 'value="ნახეთ ხვალ" data-key="Digit1"' in re.sub(r' id="[^"]*"', "", mayor.get(f"/letters/{document_id}"))
    refused = mayor.post("/phrases", {"phrase": "ა" * 301}, status=422)
    assert "ა" * 301 in refused.get_data(as_text=True)


def test_work_is_delegated_down_and_answered_up(desk):
    document_id, (work,) = desk.given("unit_head")
    head = desk.as_("unit_head")
    head.post(
        f"/letters/{document_id}/delegate/{work}",
        {"more": desk.cast.executor.official_id, "text": "ნახეთ ადგილზე", "until": "clock"},
    )
    below = next(a for a in rows(desk, Assignment) if a.official_id == desk.cast.executor.official_id)
    desk.as_("executor").get(f"/letters/{document_id}/report/{below.assignment_id}", 404)
    desk.ten_seconds_later()
    desk.as_("second_executor").get(f"/letters/{document_id}/report/{below.assignment_id}", 404)
    desk.as_("executor").post(f"/letters/{document_id}/report/{below.assignment_id}", {"text": "ვნახე"})
    refused = head.post(f"/letters/{document_id}/judge/{below.assignment_id}", {"do": "return"}, status=422)
    assert 'href="#f-remark"' in refused.get_data(as_text=True)
    head.post(f"/letters/{document_id}/judge/{below.assignment_id}", {"do": "yes"})
    assert rows(desk, Assignment, Assignment.assignment_id == below.assignment_id)[0].state is AssignmentState.DONE


def test_more_time_is_answered_by_the_author_only(desk):
    document_id, (work,) = desk.given("executor", due_on=clock.today("Asia/Tbilisi") + timedelta(days=5))
    wanted = clock.today("Asia/Tbilisi") + timedelta(days=9)
    desk.as_("executor").post(
        f"/letters/{document_id}/more-time/{work}", {"wanted": f"{wanted:%d.%m.%Y}", "reason": "ველოდებით დასკვნას"}
    )
    (asked,) = rows(desk, Extension)
    address = f"/letters/{document_id}/extend/{asked.extension_id}"
    desk.as_("deputy").get(address, 403)
    desk.as_("executor").post(address, {"do": "yes", "wanted": f"{wanted:%d.%m.%Y}"}, status=403)
    assert "ველოდებით დასკვნას" in desk.as_("mayor").get(address)
    no_reason = desk.as_("mayor").post(address, {"do": "refuse", "remark": ""}, status=422)
    assert 'href="#f-remark"' in no_reason.get_data(as_text=True)
    sooner = wanted - timedelta(days=1)
    desk.as_("mayor").post(address, {"do": "yes", "wanted": f"{sooner:%d.%m.%Y}"})
    assert rows(desk, Extension)[0].state is ExtensionState.GRANTED
    assert rows(desk, Assignment, Assignment.assignment_id == work)[0].due_on == sooner


def test_what_was_given_back_goes_to_another(desk):
    document_id, (work,) = desk.given("executor")
    desk.as_("executor").post(f"/letters/{document_id}/give-back/{work}", {"reason": "სხვა უბანია"})
    page = desk.as_("mayor").get(f"/letters/{document_id}/reassign/{work}")
    assert "სხვა უბანია" in page
    desk.as_("mayor").post(
        f"/letters/{document_id}/reassign/{work}",
        {"more": desk.cast.second_executor.official_id, "text": "თქვენი უბანია", "reason": "სხვა უბანი"},
    )
    at_work = [a for a in rows(desk, Assignment) if a.state is AssignmentState.OPEN]
    assert [a.official_id for a in at_work] == [desk.cast.second_executor.official_id]


def test_a_resolution_is_changed_and_cancelled_with_a_reason(desk):
    document_id, _ = desk.given("executor")
    made = rows(desk, Resolution)[0].resolution_id
    mayor = desk.as_("mayor")
    given = {"more": desk.cast.executor.official_id, "text": "სხვა დავალება"}
    refused = mayor.post(f"/letters/{document_id}/change/{made}", given, status=422)
    assert "სხვა დავალება" in refused.get_data(as_text=True)
    mayor.post(f"/letters/{document_id}/change/{made}", {**given, "reason": "ახალი გარემოება"})
    assert rows(desk, Resolution)[0].text == "სხვა დავალება"
    mayor.post(f"/letters/{document_id}/cancel/{made}", {"reason": ""}, status=422)
    mayor.post(f"/letters/{document_id}/cancel/{made}", {"reason": "აღარ არის საჭირო"})
    assert rows(desk, Resolution)[0].state is ResolutionState.CANCELLED


def test_the_whole_card_is_corrected_and_the_history_shows_old_and_new(desk):
    document_id = desk.letter(their_number="17", sheets=2)
    registrar = desk.as_("registrar")
    page = registrar.get(f"/letters/{document_id}/correct")
    fields = dict(re.findall(r'<input[^>]* name="([a-z_]+)"[^>]* value="([^"]*)"', page))
    fields |= {"channel": "counter", "document_type": "complaint", "grade": "open", "language": "ka"}
    fields |= {"summary": "სხვა შინაარსი", "their_number": "", "sheets": "3", "annexes": "რუკა", "correspondent_text": "ანა კალანდაძე"}  # fmt: skip
    refused = registrar.post(f"/letters/{document_id}/correct", {**fields, "reason": ""}, status=422)
    assert "სხვა შინაარსი" in refused.get_data(as_text=True)
    registrar.post(f"/letters/{document_id}/correct", {**fields, "reason": "=შეცდომით აიკრიფა"})
    now = desk.document(document_id)
    assert (now.summary, now.their_number, now.sheets, now.annexes) == ("სხვა შინაარსი", None, 3, "რუკა")
    assert (now.document_type, now.correspondent_name) == ("complaint", "ანა კალანდაძე")
    history = registrar.get(f"/letters/{document_id}/history")
    assert "<del>17</del>" in history
    assert "<ins>3</ins>" in history
    table = registrar.client.get(f"/letters/{document_id}/history.csv").data
    assert table.startswith("\ufeff".encode())
    assert ";" in table.decode().splitlines()[0]
    assert "'=შეცდომით აიკრიფა" in table.decode()
    stale = registrar.post(f"/letters/{document_id}/correct", {**fields, "reason": "ისევ"}, status=409)
    assert "სხვა შინაარსი" in stale.get_data(as_text=True)


def test_history_is_filtered_by_person_and_tells_nothing_of_what_its_reader_may_not_see(desk):
    document_id, _ = desk.given("executor")
    secret = desk.letter(summary="საიდუმლო")
    registrar = desk.as_("registrar")
    registrar.post(f"/letters/{document_id}/links", {"other": secret, "kind": "concerns"})
    number = desk.document(secret).number
    assert number in registrar.get(f"/letters/{document_id}/history")
    executor = desk.as_("executor")
    for address in (
        f"/letters/{document_id}/history",
        f"/letters/{document_id}/history.csv",
        f"/letters/{document_id}",
    ):
        assert number not in executor.get(address), address
    by = desk.cast.mayor.official_id
    only = registrar.get(f"/letters/{document_id}/history?by={by}")
    assert "დავით მაისურაძე" in only
    table = registrar.client.get(f"/letters/{document_id}/history.csv?by={by}").get_data(as_text=True)
    assert all("დავით" in line for line in table.splitlines()[1:])


def test_letters_are_linked_by_number_and_unlinked_with_a_reason(desk):
    one, other = desk.letter(), desk.letter(summary="ხიდის შეკეთება")
    registrar = desk.as_("registrar")
    found = registrar.get(f"/letters/{one}/links?q={desk.document(other).number}")
    assert f'value="{other}"' in found
    registrar.post(f"/letters/{one}/links", {"other": other, "kind": "earlier"})
    desk.as_("foreigner").post(f"/letters/{one}/links", {"other": other}, status=404)
    address = f"/letters/{one}/unlink/{other}"
    registrar.get(address, 404)  # which link is not said
    registrar.post(address, {"kind": "earlier", "start": "here", "reason": ""}, status=422)
    registrar.post(address, {"kind": "earlier", "start": "here", "reason": "შეცდომით"})
    left = desk.do(lambda s, o: documents.linked(s, o.registrar.actor(), s.get_one(Document, one)))
    assert left == []


def test_only_a_registrar_says_that_a_document_answers_a_letter(desk):
    document_id, _ = desk.given("executor")
    other, _ = desk.given("executor")
    desk.as_("executor").post(f"/letters/{document_id}/links", {"other": other, "kind": "reply_to"}, status=403)
    desk.as_("executor").post(f"/letters/{document_id}/links", {"other": other, "kind": "concerns"})


def test_a_scan_joins_a_paper_follows_a_wrong_one_is_withdrawn(desk):
    document_id = desk.do(lambda s, o: letters.letter(s, o)).document_id
    with desk.house.transaction() as session:
        session.get_one(Document, document_id).waiting_scan = True
    registrar, address = desk.as_("registrar"), f"/letters/{document_id}/paper"
    missing = registrar.post(address, {"role": "original"}, status=422)
    assert 'href="#f-file"' in missing.get_data(as_text=True)
    registrar.post(address, {"role": "annex", "file": (io.BytesIO(b"map"), "რუკა.txt")})
    assert desk.document(document_id).waiting_scan
    registrar.post(address, {"role": "original", "file": (io.BytesIO(b"scan"), "ასლი.txt")})
    assert not desk.document(document_id).waiting_scan
    later = {"role": "later_paper", "dated_on": "01.02.2026", "file": (io.BytesIO(b"later"), "შემდგომ.txt")}
    registrar.post(address, later)
    registrar.post(address, {"role": "signed", "file": (io.BytesIO(b"x"), "x.txt")}, status=422)
    desk.as_("archivist").post(address, {"role": "annex", "file": (io.BytesIO(b"x"), "x.txt")}, status=403)
    papers = rows(desk, DocumentContent)
    assert [p.role for p in papers] == [ContentRole.ANNEX, ContentRole.ORIGINAL, ContentRole.LATER_PAPER]
    assert f"{papers[2].dated_on}" == "2026-02-01"
    wrong = f"/letters/{document_id}/withdraw/{papers[1].content_id}"
    registrar.post(wrong, {"reason": " "}, status=422)
    registrar.post(wrong, {"reason": "სხვა წერილის ასლია"})
    page = registrar.get(f"/letters/{document_id}")
    assert "სხვა წერილის ასლია" in page
    assert desk.document(document_id).waiting_scan
    assert registrar.client.get(f"/letters/{document_id}/contents/{papers[1].content_id}").data == b"scan"


def _sent_reply(desk):
    """A reply of ours to a letter, sent by post; the ids of both, and of the sending."""

    def act(session, office):
        asked = letters.letter(session, office)
        reply = letters.own_letter(session, office, links=((asked.document_id, LinkKind.REPLY_TO),), correspondent_address="ქუჩა 1")  # fmt: skip
        reply.state, reply.final = DocumentState.SIGNED, False
        session.flush()
        sending = dispatch.ask(session, office.registrar.actor(), reply, channel=Channel.POST, correspondent=None, address="ქუჩა 1")  # fmt: skip
        dispatch.sent(session, office.registrar.actor(), sending, proof="RR1")
        return asked.document_id, reply.document_id, sending.dispatch_id

    return desk.do(act)


def test_sending_is_offered_back_for_ten_seconds(desk):
    def act(session, office):
        reply = letters.own_letter(session, office)
        reply.state = DocumentState.SIGNED
        return reply.document_id

    reply = desk.do(act)
    refused = desk.as_("registrar").post(f"/letters/{reply}/send", {"channel": "post", "address": ""}, status=422)
    assert 'href="#f-address"' in refused.get_data(as_text=True)
    answer = desk.as_("registrar").post(f"/letters/{reply}/send", {"channel": "post", "address": "ქუჩა 1"})
    (sending,) = rows(desk, Dispatch)
    assert f"/undo/dispatch/{sending.dispatch_id}" in desk.as_("registrar").get(answer.headers["Location"])
    desk.as_("stranger").post(f"/undo/dispatch/{sending.dispatch_id}", status=404)
    desk.as_("registrar").post(f"/undo/dispatch/{sending.dispatch_id}")
    assert rows(desk, Dispatch)[0].state is DispatchState.TAKEN_BACK


def test_service_is_proved_later_with_its_scan(desk):
    _, reply, sending = _sent_reply(desk)
    today = f"{clock.today('Asia/Tbilisi'):%d.%m.%Y}"
    address = f"/letters/{reply}/served/{sending}"
    desk.as_("registrar").post(address, {"served_on": "", "proof": "RR2"}, status=422)
    desk.as_("archivist").post(address, {"served_on": today}, status=403)
    desk.as_("registrar").post(address, {"served_on": today, "proof": "RR2", "file": (io.BytesIO(b"receipt"), "r.txt")})
    (now,) = rows(desk, Dispatch)
    assert (now.state, now.proof) == (DispatchState.SERVED, "RR2")
    assert now.proof_content_id is not None
    desk.as_("registrar").post(f"/letters/{reply}/came-back/{sending}", {"reason": "ადრესატი გადავიდა"})
    assert rows(desk, Dispatch)[0].state is DispatchState.RETURNED


def test_marking_a_sent_reply_final_proposes_its_letter_for_closing(desk):
    asked, reply, _ = _sent_reply(desk)
    desk.as_("registrar").post(f"/letters/{reply}/final", {"final": "yes", "reason": ""}, status=422)
    desk.as_("registrar").post(f"/letters/{reply}/final", {"final": "yes", "reason": "საბოლოოა"})
    assert desk.document(reply).final is True
    assert rows(desk, EventLine, EventLine.kind == Event.REPLY_MARKED)
    assert len(jobs(desk, "closing")) == 2  # one of the sending, when it was interim
    desk.as_("registrar").post(f"/letters/{asked}/final", {"final": "yes", "reason": "x"}, status=409)


def test_filing_chooses_from_the_years_list(desk):
    def act(session, office):
        line = lines.IndexLine("12-05", {"ka": "გზების შეკეთების მიმოწერა"}, "correspondence")
        plan.enter(session, office.archivist.actor(), office.organisation, line, year=clock.today("Asia/Tbilisi").year)

    desk.do(act)
    document_id = desk.letter()
    assert "გზების შეკეთების მიმოწერა" in desk.as_("registrar").get(f"/letters/{document_id}/file")
    unknown = desk.as_("registrar").post(f"/letters/{document_id}/file", {"case_index": "99-99"}, status=422)
    assert 'href="#f-case_index"' in unknown.get_data(as_text=True)
    desk.as_("registrar").post(f"/letters/{document_id}/file", {"case_index": "12-05"})
    assert desk.document(document_id).state is DocumentState.FILED


def test_control_ends_on_instruction_only(desk):
    document_id, (work,) = desk.given("executor")
    controller, head = desk.as_("controller"), desk.cast.mayor.official_id
    due = f"{clock.today('Asia/Tbilisi') + timedelta(days=4):%d.%m.%Y}"
    controller.post(f"/letters/{document_id}/control", {"due_on": due})
    off = f"/letters/{document_id}/off-control"
    early = controller.post(off, {"instructed_by": head, "reason": "შესრულდა"}, status=409)
    assert "შესრულდა" in early.get_data(as_text=True)
    desk.as_("executor").post(f"/letters/{document_id}/report/{work}", {"text": "შევაკეთეთ"})
    desk.as_("mayor").post(f"/letters/{document_id}/judge/{work}", {"do": "yes"})
    controller.post(off, {"instructed_by": desk.cast.executor.official_id, "reason": "შესრულდა"}, status=422)
    controller.post(off, {"instructed_by": head, "reason": "შესრულდა", "notified": "სატელეფონოდ"})
    (row,) = rows(desk, Control)
    assert (row.instructed_by_id, row.notified) == (head, "სატელეფონოდ")


def test_the_acquaintance_list_says_who_took_note_and_when(desk):
    document_id = desk.letter()
    desk.do(lambda s, o: letters.submitted(s, o, s.get_one(Document, document_id), o.mayor))
    desk.as_("mayor").post(
        f"/letters/{document_id}/resolve",
        {"more": desk.cast.executor.official_id, "informed": desk.cast.lawyer.official_id, "text": "სიტყვები"},
    )
    noted = next(a for a in rows(desk, Assignment) if a.official_id == desk.cast.lawyer.official_id)
    assert desk.as_("mayor").get(f"/letters/{document_id}").count("ზურაბ ხარაიშვილი") >= 2
    desk.ten_seconds_later()
    desk.as_("lawyer").post(f"/letters/{document_id}/acquaint/{noted.assignment_id}")
    assert rows(desk, Assignment, Assignment.assignment_id == noted.assignment_id)[0].state is AssignmentState.DONE


def test_a_lost_code_is_issued_anew_and_the_old_one_dies(desk):
    letter = desk.letter()
    key = desk.house.tracking_key
    number, old = desk.document(letter).number, tracking.code(key, letter, 1)
    nino = desk.as_("registrar")
    assert f"/letters/{letter}/code" in nino.get(f"/letters/{letter}")
    for last in ("", "7", "01001012345", "1-2"):
        html = nino.post(f"/letters/{letter}/code", {"shown": "passport", "last": last}, status=422).text
        assert 'id="f-last-error"' in html
    assert desk.document(letter).tracking_issue == 1
    nino.post(f"/letters/{letter}/code", {"shown": "passport", "last": "2345"})
    assert desk.document(letter).tracking_issue == 2
    new = tracking.code(key, letter, 2)
    for code, status in ((old, 404), (new, 200)):
        assert nino.post("/track", {"n": number, "c": code}, status=status)
    (told,) = rows(desk, EventLine, EventLine.kind == Event.CODE_REISSUED)
    assert told.detail == {"issue": 2, "shown": "passport", "last": "2345"}
    assert "თვალყურის კოდი ხელახლა გაიცა" in nino.get(f"/letters/{letter}/history")


def test_only_a_registrar_issues_a_code_anew_and_only_of_a_letter_from_outside(desk):
    letter, _ = desk.given("executor")
    desk.as_("executor").get(f"/letters/{letter}/code", 403)
    desk.as_("executor").post(f"/letters/{letter}/code", {"shown": "passport", "last": "2345"}, status=403)
    _, reply, _ = _sent_reply(desk)
    desk.as_("registrar").post(f"/letters/{reply}/code", {"shown": "passport", "last": "2345"}, status=409)
    assert {desk.document(each).tracking_issue for each in (letter, reply)} == {1}
