"""import: files become arrivals; an older journal becomes migrated documents. Both resumable, with progress."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import click

from edms.access.actor import Actor
from edms.bootstrap import House, build
from edms.capture import sheets
from edms.cli.people import organisation_by_code
from edms.cli.saying import FOUND_WRONG, explained, said, show
from edms.config import load
from edms.errors import EdmsError, Invalid, Unavailable
from edms.overview import journal_columns
from edms.registry import arrivals, contents
from edms.registry.older import journals
from edms.registry.older.migration import migrate
from edms.registry.registers import register_by_code
from edms.registry.words import Channel, Tray
from edms.storage.port import Stored

T = TypeVar("T")
MOST_LINES, LARGEST = 500_000, 512 * 1024 * 1024  # of one table: a town of twenty years has less


@click.command("import")
@click.argument("organisation_code")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--register", "register_code", help="SOURCE is an older journal (.csv, .xlsx), taken over into this register."
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def import_command(organisation_code: str, source: Path, register_code: str | None, as_json: bool) -> None:
    """Take in every file below SOURCE as an arrival; or, with --register, the letters of an older journal.

    The journal's columns: number, date, correspondent, summary; and if there are any serial (else the last figures of the
    number), their_number, their_date, sheets, case_index, language, file (beside the table). Gaps, doubles and bad rows are
    each named; the good ones are taken. Running it again goes on where it stopped.
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
    rows = journals.read(
        journal_columns.understood(sheets.rows_of(manifest.read_bytes(), most=MOST_LINES, largest=LARGEST))
    )
    with house.transaction() as session:
        actor = Actor.system(organisation_by_code(session, code).organisation_id)
        found = journals.report(session, actor, register_by_code(session, actor, register_code), rows)
    for line in journal_columns.told(found, "en"):
        click.echo(line, err=True)
    done, wrong = 0, found.count(journals.Change.WRONG)
    for row in _progress(
        [row for row in found.rows if row.entry is not None and row.change is not journals.Change.WRONG]
    ):
        try:
            _row(house, actor, register_code, manifest.parent, row)
            done += 1
        except Unavailable:
            raise
        except (EdmsError, OSError) as error:
            wrong += 1
            click.echo(f"line {row.place}: {_why(error)}", err=True)
    return done, wrong


def _row(house: House, actor: Actor, register_code: str, folder: Path, row: journals.Row) -> None:
    file = row.texts["file"]
    stored = _store(house, _beside(folder, file)) if file and row.change is journals.Change.NEW else None
    with house.transaction() as session:
        book = register_by_code(session, actor, register_code)
        content = None
        if stored is not None:
            content = contents.enter(
                session, actor, organisation_id=book.organisation_id, stored=stored, name=Path(file).name
            )
        if row.entry is not None:
            migrate(session, actor, book, row.entry, content=content)


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
        problem = explained("en", error)
        return " ".join([problem.text, *problem.fields.values()])
    return str(error)


def _progress(items: list[T]) -> Iterator[T]:
    """A bar for a person, nothing for a file."""
    with click.progressbar(items, file=sys.stderr, show_pos=True) as bar:
        yield from bar


COMMANDS = (import_command,)
