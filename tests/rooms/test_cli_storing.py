"""edms storage on a folder: what the probe says, and the refusals of a move that the settings do not name."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from edms.cli import main


@pytest.fixture
def run(tmp_path):
    def call(*words: str, **settings: str):
        return CliRunner(env={"EDMS_DATA_DIR": str(tmp_path), **settings}).invoke(main, ["storage", *words])

    return call


def test_probe_of_a_folder_keeps_locks_and_claims_no_immutability(run):
    answer = run("probe", "--json")
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    assert told["wall"] == "ours"
    passed = {trial["what"]: trial["passed"] for trial in told["trials"]}
    assert passed == {"large": True, "range": True, "delete": True, "lock": True, "erase": True, "shorten": True, "hold": True, "walls": False}  # fmt: skip
    assert "not immutable" in told["trials"][-1]["text"]
    for lang, word in (("ka", "საცავი"), ("hy", "պահոց")):
        assert word in run("probe", "--lang", lang).stdout


def test_a_bucket_without_its_settings_is_refused_and_each_is_named(run):
    answer = run("probe", EDMS_STORE="s3", EDMS_S3_BUCKET="letters")
    assert answer.exit_code == 1
    assert "EDMS_S3_ACCESS_KEY" in answer.stderr and "EDMS_S3_SECRET_KEY" in answer.stderr
    assert "EDMS_S3_BUCKET" not in answer.stderr


def test_a_move_needs_two_places(run):
    answer = run("migrate", "--to", "s3")
    assert answer.exit_code == 1
    assert "EDMS_STORE_BEFORE" in answer.stderr


def test_a_store_that_is_away_says_so_in_words(run):
    away = {"EDMS_STORE": "s3", "EDMS_S3_BUCKET": "letters", "EDMS_S3_ENDPOINT": "http://127.0.0.1:9", "EDMS_S3_ACCESS_KEY": "a", "EDMS_S3_SECRET_KEY": "b"}  # fmt: skip
    answer = run("probe", **away)
    assert answer.exit_code == 1
    assert "does not answer" in answer.stderr
