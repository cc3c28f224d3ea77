"""Drafts in the browser: begun, kept, compared, sent to visas in order; Word templates checked; the pile to sign."""

from __future__ import annotations

import io
import re
import shutil

import pypdfium2
import pytest
from docx import Document as WordFile
from sqlalchemy import select

from edms.drafting import drafts, pages, visas
from edms.drafting.models import Draft, DraftKind, DraftSource, DraftState, DraftVersion, Visa, VisaState, WordTemplate
from edms.registry import tracking
from edms.registry.models import Document, DocumentLink
from edms.registry.words import LinkKind
from tests import letters

pytest_plugins = ["tests.web.desk_site"]


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions)))


def _typed(desk, **more):
    return {
        "subject": "გზის შეკეთების შესახებ", "addressee": "ანა კალანდაძე", "signer": desk.cast.mayor.official_id,
        "channel": "post", "language": "ka", "text": "გზა შეკეთდება.", "do": "save", **more,
    }  # fmt: skip


def _draft(desk) -> int:
    document_id, _ = desk.given("executor")
    answer = desk.as_("executor").post(f"/drafts/new?reply_to={document_id}", _typed(desk))
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def test_a_draft_is_its_peoples_and_nobody_elses(desk):
    draft = _draft(desk)
    for name in ("stranger", "foreigner", "registrar", "second_executor"):
        for address in (f"/drafts/{draft}", f"/drafts/{draft}/paper", f"/drafts/{draft}/page/1/preview"):
            desk.as_(name).get(address, 404)
        desk.as_(name).post(f"/drafts/{draft}", _typed(desk, version=1), status=404)
    desk.as_("mayor").get(f"/drafts/{draft}")


@pytest.mark.parametrize("kind", ["letter", "memo", "order"])
def test_letters_memos_and_orders_of_ones_own_begin_from_one_page(desk, kind):
    page = desk.as_("executor").get(f"/drafts/new?kind={kind}")
    assert all(f"kind={other}" in page for other in ("letter", "memo", "order"))
    desk.as_("executor").post(f"/drafts/new?kind={kind}", _typed(desk))
    (draft,) = rows(desk, Draft)
    assert (draft.kind, draft.source) == (DraftKind(kind), DraftSource.TEXT)


def test_a_refused_draft_keeps_its_text_and_a_stale_one_too(desk):
    executor = desk.as_("executor")
    refused = executor.post("/drafts/new", _typed(desk, subject="", text="გრძელი ტექსტი"), status=422)
    assert "გრძელი ტექსტი" in refused.get_data(as_text=True)
    assert 'href="#f-subject"' in refused.get_data(as_text=True)
    draft = _draft(desk)
    stale = executor.post(f"/drafts/{draft}", _typed(desk, version=99, text="სხვა ტექსტი"), status=422)
    assert "სხვა ტექსტი" in stale.get_data(as_text=True)
    empty = executor.post(f"/drafts/{draft}", _typed(desk, version=1, text="", do="send"), status=422)
    assert "<h2" in empty.get_data(as_text=True)


def test_text_kept_while_typing_comes_back_until_it_is_saved(desk):
    draft, executor = _draft(desk), desk.as_("executor")
    executor.post(f"/kept/draft-{draft}", {"text": "დაუსრულებელი აბზაცი", "version": "1"}, status=204)
    assert "დაუსრულებელი აბზაცი" in executor.get(f"/drafts/{draft}")
    assert "დაუსრულებელი" not in desk.as_("mayor").get(f"/drafts/{draft}")
    version = rows(desk, Draft)[0].version
    executor.post(f"/drafts/{draft}", _typed(desk, version=version, text="დასრულებული"))
    assert "დაუსრულებელი" not in executor.get(f"/drafts/{draft}")


