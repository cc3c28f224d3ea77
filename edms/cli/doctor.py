"""doctor: what is missing or weak here, in words, each with the way out. Exit 4 when something needed is missing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

import click

from edms import words
from edms.bootstrap import House, build
from edms.capture.tesseract import Engine, EngineError, model_for
from edms.cli.saying import FOUND_WRONG, said, show
from edms.config import load
from edms.db.roles import check as check_roles
from edms.errors import EdmsError
from edms.jobs import parked
from edms.sandbox.run import confinement


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, weaker than it could be, or missing."""

    what: str
    state: str  # fine, weak, missing
    message: str


def _database(house: House) -> Finding:
    with house.transaction() as session:
        walls = check_roles(session)
    if walls.open_tables:
        return Finding("database", "missing", "doctor.history_open")
    if not walls.separate_roles:
        return Finding("database", "weak", "doctor.one_role")
    return Finding("database", "fine", "doctor.database_fine")


def _keys(house: House) -> Finding:
    _ = (house.keys, house.ledger_signer)
    return Finding("keys", "fine", "doctor.keys_fine")


def _store(house: House) -> Finding:
    health = house.store.health()
    return Finding("store", "fine" if health.ok else "weak", health.message or "doctor.store_fine")


def _sandbox(house: House) -> Finding:
    why_not = confinement()
    return (
        Finding("sandbox", "missing", "doctor.no_sandbox")
        if why_not
        else Finding("sandbox", "fine", "doctor.sandbox_fine")
    )


def _ocr(house: House) -> Finding:
    try:
        missing = [language for language in ("ka", "hy", "ru", "en") if model_for(Engine(), language) is None]
    except EngineError:
        return Finding("ocr", "missing", "doctor.no_ocr")
    return Finding("ocr", "weak", "doctor.ocr_models_missing") if missing else Finding("ocr", "fine", "doctor.ocr_fine")


def _office(house: House) -> Finding:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return Finding("office", "fine", "doctor.office_fine") if found else Finding("office", "weak", "doctor.no_office")


def _mail(house: House) -> Finding:
    there = house.settings.smtp_url and house.settings.smtp_from
    return Finding("mail", "fine", "doctor.mail_fine") if there else Finding("mail", "weak", "doctor.no_mail")


def _time_stamps(house: House) -> Finding:
    if house.settings.tsa_url is None:
        return Finding("time stamps", "weak", "doctor.no_tsa")
    return Finding("time stamps", "fine", "doctor.tsa_fine")


def _portal(house: House) -> Finding:
    there = house.settings.public_url
    return Finding("portal", "fine", "doctor.portal_fine") if there else Finding("portal", "weak", "doctor.no_portal")


def _jobs(house: House) -> Finding:
    with house.transaction() as session:
        stuck = parked(session)
    return Finding("jobs", "weak", "doctor.jobs_parked") if stuck else Finding("jobs", "fine", "doctor.jobs_fine")


CHECKS: tuple[Callable[[House], Finding], ...] = (
    _database,
    _keys,
    _store,
    _sandbox,
    _ocr,
    _office,
    _mail,
    _time_stamps,
    _portal,
    _jobs,
)


def examine(house: House) -> list[Finding]:
    """Every finding; a check that cannot be made is a missing thing with its reason."""
    found = []
    for check in CHECKS:
        try:
            found.append(check(house))
        except EdmsError as error:
            found.append(Finding(check.__name__.strip("_"), "missing", error.message))
    return found


@click.command()
@click.option("--json", "as_json", is_flag=True)
@said
def doctor(as_json: bool) -> None:
    """Look at everything the service needs and say what is missing."""
    house = build(load(), pool_size=1)
    try:
        found = examine(house)
    finally:
        house.close()
    rows = [{"what": f.what, "state": f.state, "text": words.say("en", f.message)} for f in found]
    show(rows, as_json=as_json, text="\n".join(f"{r['state']:8} {r['what']:12} {r['text']}" for r in rows))
    if any(f.state == "missing" for f in found):
        sys.exit(FOUND_WRONG)


COMMANDS = (doctor,)
