"""At the end of a poor line: what territorial representatives open weighs under 100 kB the first time, all of it; nothing typed is lost."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from edms.registry.models import Document
from edms.staff.models import KeptForm
from tests.letters import submitted

if TYPE_CHECKING:
    from tests.web.desk_site import DeskSite

pytest_plugins = ["tests.web.desk_site"]

MOST = 100_000  # bytes on the line: page, styles, script, icons and the fonts of its script, as they are sent
FONTS = {"ka": ("latin", "georgian"), "hy": ("latin", "armenian"), "en": ("latin",)}
ASSET = re.compile(r'(?:href|src)="(/static/[^"#]+)')
PACKED = {"Accept-Encoding": "gzip"}


def weight(client, address: str, language: str) -> int:
    page = client.get(address, headers=PACKED)
    assert page.status_code == 200 and page.headers["Content-Encoding"] == "gzip"
    html = gzip.decompress(page.data).decode()
    assets = {found.replace("&amp;", "&") for found in ASSET.findall(html)} - {
        a for a in ASSET.findall(html) if "seal.svg" in a
    }
    addresses = [*assets, *(f"/static/fonts/noto-sans-{name}.woff2" for name in FONTS[language])]
    assert len(assets) == 3  # styles, script, icons
    return len(page.data) + sum(len(client.get(each, headers=PACKED).data) for each in addresses)


def test_desk_letter_resolution_and_tracking_weigh_under_100_kb_the_first_time(desk: DeskSite) -> None:
    for _ in range(8):
        desk.given("executor", "lawyer", summary="გზის შეკეთების თხოვნა სოფელ ზემო ქვემოში, რუსთაველის ქუჩა 14")
    document_id, _ = desk.given("executor", "lawyer")
    lying = desk.letter(summary="სახურავის შეკეთების თხოვნა")
    desk.do(lambda s, o: _submit(s, o, lying))
    executor, mayor, citizen = desk.as_("executor").client, desk.as_("mayor").client, desk.app.test_client()
    weights = {
        (address, language): weight(client, f"{address}?lang={language}", language)
        for language in FONTS
        for client, address in (
            (executor, "/desk/"), (executor, f"/letters/{document_id}"), (mayor, f"/letters/{lying}/resolve"),
            (citizen, "/track"),
        )
    }  # fmt: skip
    assert max(weights.values()) < MOST, weights


def _submit(session, office, document_id: int) -> None:
    submitted(session, office, session.get_one(Document, document_id), office.mayor)


def test_what_is_packed_is_what_is_sent_plain_and_programs_and_pieces_stay_as_they_are(desk: DeskSite) -> None:
    client = desk.app.test_client()
    plain = client.get("/static/app.css")
    packed = client.get("/static/app.css", headers=PACKED)
    assert gzip.decompress(packed.data) == plain.data and len(packed.data) < len(plain.data) / 3
    assert packed.headers["ETag"].startswith("W/") and "Accept-Encoding" in packed.headers["Vary"]
    again = client.get("/static/app.css", headers={**PACKED, "If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    part = client.get("/static/app.css", headers={**PACKED, "Range": "bytes=0-99"})
    assert (part.status_code, part.data) == (206, plain.data[:100])
    assert client.head("/track", headers=PACKED).status_code == 200
    assert "Content-Encoding" not in client.get("/api/v1/openapi.json", headers=PACKED).headers
    assert "Content-Encoding" not in client.get("/static/fonts/noto-sans-latin.woff2", headers=PACKED).headers
    assert "max-age" in client.get("/static/fonts/noto-sans-latin.woff2").headers["Cache-Control"]
    lengths = {len(client.get("/verify", headers=PACKED).data) for _ in range(20)}
    assert len(lengths) > 5  # noise: the length of a page tells no secret


def test_what_was_typed_into_a_report_before_the_line_broke_is_there_again_for_her_alone(desk: DeskSite) -> None:
    document_id, (work, _) = desk.given("executor", "lawyer")
    executor, address = desk.as_("executor"), f"/letters/{document_id}/report/{work}"
    kept_at = f"/kept/report-{work}"
    assert f'data-address="{kept_at}"' in executor.get(address)
    executor.post(kept_at, {"text": "გზა დავათვალიერე და"}, status=204)
    executor.post("/account/sign-out")
    desk.readers.pop("executor")
    assert "გზა დავათვალიერე და" in desk.as_("executor").get(address)
    assert "გზა დავათვალიერე" not in desk.as_("lawyer").get(f"/letters/{document_id}")
    desk.as_("executor").post(address, {"text": "გზა დავათვალიერე და შევაკეთე."})
    with desk.house.transaction() as session:
        assert session.scalars(select(KeptForm)).all() == []  # sent: nothing is kept any more
