"""edms setup: a town moves in, by options and at a real terminal; left, come back to, repeated; demo and real never mix."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from datetime import date

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from edms import clock
from edms.cli import main
from edms.config import Settings
from edms.db.engine import transaction
from edms.demo.command import refuse_real
from edms.demo.town import found as found_demo
from edms.errors import RuleBroken
from edms.registry.counters import last_of
from edms.registry.models import Document, Register
from edms.registry.words import RegisterKind
from edms.staff import founding
from edms.staff.models import Credential, Official, Organisation, OrganisationKind, RoleGrant

TOWN = ("--code", "mytown", "--name", "ka=ჩემი ქალაქი", "--first-serial", "in=418", "--first-serial", "12")


@pytest.fixture
def environ(database, committed, tmp_path):
    return {
        "EDMS_DATA_DIR": str(tmp_path), "EDMS_DATABASE_URL": database.app_url, "EDMS_DATABASE_OWNER_URL": database.owner_url,
    }  # fmt: skip


@pytest.fixture
def run(environ):
    def call(*words: str, **more: str):
        return CliRunner(env={**environ, **more}).invoke(main, words)

    return call


def test_by_options_a_town_is_founded_once_however_often_it_is_said(run, committed):
    machine = run("setup")
    assert machine.exit_code == 0
    assert "http://127.0.0.1:8080/setup?key=" in machine.output  # the way on, as it is opened
    named = run("setup", EDMS_LISTEN="0.0.0.0:443", EDMS_HTTPS="own", EDMS_HTTPS_NAMES="records.kvemo.ge")
    assert "https://records.kvemo.ge/setup?key=" in named.output
    assert "https://desk.kvemo.ge/setup?key=" in run("setup", EDMS_DESK_URL="https://desk.kvemo.ge/").output
    first = run("setup", *TOWN, "--admin", "giorgi", "--admin-name", "ka=გიორგი ნ.")
    assert first.exit_code == 0, first.output
    assert "Password, shown once" in first.output
    again = run("setup", *TOWN, "--admin", "giorgi", "--json")
    assert again.exit_code == 0 and "Password" not in again.output
    steps = {row["step"]: row["done"] for row in json.loads(again.stdout)}
    assert steps["office"] is False and steps["registers"] is False and steps["passwords"] is True
    with transaction(committed) as session:
        (town,) = session.scalars(select(Organisation))
        assert session.scalars(select(Official.login)).all() == ["giorgi"]
        year = clock.today("Asia/Tbilisi").year
        book = {each.code: each for each in session.scalars(select(Register))}
        assert last_of(session, book["in"].register_id, year) == 417
        assert last_of(session, book["out"].register_id, year) == 11
        assert town.kind is OrganisationKind.MUNICIPALITY and RegisterKind.PERMITS in {b.kind for b in book.values()}


def test_a_setup_that_was_stopped_between_its_steps_goes_on(run, committed):
    assert run("setup", *TOWN).exit_code == 0  # without an administrator
    with transaction(committed) as session:
        assert session.scalars(select(RoleGrant)).all() == []
    assert run("setup", "--code", "mytown", "--admin", "giorgi").exit_code == 0
    with transaction(committed) as session:
        assert len(session.scalars(select(Organisation)).all()) == 1
        assert session.scalars(select(RoleGrant.role)).all() == ["administrator"]


def test_what_cannot_be_is_named_and_nothing_is_written(run, committed):
    wrong = run("setup", "--code", "Not a code!", "--name", "ka=ქალაქი")
    assert wrong.exit_code == 1 and "code" in wrong.stderr
    assert run("setup", "--code", "x-town", "--name", "ქალაქი").exit_code == 2
    assert run("setup", "--code", "x-town", "--name", "ka=ქ", "--first-serial", "in=0").exit_code == 1
    kept_by_none = run("setup", "--code", "x-town", "--name", "ka=ქ", "--kind", "body", "--first-serial", "prm=5")
    assert kept_by_none.exit_code == 1 and "prm" in kept_by_none.stderr
    with transaction(committed) as session:
        assert session.scalars(select(Organisation)).all() == []


ANSWERS = (
    "hy", "Մեր համայնք", "Our community", "1", "AM", "Asia/Yerevan", "Գլխավոր փողոց 1", "", "Առաջին հարկ, 9–18", "", "+374 10 000000",
    "mer", *["418", *["1"] * 11], "y", "Գոռ Հակոբյան", "Gor Hakobyan", "gor", "",
)  # fmt: skip


def test_at_a_terminal_it_asks_in_the_towns_language_and_keeps_what_was_answered(environ, committed, tmp_path):
    left = terminal(environ, ANSWERS[:3])  # the line is cut after three answers
    assert "Ինչ հիմնարկ է" in left
    with transaction(committed) as session:
        assert founding.is_empty(session)
    assert "Մեր համայնք" in (tmp_path / "setup.answers").read_text(encoding="utf-8")
    said = terminal(environ, ("", "", *ANSWERS[2:]))  # the first two are proposed again
    assert "Գաղտնաբառը (երևում է մեկ անգամ" in said, said
    assert not (tmp_path / "setup.answers").exists()
    with transaction(committed) as session:
        (town,) = session.scalars(select(Organisation))
        assert (town.country, town.time_zone, town.names["hy"], town.telephone) == ("AM", "Asia/Yerevan", "Մեր համայնք", "+374 10 000000")  # fmt: skip
        (gor,) = session.scalars(select(Official))
        assert gor.names["en"] == "Gor Hakobyan"
        assert session.get_one(Credential, gor.official_id).must_change
        book = session.scalars(select(Register).where(Register.code == "in")).one()
        assert last_of(session, book.register_id, clock.today("Asia/Yerevan").year) == 417


def terminal(environ, answers) -> str:
    """`edms setup` with somebody at the keyboard; what stood on the screen. After the last answer the line is cut."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "edms.cli", "setup"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={**os.environ, **environ, "PYTHONUTF8": "1", "TERM": "dumb"}, close_fds=True,
    )  # fmt: skip
    os.close(theirs)
    seen, answered = b"", 0
    with suppress(OSError):  # the other end is gone
        while chunk := os.read(ours, 4096):
            seen += chunk
            asked = seen.decode("utf-8", "replace").rstrip(" ")
            if asked.endswith((":", "՝", "]")) and not asked.endswith("Русский:"):
                if answered == len(answers):
                    break
                os.write(ours, answers[answered].encode() + b"\n")
                answered += 1
    os.close(ours)
    process.wait(30)
    return seen.decode("utf-8", "replace")


