"""What a command tells of an instant is told in the town's own time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner

from edms import clock
from edms.cli import main, saying
from edms.cli.doctor import _sentence
from edms.cli.routes import _day
from edms.cli.saying import explained
from edms.cli.towns import ZONE_OF
from edms.errors import RuleBroken
from edms.health import Finding, State


def test_the_doctor_tells_the_day_of_the_town() -> None:
    at = datetime(2031, 3, 28, 21, 30, tzinfo=UTC)
    finding = Finding("x", State.MISSING, "https.shown", {"until": at, "names": "n"})
    assert "29" in _sentence(finding, "Asia/Tbilisi") and "28" in _sentence(finding, "Europe/Lisbon")


def test_an_error_is_told_in_the_time_of_the_town(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2031, 3, 28, 21, 30, tzinfo=UTC)
    late = RuleBroken("backup.not_accepted", at=at)
    monkeypatch.setattr(saying, "zone_here", lambda: "Europe/Lisbon")
    assert "21:30" in explained("en", late).text


def test_a_route_is_asked_for_on_the_day_of_its_country() -> None:
    with clock.at(datetime(2026, 12, 31, 20, 30, tzinfo=UTC)):
        assert {_day(None, country) for country in ZONE_OF} == {date(2027, 1, 1)}


def test_a_certificate_that_another_account_may_not_read_is_named(tmp_path) -> None:
    (tmp_path / "keys").write_text("a file where a folder should be")
    environ = {"EDMS_DATA_DIR": str(tmp_path), "EDMS_HTTPS": "own"}
    told = CliRunner(env=environ).invoke(main, ["https", "show"])
    assert told.exit_code == 1 and "account of the service" in told.stderr and str(tmp_path) in told.stderr
