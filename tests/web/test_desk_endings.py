"""Ending an arrival at the desk: wrong fields at their places, the page of what ended, its papers, the applicant told."""

from __future__ import annotations

from io import BytesIO

import pypdfium2

from edms import clock
from edms.registry import arrivals
from edms.registry.models import Arrival
from edms.registry.words import ArrivalState, Channel, Tray

pytest_plugins = ["tests.web.desk_site"]
SENDER = {"sender_name": "ანა კალანდაძე", "sender_address": "გორი, სტალინის 1"}
GIVEN = {
    "not_for_registration": {"item": "advertising", "reason": "ბანკის ბუკლეტი"},
    "returned": {**SENDER, "reason": "სხვის სახელზეა", "sent_by": "post"},
    "forwarded": {**SENDER, "reason": "სხვა ორგანოს კომპეტენციაა", "body": "სოციალური მომსახურების სააგენტო"},
    "defective": {"faults": ["torn", "missing_sheets"], "members": "გია გელაშვილი, დაცვა\nლია ნოზაძე, ფოსტა"},
}
PAPERS = {
    "not_for_registration": ("mark",), "returned": ("return",), "forwarded": ("forwarding", "notice"),
    "defective": ("act",),
}  # fmt: skip


def waits(desk) -> int:
    def act(session, office):
        return arrivals.take_in(
            session, office.registrar.actor(), organisation_id=office.organisation.organisation_id, tray=Tray.COUNTER,
            channel=Channel.POST, content=None,
        ).arrival_id  # fmt: skip

    return int(desk.do(act))


def texts(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(BytesIO(pdf))]


def test_each_end_by_its_form_and_its_page_with_its_papers(desk):
    nino = desk.as_("registrar")
    for state, given in GIVEN.items():
        arrival = waits(desk)
        address = f"/arrivals/{arrival}/end/{state}"
        assert f'href="{address}"' in nino.get(f"/arrivals/{arrival}")
        for name in given:
            assert f'name="{name}"' in nino.get(address), (state, name)
        wrong = nino.post(address, {}, status=422).text
        for name in set(given) - ({"reason"} if state == "not_for_registration" else set()):
            assert f'id="f-{name}-error"' in wrong, (state, name)
        nino.post(address, given)
        html = nino.get(f"/arrivals/{arrival}")
        assert 'id="card"' not in html and "ნინო ბერიძე" in html
        for said in (given.get("reason"), given.get("body"), given.get("sender_name")):
            assert said is None or said in html
        for paper in PAPERS[state]:
            assert f"/arrivals/{arrival}/papers/{paper}" in html
            pdf = nino.client.get(f"/arrivals/{arrival}/papers/{paper}")
            assert pdf.status_code == 200 and pdf.mimetype == "application/pdf"
            pages = texts(pdf.data)
            assert len(pages) == (3 if paper == "act" else 1)
            if paper == "act":
                assert all("გია გელაშვილი" in page and f"ეგზემპლარი {n}" in page for n, page in enumerate(pages, 1))
        nino.get(f"/arrivals/{arrival}/papers/{'act' if state != 'defective' else 'notice'}", status=404)


def test_a_matter_of_a_court_goes_back_with_a_letter_that_says_where_to_turn(desk):
    nino, arrival = desk.as_("registrar"), waits(desk)
    nino.post(f"/arrivals/{arrival}/end/returned", {**GIVEN["returned"], "court": "yes"})
    assert "დაბრუნების ბოლო დღე" in nino.get(f"/arrivals/{arrival}")
    assert "მიმართოთ სასამართლოს" in " ".join(
        " ".join(texts(nino.client.get(f"/arrivals/{arrival}/papers/return").data)).split()
    )


