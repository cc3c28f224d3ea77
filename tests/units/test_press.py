"""The press prints in a child: this process stays free of its library and of what goes wrong in it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from edms.drafting.paper import press
from edms.errors import Unavailable
from edms.sandbox.limits import Limits
from edms.sandbox.nursery import NURSERY

PRINTED = """
import sys
from edms.drafting.paper import press
assert press._typeset(["<p id=place-here>ქართული</p>"])[0].places["here"].page == 0
assert "weasyprint" not in sys.modules
"""


def test_what_prints_is_not_loaded_where_pages_are_served() -> None:
    subprocess.run([sys.executable, "-c", PRINTED], check=True, timeout=120)


def test_a_paper_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press, "_LIMITS", Limits(wall_seconds=0.0))
    with pytest.raises(Unavailable, match=r"paper\.not_printed"):
        press._typeset(["<p>ქართული</p>"])


def test_where_no_child_can_be_had_papers_are_printed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_asked: object) -> None:
        raise OSError

    monkeypatch.setattr(NURSERY, "child", none)
    [printed] = press._typeset(["<p id=place-here>ქართული</p>"])
    assert printed.pdf.startswith(b"%PDF") and printed.pages == 1 and printed.places["here"].page == 0
