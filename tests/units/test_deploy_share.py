"""The scan share for Windows machines: Samba itself reads our example; what a scanner still writes is not taken."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from workers.scans import settled

SHARE = Path(__file__).parents[2] / "deploy" / "scans.smb.conf"


@pytest.mark.skipif(shutil.which("testparm") is None, reason="testparm (samba-common-bin) is not installed")
def test_samba_understands_the_share_and_finds_nothing_to_say():
    said = subprocess.run(["testparm", "-s", str(SHARE)], capture_output=True, text=True, check=True)
    wrong = [
        line for line in said.stderr.splitlines() if any(w in line for w in ("Unknown", "WARNING", "ERROR", "Ignoring"))
    ]
    assert wrong == []
    assert "force user = edms" in said.stdout and "guest ok = Yes" not in said.stdout


def test_a_scan_is_taken_when_nothing_was_written_for_the_settle_time(tmp_path):
    fresh, old, half, jammed, link = (tmp_path / name for name in ("a.tif", "b.tif", "c.pdf", "d.pdf", "e.pdf"))
    now = time.time()
    for path, raw, age in (
        (fresh, b"x", 3), (old, b"x", 20), (half, b"%PDF-1.7 half a page", 20), (jammed, b"%PDF-1.7 for ever", 300),
    ):  # fmt: skip
        path.write_bytes(raw)
        os.utime(path, (now - age, now - age))
    link.symlink_to("/etc/hostname")

    def found(seconds):
        return [scan.path for scan in settled(tmp_path, seconds)]

    assert found(5) == [jammed, old]
    assert found(30) == [jammed]
    half.write_bytes(b"%PDF-1.7 the whole page\n%%EOF\n")
    os.utime(half, (now - 20, now - 20))
    assert found(5) == [jammed, old, half]
