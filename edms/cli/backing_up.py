"""backup, restore: a set of database, contents and keys that belong together, and the way back."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from edms import clock, ledger, words
from edms.backup import destroyed, epochs, erasing, making, restoring, seals, sets
from edms.backup.erasing import Erased
from edms.backup.seals import Seals
from edms.backup.sets import BackupSet
from edms.bootstrap import House, build, contents_secret, keys_of
from edms.cli.saying import UNDECIDED, Progress, said, show
from edms.config import Settings, load
from edms.db.engine import database_urls
from edms.errors import Invalid
from edms.retention.gone import GoneCase
from edms.storage import choosing
from edms.storage.proofs import promise_of

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)


SEAL = click.option(
    "--seal", "seals_", multiple=True, metavar="KEY",
    help="Public key that seals the backups, as text or in a file; this machine's own counts too.",
)  # fmt: skip


@click.command("backup")
@FOLDER
@click.option("--keep", type=click.IntRange(1), help="Then remove all but so many of the newest sets.")
@click.option("--check", is_flag=True, help="Make none: read the newest set and every content of it, and compare.")
@click.option("--show-seal", is_flag=True, help="Make none: show the public key that seals, to be kept apart.")
@SEAL
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def back_up(
    folder: Path | None, keep: int | None, check: bool, show_seal: bool, seals_: tuple[str, ...], as_json: bool
) -> None:  # fmt: skip
    """Make a backup in FOLDER (or EDMS_BACKUP_DIR), on another disk, while the service runs.

    It holds the service's keys too: keep it as safe as the archive itself.
    """
    settings = load()
    if show_seal:
        public = seals.sealer(settings.backup_seal_key_file).public
        show({"seal": public}, as_json=as_json, text=public)
        return
    root = _folder(settings, folder)
    if check:
        _checked(sets.set_of(root), seals.seals(seals_, settings.backup_seal_key_file), as_json)
        return
    house = build(settings, pool_size=2)
    try:
        with sets.alone(root):
            bar = _Bar()
            made = making.make(house.backup_source, root, on_start=bar.start, on_each=bar.step)
            gone = sets.thin_out(root, keep=keep) if keep else []
        public = house.backup_sealer.public
    finally:
        house.close()
    facts = {**_facts(made), "removed": gone, "seal": public, "seconds": round(bar.seconds, 1)}
    text = (
        f"{made.folder}: {made.manifest.documents} documents, {made.manifest.contents} contents, {len(gone)} old sets removed.\n"
        f"Sealed. Its public key, to be kept apart from the backups: {public}"
    )
    show(facts, as_json=as_json, text=text)


@click.command()
@FOLDER
@click.option("--set", "name", help="Which set; without it the newest.")
@SEAL
@click.option(
    "--unsealed", is_flag=True, help="Take the set and the list of what was destroyed as they are, unchecked."
)
@click.option(
    "--destroyed",
    "lists",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="LIST",
    help="The newest list of what acts of destruction destroyed (or its folder), instead of those beside the sets.",
)
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
@click.option(
    "--none-destroyed", is_flag=True, help="No list was found, and no act destroyed anything since the backup."
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def restore(
    folder: Path | None, name: str | None, seals_: tuple[str, ...], unsealed: bool, lists: tuple[Path, ...],
    accept: bool, lasts: tuple[str, ...], gap: int | None, none_destroyed: bool, as_json: bool,
) -> None:  # fmt: skip
    """Put a house back from a backup in FOLDER into an empty data folder and database; run it again if it was stopped.

    What acts of destruction destroyed since is destroyed again. Then `edms restore --accept`: numbers that were given out
    after the backup are voided and never drawn again.
    """
    settings = load()
    known = None if unsealed else seals.seals(seals_, settings.backup_seal_key_file)
    if accept:
        cases = destroyed.given(lists, known) if lists else None
        _accepted(settings, _serials(lasts), gap, cases, none_destroyed, as_json)
        return
    found = sets.set_of(_folder(settings, folder), name)
    if known is not None:
        found.require_seal(known)
    found.check()
    cases = destroyed.given(lists, known) if lists else destroyed.beside(found, known)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    urls = database_urls(settings)
    try:
        only = None if restoring.require_room(found, urls) else restoring.spoken_of(urls)
        restoring.restore_keys(found, keys_of(settings))
        progress = Progress(found.manifest.contents)
        store = choosing.chosen(settings, contents_secret(settings))
        put = restoring.restore_contents(found, store, on_each=lambda: progress.add(1), only=only)
        restoring.restore_database(found, urls)
    finally:
        urls.stop()
    house = build(settings, pool_size=1)
    try:
        again = _again(house, cases) if cases is not None else None
        with house.transaction() as session:
            series = epochs.open_series(session)
    finally:
        house.close()
    registers = "\n".join(f"  {each.name}={each.last}" for each in series)
    text = (
        f"Restored as of {found.manifest.made_at:%Y-%m-%d %H:%M} UTC: {found.manifest.documents} documents, {put} contents put back.\n"
        f"{_told(again)}\n"
        f"Last serials in this backup:\n{registers}\n"
        "Find the last number that was really given out (slips, the printed register), then:\n"
        "  edms restore --accept --last office/register=serial …   or   --gap N for all that are not named"
    )
    registers_ = {each.name: each.last for each in series}
    show({**_facts(found), "put": put, "registers": registers_, **_erased(again)}, as_json=as_json, text=text)


def _accepted(
    settings: Settings, lasts: dict[str, int], gap: int | None, cases: list[GoneCase] | None, none_destroyed: bool,
    as_json: bool,
) -> None:  # fmt: skip
    house = build(settings, pool_size=1)
    again = None
    try:
        behind = _behind(house)
        if cases is not None:
            with house.transaction() as session:
                if behind is not None and epochs.pending(session) is None:
                    epochs.begin(session, behind)
            again = _again(house, cases)
        with house.transaction() as session:
            waiting = epochs.pending(session)
            at = waiting.backup_at if waiting else behind
            reason = {lang: words.say(lang, "backup.lost_number", at=at) for lang in words.LANGS} if at else {}
            restored = epochs.accept(
                session, lasts=lasts, gap=gap, reason=reason, backup_at=behind, nothing_destroyed=none_destroyed
            )
            lost = restored.lost
        with house.transaction() as session:
            ledger.sequence(session)
        with house.transaction() as session:
            epochs.remember(settings.data_dir, ledger.checkpoint(session, house.ledger_signer))
    finally:
        house.close()
    lines = [f"{name}: {first} to {last} are void" for name, (first, last) in lost.items()]
    if again is not None:
        lines.append(_told(again))
    text = "\n".join([*lines, "The house serves again: edms serve."])
    show({"lost": lost, **_erased(again)}, as_json=as_json, text=text)


def _again(house: House, cases: list[GoneCase]) -> Erased:
    progress = Progress(len(cases))
    return erasing.erase_again(house.transaction, house.store, cases, on_each=lambda: progress.add(1))


def _told(again: Erased | None) -> str:
    if again is None:
        return (
            "No list of what acts of destruction destroyed lies beside this set. With --accept bring the newest\n"
            "(--destroyed LIST), or say that nothing was destroyed since the backup (--none-destroyed)."
        )
    lines = [f"Destroyed again by their acts: {again.cases} case files."]
    lines += [f"  stays, {words.say('en', f'backup.left.{why}')}: {name}" for name, why in again.left.items()]
    lines += [f"  act {number} cools off anew: it destroys from {day:%Y-%m-%d}" for number, day in again.cools]
    if again.cools:
        lines.append("Before that day place the holds again that were placed since the backup.")
    return "\n".join(lines)


def _erased(again: Erased | None) -> dict[str, object]:
    if again is None:
        return {"destroyed_again": None}
    left = {name: why.value for name, why in again.left.items()}
    return {"destroyed_again": again.cases, "left": left, "cools": dict(again.cools)}


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


def _checked(found: BackupSet, known: Seals, as_json: bool) -> None:
    if found.seal is not None:
        found.require_seal(known)
    found.check()
    progress, pool = Progress(found.manifest.contents), found.pool
    for key in found.content_keys():
        pool.verify(key, sha256=promise_of(key).sha256, size=pool.size(key))
        progress.add(1)
    text = f"{found.folder}: {found.manifest.contents} contents, dump and keys are what they were."
    if found.seal is None:
        text += "\nIt has no seal: made before sets were sealed, nobody can say whether somebody changed all of it."
    facts = {**_facts(found), "sealed": found.seal is not None, "seconds": round(progress.seconds, 1)}
    show(facts, as_json=as_json, text=text)
    if found.seal is None:
        sys.exit(UNDECIDED)


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
