"""The plug is pulled in the middle of an act: after the restart it is done whole or not at all, once, and goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]
NAMES = ["ანა", "ბესო", "გია"]
# What is to be seen before an act, after it, and between where it takes more than one transaction.
SEEN: dict[str, list[list[Any]]] = {
    "end": [["waiting", False, 0], ["forwarded", True, 1]],
    "take_back": [["returned", True, 0], ["waiting", False, 1]],
    "cut": [["waiting", 1, 0], ["remade", 2, 1]],
    "mailing": [[n, NAMES[:n], 0] for n in range(4)] + [[3, NAMES, 1]],
    "journal": [["waiting", True, 0], ["made", True, 1]],
    "move_in": [[list(range(1, n + 1)), True] for n in range(4)],
    "hand_over": [[False, 0], [True, 1]],
}
SIGNED: dict[str, list[list[Any]]] = {
    "sign": [[0, 0, True], [1, 0, True], [2, 0, True], [3, 1, True], [4, 2, True]],
    "renew": [[n, n, n] for n in range(3)],
    "seal": [[False, 0, 1], [True, 1, 2]],
    "send": [[0, 0, 0], [3, 0, 0], [0, 3, 1]],
    "search": [[], ["nobody"], ["unit"]],
    "index": [[0, 0, True], [1, 0, True], [1, 1, True]],
}
MARKS = {
    # Registered and not found yet; its job's worker died before and after the entry was there, the job was returned.
    "index": ("commit 1", "committed 1", "commit 3", "committed 3"),
    # A letter takes three: what is next, and the letter with its page; then the list is ended.
    "mailing": ("commit 1", "commit 3", "committed 3", "committed 5", "commit 3"),
    "move_in": ("commit 1", "commit 2", "committed 2"),
    # Both asked, prepared (two each), signed with one PIN, embedded and raised (four each); what is done is only read.
    "sign": (
        "commit 1",
        "committed 1",
        "committed 3",
        "commit 5",
        "commit 6",
        "committed 5",
        "committed 5",
        "commit 10",
        "committed 8",
        "committed 6",
        "committed 6",
    ),
    "renew": ("commit 1", "commit 2", "committed 2", "commit 3"),
    "seal": ("commit 1", "committed 1", "commit 2", "committed 2"),
    "send": ("commit 1", "committed 1", "commit 2", "committed 2"),
    "search": ("commit 1", "committed 1", "commit 2", "committed 2"),
}


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest) -> Iterator[tuple[str, Path]]:
    """An office and its folder; its database lives only while its process does."""
    made = Path(tempfile.mkdtemp(prefix="edms-cut-"))
    made.chmod(0o711)
    yield request.param, made
    shutil.rmtree(made, ignore_errors=True)


def office(place: tuple[str, Path], act: str, mark: str = "") -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", f"tests.services.{place[0]}", str(place[1]), act, *mark.split()]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def cut_off(place: tuple[str, Path], act: str, stages: list[list[Any]]) -> None:
    for mark in MARKS.get(act, ("commit 1", "committed 1")):
        died = office(place, act, mark)
        assert died.returncode == -9, (mark, died.returncode, died.stdout, died.stderr[-2000:])
        (left,) = [json.loads(line) for line in died.stdout.splitlines() if line.startswith('{"before"')]
        assert left["before"] in stages, mark
    last = told(office(place, act))  # the house opens again by itself
    assert last["before"] in stages
    assert last["after"] == stages[-1]
    assert told(office(place, act)) == {"before": stages[-1], "after": stages[-1]}  # and never twice


@pytest.mark.parametrize(
    ("place", "act"),
    [("cut_office", act) for act in SEEN] + [("cut_signing", act) for act in SIGNED],
    indirect=["place"],
)
def test_a_power_cut_leaves_an_act_whole_or_not_done_and_it_goes_on(place: tuple[str, Path], act: str) -> None:
    cut_off(place, act, (SEEN | SIGNED)[act])
