"""backup, restore: a set of database, contents and keys that belong together, and the way back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from edms import clock, ledger, words
from edms.backup import epochs, making, restoring, sets
from edms.backup.sets import BackupSet
from edms.bootstrap import House, build, keys_of
from edms.cli.saying import Progress, said, show
from edms.config import Settings, load
from edms.db.engine import database_urls
from edms.errors import Invalid
from edms.storage import choosing

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)


@click.command("backup")
@FOLDER
@click.option("--keep", type=click.IntRange(1), help="Then remove all but so many of the newest sets.")
@click.option("--check", is_flag=True, help="Make none: read the newest set and every content of it, and compare.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def back_up(folder: Path | None, keep: int | None, check: bool, as_json: bool) -> None:
    """Make a backup in FOLDER (or EDMS_BACKUP_DIR), on another disk, while the service runs.

    It holds the service's keys too: keep it as safe as the archive itself.
    """
    settings = load()
    root = _folder(settings, folder)
    if check:
        _checked(sets.set_of(root), as_json)
        return
    house = build(settings, pool_size=2)
    try:
        with sets.alone(root):
            bar = _Bar()
            made = making.make(house.backup_source, root, on_start=bar.start, on_each=bar.step)
            gone = sets.thin_out(root, keep=keep) if keep else []
    finally:
        house.close()
    facts = {**_facts(made), "removed": gone, "seconds": round(bar.seconds, 1)}
    text = f"{made.folder}: {made.manifest.documents} documents, {made.manifest.contents} contents, {len(gone)} old sets removed."
    show(facts, as_json=as_json, text=text)


@click.command()
@FOLDER
@click.option("--set", "name", help="Which set; without it the newest.")
@click.option(
    "--accept", is_flag=True, help="After a restore: say which numbers were given out since, and let the house serve."
)
@click.option(
    "--last", "lasts", multiple=True, metavar="office/register=serial", help="The last serial known to be given out."
)
@click.option(
    "--gap",
    type=click.IntRange(0),
    help="Void so many numbers of each register that is not named; 0: none was given out.",
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def restore(
    folder: Path | None, name: str | None, accept: bool, lasts: tuple[str, ...], gap: int | None, as_json: bool
) -> None:  # fmt: skip
    """Put a house back from a backup in FOLDER into an empty data folder and database; run it again if it was stopped.

    Then `edms restore --accept`: numbers that were given out after the backup are voided and never drawn again.
    """
    settings = load()
    if accept:
        _accepted(settings, _serials(lasts), gap, as_json)
        return
    found = sets.set_of(_folder(settings, folder), name)
    found.check()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    urls = database_urls(settings)
    try:
        restoring.require_room(found, urls)
        restoring.restore_keys(found, keys_of(settings))
        progress = Progress(found.manifest.contents)
        put = restoring.restore_contents(found, choosing.chosen(settings), on_each=lambda: progress.add(1))
        restoring.restore_database(found, urls)
    finally:
        urls.stop()
    house = build(settings, pool_size=1)
    try:
        with house.transaction() as session:
            series = epochs.open_series(session)
    finally:
        house.close()
    registers = "\n".join(f"  {each.name}={each.last}" for each in series)
    text = (
        f"Restored as of {found.manifest.made_at:%Y-%m-%d %H:%M} UTC: {found.manifest.documents} documents, {put} contents put back.\n"
        f"Last serials in this backup:\n{registers}\n"
        "Find the last number that was really given out (slips, the printed register), then:\n"
        "  edms restore --accept --last office/register=serial …   or   --gap N for all that are not named"
    )
    show({**_facts(found), "put": put, "registers": {s.name: s.last for s in series}}, as_json=as_json, text=text)


def _accepted(settings: Settings, lasts: dict[str, int], gap: int | None, as_json: bool) -> None:
    house = build(settings, pool_size=1)
    try:
        with house.transaction() as session:
            waiting = epochs.pending(session)
            behind = _behind(house)
            at = waiting.backup_at if waiting else behind
            reason = {lang: words.say(lang, "backup.lost_number", at=at) for lang in words.LANGS} if at else {}
            restored = epochs.accept(session, lasts=lasts, gap=gap, reason=reason, backup_at=behind)
            lost = restored.lost
        with house.transaction() as session:
            ledger.sequence(session)
        with house.transaction() as session:
            epochs.remember(settings.data_dir, ledger.checkpoint(session, house.ledger_signer))
    finally:
        house.close()
    lines = [f"{name}: {first} to {last} are void" for name, (first, last) in lost.items()]
    show({"lost": lost}, as_json=as_json, text="\n".join([*lines, "The house serves again: edms serve."]))


def _behind(house: House) -> datetime | None:
    """Now, when the database knows less than this machine has seen: it was put back by other means."""
    seen = epochs.seen_in(house.settings.data_dir, house.ledger_signer.verifier)
    with house.transaction() as session:
        return clock.now() if seen is not None and ledger.size(session) < seen.size else None


def _serials(lasts: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for each in lasts:
        name, _, serial = each.rpartition("=")
        if not name or not serial.isascii() or not serial.isdigit():
            raise Invalid("backup.say_the_numbers", fields={each: "backup.last_unreadable"})
        found[name] = int(serial)
    return found


def _checked(found: BackupSet, as_json: bool) -> None:
    found.check()
    progress, pool = Progress(found.manifest.contents), found.pool
    for key in found.content_keys():
        pool.verify(key, sha256=key.rpartition("-")[2], size=pool.size(key))
        progress.add(1)
    text = f"{found.folder}: {found.manifest.contents} contents, dump and keys are what they were."
    show({**_facts(found), "seconds": round(progress.seconds, 1)}, as_json=as_json, text=text)


def _folder(settings: Settings, given: Path | None) -> Path:
    root = given or settings.backup_dir
    if root is None:
        raise Invalid(fields={"EDMS_BACKUP_DIR": "backup.no_folder"})
    return root


def _facts(found: BackupSet) -> dict[str, object]:
    manifest = found.manifest
    return {
        "set": found.name, "folder": str(found.folder), "documents": manifest.documents, "contents": manifest.contents,
        "ledger_size": manifest.ledger_size,
    }  # fmt: skip


class _Bar:
    """The progress, once it is known of how many."""

    def __init__(self) -> None:
        self._progress = Progress(0)

    def start(self, total: int) -> None:
        self._progress = Progress(total)

    def step(self) -> None:
        self._progress.add(1)

    @property
    def seconds(self) -> float:
        return self._progress.seconds


COMMANDS = (back_up, restore)