def test_visas_go_in_order_and_what_changed_since_is_shown(desk):
    draft, executor = _draft(desk), desk.as_("executor")
    asked = [desk.cast.lawyer.official_id, desk.cast.deputy.official_id]
    executor.post(f"/drafts/{draft}", _typed(desk, version=rows(desk, Draft)[0].version, visas=asked, do="send"))
    desk.print_drafts()
    first, second = rows(desk, Visa)
    assert (first.state, second.state) == (VisaState.ASKED, VisaState.WAITING)
    desk.as_("deputy").post(f"/drafts/{draft}/visas/{first.visa_id}", {"do": "agree", "ordinal": 1}, status=403)
    silent = desk.as_("lawyer").post(f"/drafts/{draft}/visas/{first.visa_id}", {"do": "remark", "ordinal": 1, "remark": ""}, status=422)  # fmt: skip
    assert 'href="#f-remark"' in silent.get_data(as_text=True)
    desk.as_("lawyer").post(
        f"/drafts/{draft}/visas/{first.visa_id}", {"do": "remark", "ordinal": 1, "remark": "ვადა მიუთითეთ"}
    )
    assert "ვადა მიუთითეთ" in executor.get(f"/drafts/{draft}")
    version = rows(desk, Draft)[0].version
    changed = _typed(desk, version=version, text="გზა მაისში შეკეთდება.", visas=[], do="send")
    executor.post(f"/drafts/{draft}", changed)
    desk.print_drafts()
    assert [v.ordinal for v in rows(desk, DraftVersion)] == [1, 2]
    compared = executor.get(f"/drafts/{draft}?compare=1")
    assert "<ins>მაისში" in compared
    executor.get(f"/drafts/{draft}?compare=77")
    assert rows(desk, Draft)[0].state is DraftState.TO_SIGN


def test_our_first_answer_bears_the_code_of_the_letter_for_its_sender_alone(desk):
    """Who wrote by post was handed no slip, and a slip is lost: our answer says how her letter is followed."""
    document_id, _ = desk.given("executor")

    def printed(addressee):
        card = _typed(desk, addressee=addressee, visas=[], do="send")
        answer = desk.as_("executor").post(f"/drafts/new?reply_to={document_id}", card)
        draft = int(answer.headers["Location"].rsplit("/", 1)[1])
        desk.print_drafts()
        paper = desk.as_("mayor").client.get(f"/drafts/{draft}/paper").data
        return pypdfium2.PdfDocument(paper)[0].get_textpage().get_text_bounded()

    def lives(session, office):
        session.get_one(Document, document_id).correspondent_address = "თავისუფლების 3"

    desk.do(lives)
    code = tracking.code(desk.house.tracking_key, document_id, 1)
    assert code in (paper := printed("მოქალაქე ანა კალანდაძეს")) and "kvemo.example/track" in paper
    asked = printed("საჯარო რეესტრის ეროვნულ სააგენტოს")  # in the matter: neither code nor her address is theirs
    assert "კოდი" not in asked and "თავისუფლების 3" in paper and "თავისუფლების 3" not in asked

    def answered(session, office):
        ours = letters.own_letter(session, office)
        session.add(DocumentLink(document_id=ours.document_id, other_id=document_id, kind=LinkKind.REPLY_TO))

    desk.do(answered)
    assert code not in printed("ანა კალანდაძეს")  # the second answer: she has it


def _to_sign(desk, count: int) -> list[int]:
    def act(session, office):
        made = []
        for _ in range(count):
            document = letters.letter(session, office)
            letters.resolved(session, office, document, office.executor)
            card = drafts.DraftCard("პასუხი", office.mayor.official_id, addressee="ანა")
            draft = drafts.begin(session, office.executor.actor(), kind=DraftKind.REPLY, card=card, text="ტექსტი", in_reply_to=document)  # fmt: skip
            pages.make(session, office.executor.actor(), draft, store=desk.house.store)
            session.flush()
            visas.ask(session, office.executor.actor(), draft, [], version=draft.version)
            made.append(draft.draft_id)
        return made

    return desk.do(act)


