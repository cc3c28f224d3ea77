"""The documents speak of what is there: every path, link and test that they name exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])
OURS = re.compile(r"(?:edms|workers|tests|benchmarks|docs|assets|deploy|checker|\.ci)/[\w./-]*")
TEST = re.compile(r"(?P<file>tests/[\w/.]+\.py)?(?:…)?::(?P<name>test_\w+)")


def _wrong(page: Path) -> Iterator[str]:
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in link and not (page.parent / link).exists():
            yield f"no page {link}"
    for said in re.findall(r"`([^`\n]+)`", text):
        if OURS.fullmatch(said) and not (ROOT / said).exists():
            yield f"no {said}"
        if (named := TEST.match(said)) and not _is_test(named["file"], named["name"]):
            yield f"no test {said}"


def _is_test(file: str | None, begins: str) -> bool:
    places = [ROOT / file] if file else ROOT.glob("tests/**/test_*.py")
    return any(place.is_file() and f"def {begins}" in place.read_text() for place in places)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_document_names_is_there(page: Path) -> None:
    assert list(_wrong(page)) == []