def test_the_applicant_of_a_forwarded_letter_is_on_the_desk_until_marked(desk):
    nino, arrival = desk.as_("registrar"), waits(desk)
    nino.post(f"/arrivals/{arrival}/end/forwarded", GIVEN["forwarded"])
    assert 'id="to-tell"' in nino.get("/desk/") and "ანა კალანდაძე" in nino.get("/desk/")
    assert f'action="/arrivals/{arrival}/told"' in nino.get(f"/arrivals/{arrival}")
    auditor = desk.as_("auditor").get(f"/arrivals/{arrival}")
    assert "სოციალური მომსახურების სააგენტო" in auditor and "/told" not in auditor
    wrong = nino.post(f"/arrivals/{arrival}/told", {"on": "01.01.2020", "by": "post"}, status=422).text
    assert 'id="f-on-error"' in wrong
    nino.post(f"/arrivals/{arrival}/told", {"on": "t", "by": "post"})
    assert 'id="to-tell"' not in nino.get("/desk/")
    assert "/told" not in nino.get(f"/arrivals/{arrival}")
    nino.post(f"/arrivals/{arrival}/told", {"on": "t", "by": "post"}, status=409)


def test_paper_that_is_never_scanned_ends_in_one_act_and_stands_in_the_day(desk):
    nino, address = desk.as_("registrar"), "/arrivals/new/end/defective"
    assert f'href="{address}"' in nino.get("/arrivals/new") and 'name="channel"' in nino.get(address)
    wrong = nino.post(address, {"channel": "post", "source": "ამანათი"}, status=422).text
    assert 'id="f-faults-error"' in wrong and 'value="ამანათი"' in wrong
    day = f"/house/reconciliation/{clock.today('Asia/Tbilisi').isoformat()}"
    assert "ამანათი" not in nino.get(day)
    answer = nino.post(address, {"channel": "courier", "source": "ამანათი", **GIVEN["defective"]})
    html = nino.get(answer.headers["Location"])
    assert "ამანათი" in html and "papers/act" in html and "ამანათი" in nino.get(day)
    desk.as_("executor").get(address, status=403)
    desk.as_("executor").post(address, {"channel": "post", **GIVEN["defective"]}, status=403)


def test_a_stranger_sees_neither_the_end_nor_its_papers(desk):
    nino, arrival = desk.as_("registrar"), waits(desk)
    nino.post(f"/arrivals/{arrival}/end/forwarded", GIVEN["forwarded"])
    for name, status in (("executor", 403), ("foreigner", 404)):
        who = desk.as_(name)
        who.get(f"/arrivals/{arrival}", status=status)
        who.get(f"/arrivals/{arrival}/papers/notice", status=status)
        who.post(f"/arrivals/{arrival}/told", {"on": "t", "by": "post"}, status=status)
        assert 'id="to-tell"' not in who.get("/desk/")
    with desk.house.transaction() as session:
        assert session.get_one(Arrival, arrival).state is ArrivalState.FORWARDED


def test_a_program_ends_tells_and_fetches_the_papers(api):
    registrar = api.program("registrar")
    made = registrar.upload(b"x", "x.txt").get_json()
    address = f"/arrivals/{made['arrival_id']}"
    refused = registrar.call("POST", f"{address}/end", {"state": "forwarded"}, If_Match="*")
    assert refused.status_code == 422
    body = {"state": "forwarded", **GIVEN["forwarded"]}
    ended = registrar.change(made, f"{address}/end", body)
    assert ended["end"]["papers"] == ["forwarding", "notice"]
    assert ended["end"]["filed_on"] == clock.today("Asia/Tbilisi").isoformat()
    assert [row["arrival_id"] for row in registrar.get("/desk")["to_tell"]] == [made["arrival_id"]]
    for who, status in (("auditor", 200), ("executor", 403), ("foreigner", 404)):
        assert api.program(who).call("GET", f"{address}/end/paper?paper=notice").status_code == status
    paper = registrar.make("/paper-arrivals", {"source": "ამანათი"})
    assert (paper["state"], paper["tray"], paper["content"]) == ("waiting", "counter", None)
    told = registrar.change(ended, f"{address}/told", {"on": ended["end"]["filed_on"], "by": "post"})
    assert told["end"]["told_by"] == "post" and registrar.get("/desk")["to_tell"] == []