def test_the_pile_asks_the_password_once_and_refuses_with_a_reason_at_its_field(desk):
    one, other = _to_sign(desk, 2)
    mayor = desk.as_("mayor")
    mayor.get("/sign/", 303)
    mayor.post("/account/step-up", {"password": "a long reading room sentence"})
    page = mayor.get("/sign/")
    assert page.count('name="marked"') == 2
    assert page.count(" checked") >= 2
    silent = mayor.post(f"/sign/{one}/refuse", {f"reason-{one}": ""}, status=422)
    assert f'href="#f-reason-{one}"' in silent.get_data(as_text=True)
    mayor.post(f"/sign/{one}/refuse", {f"reason-{one}": "არასწორი თარიღი"})
    assert rows(desk, Draft, Draft.draft_id == one)[0].refusal == "არასწორი თარიღი"
    nothing = mayor.post("/sign/", {"pin": "1234"}, status=422)
    assert 'href="#f-marked"' in nothing.get_data(as_text=True)
    shown = dict(re.findall(r'name="(shown-\d+)" value="([0-9a-f]+)"', page))
    wrong = {**shown, f"shown-{other}": "00" * 32, "marked": [other], "pin": "1234"}
    assert rows(desk, Draft, Draft.draft_id == other)[0].state is DraftState.TO_SIGN
    told = mayor.post("/sign/", wrong, status=422).get_data(as_text=True)
    assert 'role="status"' in told or 'role="alert"' in told
    assert rows(desk, Draft, Draft.draft_id == other)[0].state is DraftState.TO_SIGN
    desk.as_("deputy").post("/account/step-up", {"password": "a long reading room sentence"})
    assert 'name="marked"' not in desk.as_("deputy").get("/sign/")
    assert "პასუხი" not in desk.as_("deputy").get(f"/sign/?done={other}")


def _word(*lines: str) -> bytes:
    file = WordFile()
    for line in lines:
        file.add_paragraph(line)
    made = io.BytesIO()
    file.save(made)
    return made.getvalue()


def test_templates_are_checked_when_they_come_and_brought_by_those_who_may(desk):
    registrar, good = desk.as_("registrar"), _word("{{ subject }}", "{{ text }}")
    sent = {"name": "წერილი", "kind": "letter", "language": "ka"}
    desk.as_("executor").post("/templates/", {**sent, "file": (io.BytesIO(good), "t.docx")}, status=403)
    for bytes_ in (b"no word file", _word("{{ text }}", "{{ secret }}"), _word("{{ subject }}"), _word("{{ text }")):
        refused = registrar.post("/templates/", {**sent, "file": (io.BytesIO(bytes_), "t.docx")}, status=422)
        assert 'href="#f-file"' in refused.get_data(as_text=True)
    nameless = registrar.post("/templates/", {**sent, "name": "", "file": (io.BytesIO(good), "t.docx")}, status=422)
    assert 'href="#f-name"' in nameless.get_data(as_text=True)
    assert rows(desk, WordTemplate) == []
    registrar.post("/templates/", {**sent, "file": (io.BytesIO(good), "t.docx")})
    (template,) = rows(desk, WordTemplate)
    desk.as_("foreigner").get(f"/templates/{template.word_template_id}/file", 404)
    desk.as_("foreigner").post(f"/templates/{template.word_template_id}/withdraw", status=404)
    desk.as_("executor").post(f"/templates/{template.word_template_id}/withdraw", status=403)
    if shutil.which("soffice"):
        assert "წერილი" in desk.as_("executor").get("/drafts/new")
    registrar.post(f"/templates/{template.word_template_id}/withdraw")
    assert template.word_template_id and f'value="{template.word_template_id}">წერილი' not in desk.as_("executor").get(
        "/drafts/new"
    )


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_a_draft_of_a_template_becomes_a_page(desk):
    sent = {"name": "წერილი", "kind": "letter", "language": "ka"}
    file = (io.BytesIO(_word("{{ office }}", "{{ text }}", "{{ signatory }}")), "t.docx")
    desk.as_("administrator").post("/templates/", {**sent, "file": file})
    (template,) = rows(desk, WordTemplate)
    executor = desk.as_("executor")
    executor.post(
        "/drafts/new", _typed(desk, template=template.word_template_id, text="პირველი\n\nმეორე <b>", do="show")
    )
    (draft,) = rows(desk, Draft)
    assert draft.source is DraftSource.WORD
    assert executor.client.get(f"/drafts/{draft.draft_id}/paper").data.startswith(b"%PDF")
    (version,) = rows(desk, DraftVersion)
    assert version.word_content_id is not None
