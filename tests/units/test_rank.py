"""Who goes first where all processors are busy."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edms import rank

OWN = Path("/proc/self/autogroup")
LEADS = "from edms import rank; rank.session_behind(7); print(open('/proc/self/autogroup').read().split()[-1])"


@pytest.mark.skipif(not OWN.exists() or not OWN.read_text().strip(), reason="this kernel shares between no sessions")
@pytest.mark.parametrize("leads", [True, False])
def test_a_session_steps_back_by_the_one_that_leads_it_alone(leads: bool) -> None:
    before = OWN.read_text().split()[-1]
    said = subprocess.run(
        [sys.executable, "-c", LEADS], start_new_session=leads, check=True, capture_output=True, text=True, timeout=60
    )
    assert said.stdout.strip() == ("7" if leads else before)
    assert OWN.read_text().split()[-1] == before


def test_a_thread_steps_back_alone_and_never_comes_forward() -> None:
    before, seen = os.getpriority(os.PRIO_PROCESS, 0), []

    def work() -> None:
        for by in (3, 1):
            rank.thread_behind(by)
            seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [max(before, 3)] * 2 and os.getpriority(os.PRIO_PROCESS, 0) == before
