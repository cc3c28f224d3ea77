"""Case files, the nomenclature, control, registers, notices: their pages, their tables, and who meets a closed door."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pypdfium2
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from edms import clock
from edms.filing import case_files, lines, plan
from edms.filing.models import CaseFile, CaseFileState, CaseIndex
from edms.notices.notices import tell
from edms.registry.models import Document
from edms.registry.words import Grade
from edms.routing import control
from edms.routing.models import Control
from edms.web.desk import prints
from tests import letters

pytest_plugins = ["tests.web.desk_site"]

YEAR = clock.today("Asia/Tbilisi").year


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions)))


def _case(desk, *, secret: bool = False) -> int:
    """A volume of 12-05 with one open letter, and perhaps a personal one; its id."""

    def act(session, office):
        line = lines.IndexLine("12-05", {"ka": "გზების შეკეთების მიმოწერა"}, "correspondence")
        plan.enter(session, office.archivist.actor(), office.organisation, line, year=YEAR)
        entry = case_files.file_document(session, office.registrar.actor(), letters.letter(session, office, case_index="12-05"))  # fmt: skip
        if secret:
            hidden = letters.letter(session, office, case_index="12-05", summary="საიდუმლო საქმე")
            case_files.file_document(session, office.registrar.actor(), hidden)
            hidden.grade, hidden.readers = Grade.PERSONAL, [f"official:{office.mayor.official_id}"]
        return entry.case_file_id

    return int(desk.do(act))


def test_every_place_answers_those_who_work_there_and_nobody_else(desk):
    case_file = _case(desk)
    open_to_all = ["/cases/", f"/cases/{case_file}", f"/cases/{case_file}/inventory.pdf", "/cases/plan/table.csv", "/notices/", "/phrases", "/people/options?q=გო", "/desk/", "/registers/"]  # fmt: skip
    for address in open_to_all:
        assert desk.as_("executor").client.get(address).status_code == 200, address
    for address in ("/cases/plan/table", "/cases/plan/new", "/templates/", "/control/"):
        desk.as_("executor").get(address, 403)
    for address in ("/cases/plan/table", "/cases/plan/new"):
        desk.as_("archivist").get(address)
    desk.as_("controller").get("/control/")
    desk.as_("registrar").get("/templates/")
    desk.as_("administrator").get("/templates/")
    visitor = desk.app.test_client()
    for address in (*open_to_all, "/control/", "/templates/", "/sign/"):
        assert visitor.get(address).status_code == 303, address


def test_another_organisations_cases_are_not_there(desk):
    case_file = _case(desk)
    foreigner = desk.as_("foreigner")
    assert "გზების შეკეთების" not in foreigner.get("/cases/")
    for address in (f"/cases/{case_file}", f"/cases/{case_file}/inventory.pdf"):
        foreigner.get(address, 404)
    foreigner.post(f"/cases/{case_file}/close", status=404)
    index = rows(desk, CaseIndex)[0].case_index_id
    foreigner.get(f"/cases/plan/{index}", 403)
    assert "გზების" not in foreigner.client.get("/cases/plan/table.csv").get_data(as_text=True)


def test_a_volume_shows_only_what_its_reader_may_see_and_until_when_it_is_kept(desk):
    case_file = _case(desk, secret=True)
    page = desk.as_("registrar").get(f"/cases/{case_file}")
    assert "გზის შეკეთების თხოვნა" in page
    assert "საიდუმლო" not in page
    assert "საიდუმლო" in desk.as_("mayor").get(f"/cases/{case_file}")
    assert "D414" in page or "მუხლი" in page or "ნუსხა" in page


def test_a_volume_is_closed_by_the_archivist_only_and_once(desk):
    case_file = _case(desk)
    desk.as_("registrar").post(f"/cases/{case_file}/close", status=403)
    desk.as_("archivist").post(f"/cases/{case_file}/close")
    assert rows(desk, CaseFile)[0].state is CaseFileState.CLOSED
    desk.as_("archivist").post(f"/cases/{case_file}/close", status=409)
    assert f"{clock.today('Asia/Tbilisi').year + 5}" in desk.as_("archivist").get(f"/cases/{case_file}")


def test_the_nomenclature_is_edited_line_by_line(desk):
    archivist = desk.as_("archivist")
    given = {
        "index": "07-01",
        "title_ka": "სოციალური დახმარების განცხადებები",
        "retention_class": "applications",
        "year": YEAR,
    }
    desk.as_("registrar").post("/cases/plan/new", given, status=403)
    vague = archivist.post("/cases/plan/new", {**given, "title_ka": "სხვადასხვა"}, status=422).get_data(as_text=True)
    assert 'href="#f-title_ka"' in vague
    assert 'value="სხვადასხვა"' in vague
    archivist.post("/cases/plan/new", given)
    taken = archivist.post("/cases/plan/new", given, status=422).get_data(as_text=True)
    assert 'href="#f-index"' in taken
    (line,) = rows(desk, CaseIndex)
    address = f"/cases/plan/{line.case_index_id}"
    archivist.post(address, {**given, "title_ka": "სოციალური დახმარება", "version": line.version, "carry_over": "yes"})
    (line,) = rows(desk, CaseIndex)
    assert line.carry_over
    archivist.post(address, {**given, "version": line.version - 1}, status=422)  # somebody was here first
    archivist.post("/cases/plan/carry", {"year": YEAR})
    assert {each.year for each in rows(desk, CaseIndex)} == {YEAR, YEAR + 1}
    archivist.post(address, {**given, "version": line.version, "do": "withdraw"})
    assert rows(desk, CaseIndex, CaseIndex.year == YEAR)[0].withdrawn_at is not None


def _book(table: list[list[str]]) -> bytes:
    book = Workbook()
    for row in table:
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def test_a_table_is_shown_before_it_is_loaded_and_taken_whole_or_not_at_all(desk):
    archivist, address = desk.as_("archivist"), "/cases/plan/table"
    head = ["საქმის ინდექსი", "სათაური ქართულად", "შენახვის კატეგორია", "გარდამავალი საქმე"]
    good = ["12-05", "გზების შეკეთების მიმოწერა", "correspondence", ""]
    bad = ["12-06", "სხვადასხვა", "ასეთი არ არის", ""]
    shown = archivist.post(
        address, {"year": YEAR, "table": (io.BytesIO(_book([head, good, bad])), "list.xlsx")}, status=200
    )
    page = shown.get_data(as_text=True)
    assert 'name="do" value="load"' not in page
    assert rows(desk, CaseIndex) == []
    text = ";".join(head) + "\r\n" + ";".join(good) + "\r\n"
    shown = archivist.post(
        address, {"year": YEAR, "table": (io.BytesIO(text.encode("utf-8-sig")), "list.csv")}, status=200
    )
    kept = re.search(r'<textarea name="rows" hidden>\s*([^<]+)</textarea>', shown.get_data(as_text=True))[1]
    rows_ = kept.replace("&#34;", '"')
    assert rows(desk, CaseIndex) == []
    desk.as_("registrar").post(address, {"year": YEAR, "rows": rows_, "do": "load"}, status=403)
    archivist.post(address, {"year": YEAR, "rows": rows_, "do": "load"})
    assert [(line.index, line.retention_class) for line in rows(desk, CaseIndex)] == [("12-05", "correspondence")]
    again = archivist.client.get(f"/cases/plan/table.csv?year={YEAR}").data
    assert again.startswith("\ufeff".encode())
    read = list(csv.reader(io.StringIO(again.decode("utf-8-sig")), delimiter=";"))
    changed = "\r\n".join(
        ";".join(["12-05", "გზების მოვლა", *read[1][2:]] if n else line) for n, line in enumerate(read)
    )
    diff = archivist.post(address, {"year": YEAR, "table": (io.BytesIO(changed.encode()), "list.csv")}, status=200)
    assert "<del>გზების შეკეთების მიმოწერა</del>" in diff.get_data(as_text=True)


def test_what_is_no_table_is_refused_at_its_field(desk):
    archivist = desk.as_("archivist")
    for bytes_ in (b"", b"PK\x03\x04 this is no workbook", b"index\n", b"\x00\xff" * 50):
        sent = {"year": YEAR, "table": (io.BytesIO(bytes_), "x.xlsx")}
        assert 'href="#f-table"' in archivist.post("/cases/plan/table", sent, status=422).get_data(as_text=True)
    for rows_ in ("not json", "[1, 2]", "{}"):
        archivist.post("/cases/plan/table", {"year": YEAR, "rows": rows_, "do": "load"}, status=422)


def test_control_names_what_was_answered_first_and_filters_by_term_unit_and_person(desk):
    def act(session, office):
        made = []
        for days, who in ((2, office.executor), (40, office.second_executor), (1, office.executor)):
            document = letters.letter(session, office, case_index="12-05")
            letters.resolved(session, office, document, who)
            due = clock.today("Asia/Tbilisi") + timedelta(days=days)
            control.put(session, office.controller.actor(), document, due_on=due)
            made.append(document.number)
        control_ = session.scalars(select(Control).order_by(Control.control_id.desc())).first()
        control_.closing_proposed_at = clock.now()
        hidden = letters.letter(session, office, summary="საიდუმლო")
        control.put(session, office.registrar.actor().system(), hidden, due_on=clock.today("Asia/Tbilisi"))
        hidden.grade, hidden.readers = Grade.PERSONAL, [f"official:{office.mayor.official_id}"]
        return made

    soon, late, answered = desk.do(act)
    controller = desk.as_("controller")
    page = controller.get("/control/")
    assert page.index("/control/proposed/") < page.index(soon) < page.index(late)
    proposed = controller.get("/control/proposed/")
    assert answered in proposed and answered not in page and soon not in proposed
    assert "საიდუმლო" not in page
    near = controller.get("/control/?term=five_days")
    assert soon in near
    assert late not in near
    hers = controller.get(f"/control/?person={desk.cast.second_executor.official_id}")
    assert late in hers
    assert soon not in hers
    assert soon not in controller.get(f"/control/?unit={desk.cast.social.unit_id}")
    controller.get("/control/?term=nonsense&after=x&unit=y&person=z")
    desk.as_("foreigner").get("/control/", 403)


def test_a_register_is_filtered_paged_printed_and_exported_within_its_readers_scope(desk):
    def act(session, office):
        made = [letters.letter(session, office, summary=f"წერილი {n}", case_index="12-05") for n in range(55)]
        made[3].summary = '=HYPERLINK("http://x")'
        made[4].unit_id = office.social.unit_id
        secret = letters.letter(session, office, summary="საიდუმლო")
        secret.grade, secret.readers = Grade.PERSONAL, [f"official:{office.mayor.official_id}"]
        return made[4].number

    of_unit = desk.do(act)
    book = desk.cast.incoming.register_id
    registrar = desk.as_("registrar")
    first = registrar.get(f"/registers/{book}")
    older = re.search(rf'href="(/registers/{book}\?before=[^"]+)"', first)[1].replace("&amp;", "&")
    assert "წერილი 0<" in registrar.get(older)
    assert "საიდუმლო" not in first
    unit = registrar.get(f"/registers/{book}?unit={desk.cast.social.unit_id}&year={YEAR}")
    assert of_unit in unit
    assert "წერილი 54" not in unit
    assert 'id="line-' not in registrar.get(f"/registers/{book}?year={YEAR - 1}")
    registrar.get(f"/registers/{book}?year=99999&state=x&unit=x&before=x.y")
    answer = registrar.client.get(f"/registers/{book}/register.xlsx")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    table = list(sheet.iter_rows(values_only=True))
    assert len(table) == 56
    flat = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in flat)
    assert '\'=HYPERLINK("http://x")' in [cell.value for cell in flat]
    assert "საიდუმლო" not in [cell.value for cell in flat]
    stranger = load_workbook(
        io.BytesIO(desk.as_("stranger").client.get(f"/registers/{book}/register.xlsx").data)
    ).active
    seen = [row[0] for row in stranger.iter_rows(min_row=2, values_only=True)]
    assert set(seen) <= {of_unit}
    assert registrar.client.get(f"/registers/{book}/extract.pdf?unit={desk.cast.social.unit_id}").data.startswith(
        b"%PDF"
    )
    for address in (f"/registers/{book}/register.xlsx", f"/registers/{book}/extract.pdf", f"/registers/{book}"):
        desk.as_("foreigner").get(address, 404)


def test_an_extract_longer_than_its_paper_says_so_before_and_on_it(desk, monkeypatch):
    monkeypatch.setattr(prints, "MOST_PRINTED", 2)
    for _ in range(3):
        desk.letter()
    book, registrar = desk.cast.incoming.register_id, desk.as_("registrar")
    asked = registrar.get(f"/registers/{book}/extract.pdf?state=registered")
    assert "სიაში 3 წერილია" in asked and f"/registers/{book}/extract.pdf?state=registered&amp;cut=1" in asked
    assert f"/registers/{book}/register.xlsx?state=registered" in asked
    paper = pypdfium2.PdfDocument(registrar.client.get(f"/registers/{book}/extract.pdf?cut=1").data)
    assert "უახლესი 2, სულ 3" in paper[0].get_textpage().get_text_bounded()
    assert registrar.client.get(f"/registers/{book}/extract.pdf?state=filed").data.startswith(b"%PDF")
    desk.as_("foreigner").get(f"/registers/{book}/extract.pdf?cut=1", 404)


def test_notices_are_ones_own_marked_until_seen_and_paged(desk):
    def act(session, office):
        document = letters.letter(session, office)
        for n in range(60):
            notices_tell(session, office.executor.official_id, document, n)
        return document.number

    desk.do(act)
    executor = desk.as_("executor")
    assert re.search(r'<span class="count">60</span>', executor.get("/desk/"))
    first = executor.get("/notices/")
    older = re.search(r'href="(/notices/\?before=[^"]+)"', first)[1]
    assert executor.get(older.replace("&amp;", "&")).count("<li") >= 10
    assert "60</span>" not in executor.get("/desk/")
    assert desk.as_("second_executor").get("/notices/").count("/letters/") == 0
    executor.get("/notices/?before=nonsense")


def notices_tell(session, official_id: int, document: Document, n: int) -> None:
    tell(
        session, official_id, document.document_id, "notices.document_submitted", {"number": document.number}, f"t:{n}"
    )


def test_the_control_card_is_for_those_who_read_the_letter(desk):
    document_id, _ = desk.given("executor")
    assert desk.as_("mayor").client.get(f"/letters/{document_id}/control-card").data.startswith(b"%PDF")
    desk.as_("stranger").get(f"/letters/{document_id}/control-card", 404)
