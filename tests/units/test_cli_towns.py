"""What a command tells of an instant is told in the town's own time."""

from __future__ import annotations

from datetime import UTC, datetime

from edms.cli.doctor import _sentence
from edms.health import Finding, State


def test_the_doctor_tells_the_day_of_the_town() -> None:
    at = datetime(2031, 3, 28, 21, 30, tzinfo=UTC)
    finding = Finding("x", State.MISSING, "https.shown", {"until": at, "names": "n"})
    assert "29" in _sentence(finding, "Asia/Tbilisi") and "28" in _sentence(finding, "Europe/Lisbon")
