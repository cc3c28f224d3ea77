"""import: files become arrivals; an older journal becomes migrated documents. Both resumable, with progress."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

import click

from edms import words
from edms.access.actor import Actor
from edms.bootstrap import House, build
from edms.cli.people import organisation_by_code
from edms.cli.saying import FOUND_WRONG, said, show
from edms.config import load
from edms.errors import EdmsError, Invalid, Unavailable
from edms.registry import arrivals, contents
from edms.registry.card import Card
from edms.registry.migration import OldEntry, migrate
from edms.registry.registers import register_by_code
from edms.registry.words import Channel, Tray
from edms.storage.port import Stored

T = TypeVar("T")
COLUMNS = ("number", "serial", "date", "correspondent", "summary")


@click.command("import")
@click.argument("organisation_code")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--register", "register_code", help="SOURCE is a CSV of an older journal, taken over into this register.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def import_command(organisation_code: str, source: Path, register_code: str | None, as_json: bool) -> None:
    """Take in every file below SOURCE as an arrival; or, with --register, the letters of an older journal.

    The manifest's columns: number, serial, date (YYYY-MM-DD), correspondent, summary; and if there are any their_number,
    their_date, sheets, case_index, language, file (beside the manifest). Running it again goes on where it stopped.
    """
    house = build(load(), pool_size=2)
    try:
        done, wrong = (
            _journal(house, organisation_code, register_code, source)
            if register_code
            else _files(house, organisation_code, source)
        )
    finally:
        house.close()
    show({"taken_in": done, "refused": wrong}, as_json=as_json, text=f"{done} taken in, {wrong} refused.")
    if wrong:
        sys.exit(FOUND_WRONG)


def _files(house: House, code: str, folder: Path) -> tuple[int, int]:
    with house.transaction() as session:
        organisation_id = organisation_by_code(session, code).organisation_id
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    done = wrong = 0
    for path in _progress(paths):
        try:
            _file(house, organisation_id, folder, path)
            done += 1
        except Unavailable:
            raise
        except (EdmsError, OSError) as error:
            wrong += 1
            click.echo(f"{path}: {_why(error)}", err=True)
    return done, wrong


def _file(house: House, organisation_id: int, folder: Path, path: Path) -> None:
    key = _key(path.relative_to(folder).as_posix(), path)
    actor = Actor.system(organisation_id)
    with house.transaction() as session:
        if arrivals.known_by(session, organisation_id, key) is not None:
            return
    stored = _store(house, path)
    with house.transaction() as session:
        content = contents.enter(session, actor, organisation_id=organisation_id, stored=stored, name=path.name)
        arrivals.take_in(
            session,
            actor,
            organisation_id=organisation_id,
            tray=Tray.IMPORT,
            channel=Channel.SCAN,
            content=content,
            source=folder.name,
            source_key=key,
        )


def _journal(house: House, code: str, register_code: str, manifest: Path) -> tuple[int, int]:
    with manifest.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline()
        stream.seek(0)
        rows = list(csv.DictReader(stream, delimiter=";" if first.count(";") > first.count(",") else ","))
    if missing := set(COLUMNS) - set(rows[0] if rows else COLUMNS):
        raise Invalid("import.columns_missing", columns=", ".join(sorted(missing)))
    done = wrong = 0
    for line, row in enumerate(_progress(rows), start=2):
        try:
            _row(house, code, register_code, manifest.parent, row)
            done += 1
        except Unavailable:
            raise
        except (EdmsError, OSError, ValueError) as error:
            wrong += 1
            click.echo(f"line {line}: {_why(error)}", err=True)
    return done, wrong


def _row(house: House, code: str, register_code: str, folder: Path, row: dict[str, str]) -> None:
    entry = OldEntry(
        number=row["number"],
        serial=int(row["serial"]),
        registered_on=date.fromisoformat(row["date"]),
        card=Card(
            summary=row["summary"],
            correspondent_name=row["correspondent"],
            their_number=row.get("their_number") or None,
            their_date=date.fromisoformat(row["their_date"]) if row.get("their_date") else None,
            sheets=int(row.get("sheets") or 1),
            case_index=row.get("case_index") or None,
            language=row.get("language") or "ka",
        ),
    )
    stored = _store(house, _beside(folder, row["file"])) if row.get("file") else None
    with house.transaction() as session:
        organisation = organisation_by_code(session, code)
        actor = Actor.system(organisation.organisation_id)
        book = register_by_code(session, actor, register_code)
        content = None
        if stored is not None:
            content = contents.enter(
                session, actor, organisation_id=organisation.organisation_id, stored=stored, name=Path(row["file"]).name
            )
        migrate(session, actor, book, entry, content=content)


def _beside(folder: Path, name: str) -> Path:
    """A file beside the manifest; nothing above it. Errors: Invalid."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise Invalid("import.file_missing", file=name)
    return path


def _store(house: House, path: Path) -> Stored:
    with path.open("rb") as stream:
        return house.store.put(stream, limit=house.settings.upload_limit_bytes)


def _key(name: str, path: Path) -> str:
    state = path.stat()
    return f"import:{hashlib.sha256(name.encode()).hexdigest()[:32]}:{state.st_mtime_ns}:{state.st_size}"


def _why(error: Exception) -> str:
    if isinstance(error, EdmsError):
        problem = words.explain("en", error)
        return " ".join([problem.text, *problem.fields.values()])
    return str(error)


def _progress(items: list[T]) -> Iterator[T]:
    """A bar for a person, nothing for a file."""
    with click.progressbar(items, file=sys.stderr, show_pos=True) as bar:
        yield from bar


COMMANDS = (import_command,)
