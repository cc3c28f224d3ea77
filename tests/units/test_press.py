"""The press prints in a child: this process stays free of its library and of what goes wrong in it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from edms.drafting.paper import press
from edms.errors import Unavailable
from edms.sandbox.limits import Limits
from edms.sandbox.nursery import NURSERY
from tests.units import hostile_files as files
from tests.units.test_capture_hostile import looked, reason_of

PRINTED = """
import sys
from edms.drafting.paper import press
assert press._typeset(["<p id=place-here>ქართული</p>"])[0].places["here"].page == 0
assert "weasyprint" not in sys.modules
"""


def test_what_prints_is_not_loaded_where_pages_are_served() -> None:
    subprocess.run([sys.executable, "-c", PRINTED], check=True, timeout=120)


SHARED = """
import os, sys
from edms.drafting.paper import press
from edms.sandbox.nursery import NURSERY
NURSERY.share()
first = NURSERY._process
def forked():
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    press._typeset(["<p>ქართული</p>"])
    os._exit(0 if NURSERY._process is first else 9)
assert [forked(), forked()] == [0, 0]
press._typeset(["<p>ქართული</p>"])
assert first.poll() is None and NURSERY._process is first
first.kill()
first.wait()
assert forked() == 9  # it went on with one of its own
"""


def test_forked_processes_of_a_server_share_one_press_and_outlive_it() -> None:
    subprocess.run([sys.executable, "-c", SHARED], check=True, timeout=120)


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


def test_a_scan_cut_in_half_is_damaged_also_where_something_was_printed() -> None:
    """Readers and press are forked from one process, and the printing library loosens what pictures are for it."""
    press._typeset(["<p>ქართული</p>"])
    assert reason_of(*looked(files.picture((900, 700), "JPEG")[:500])) == "capture.page_damaged"