def test_demo_and_real_never_mix(run, committed):
    assert run("setup", *TOWN).exit_code == 0
    with transaction(committed) as session, pytest.raises(RuleBroken, match=r"founding\.demo_refused"):
        found_demo(session, years=(2026,))
    with transaction(committed) as session, pytest.raises(RuleBroken, match=r"founding\.demo_refused"):
        founding.require(session, demo=True)  # served with EDMS_DEMO=true it would list its accounts


def test_the_demo_leaves_the_folder_of_a_real_house_alone(database, committed, tmp_path):
    settings = Settings(
        data_dir=tmp_path, demo=True, database_url=database.app_url, database_owner_url=database.owner_url
    )
    refuse_real(settings)  # an empty folder
    (tmp_path / "postgres.at").write_text("")
    refuse_real(settings)  # a database in which nobody has moved in
    with transaction(committed) as session:
        founding.begin(session, demo=False)
    with pytest.raises(RuleBroken, match=r"founding\.demo_refused"):
        refuse_real(settings)


def test_setup_refuses_the_demos_database_and_settings_in_words(run, committed):
    with transaction(committed) as session:
        founding.begin(session, demo=True)
    answer = run("setup", *TOWN)
    assert answer.exit_code == 1 and "nothing in it is real" in answer.stderr
    assert run("setup", *TOWN, EDMS_DEMO="true").exit_code == 1
    with transaction(committed) as session:
        assert founding.is_empty(session)


JOURNAL = """ნომერი;თარიღი;კორესპონდენტი;მოკლე შინაარსი
12-05/1;05.01.2024;ანა;პირველი
12-05/2;2024-01-06;ბექა;მეორე
12-05/2;08.01.2024;გია;იგივე ნომერი
12-05/6;04.01.2024;ელა;უწესრიგო თარიღი
12-05/7;32.01.2024;ია;არ არსებული დღე
12-05/8;09.01.2024;კოტე;
უნომრო;09.01.2024;ლია;ნომრის გარეშე
"""


def test_an_older_journal_with_gaps_doubles_and_bad_rows_has_each_of_them_named(run, committed, tmp_path):
    assert run("setup", *TOWN).exit_code == 0
    table = tmp_path / "old.csv"
    table.write_text(JOURNAL, encoding="utf-8")
    answer = run("import", "mytown", str(table), "--register", "in", "--json")
    assert answer.exit_code == 4
    assert json.loads(answer.stdout) == {"taken_in": 3, "refused": 4}
    for said in (
        "Line 4: Number: the same number as in line 3", "Line 6: Date:", "Line 7: Short content:", "Line 8: Serial: “უნომრო”",
        "2024: 3–5 missing", "Line 5: its day is before",
    ):  # fmt: skip
        assert said in answer.stderr, (said, answer.stderr)
    again = run("import", "mytown", str(table), "--register", "in", "--json")
    assert json.loads(again.stdout) == {"taken_in": 3, "refused": 4}  # taken once all the same
    with transaction(committed) as session:
        held = session.execute(select(Document.number, Document.registered_on).order_by(Document.serial)).all()
        assert held == [("12-05/1", date(2024, 1, 5)), ("12-05/2", date(2024, 1, 6)), ("12-05/6", date(2024, 1, 4))]


def test_numbers_that_the_register_would_give_again_are_named(run, committed, tmp_path):
    assert run("setup", *TOWN).exit_code == 0
    year = clock.today("Asia/Tbilisi").year
    table = tmp_path / "old.csv"
    table.write_text(f"number,date,correspondent,summary\n420,{year}-01-02,a,b\n", encoding="utf-8")
    answer = run("import", "mytown", str(table), "--register", "in")
    assert f"{year}: the register itself gives 418–420" in answer.stderr
    assert f"{year}: 1–419 missing" in answer.stderr
