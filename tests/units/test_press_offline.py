"""Papers are printed with no line to anywhere: nothing they name is fetched, neither from the net nor from a file."""

from __future__ import annotations

import socket
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from edms.drafting.paper.typesetting import typeset


def test_a_paper_needs_no_line_and_fetches_nothing_that_it_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[object] = []

    def no_line(*address: object, **_: object) -> None:
        asked.append(address)
        raise OSError("the line is down")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, no_line, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", no_line)
    ours = tmp_path / "ours.png"
    Image.new("RGB", (40, 40), "red").save(ours)
    pdf, pages, _ = typeset(
        f'<link rel="stylesheet" href="http://far.example/a.css"><img src="http://far.example/a.png"><img src="{ours.as_uri()}">'
        '<style>@import "https://far.example/b.css"; @font-face { font-family: f; src: url(http://far.example/f) }</style>'
        "<p>ქართული հայերեն</p>"
    )
    assert (pages, asked) == (1, [])
    paper = pypdfium2.PdfDocument(pdf)
    assert "ქართული" in paper[0].get_textpage().get_text_bounded()
    assert [each for each in paper[0].get_objects() if each.type == 3] == []  # no picture was drawn
    paper.close()
