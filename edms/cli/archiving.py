"""archive: take a letter out with all that proves it, and check a package from anywhere."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from edms import clock, ledger, words
from edms.access.actor import Actor
from edms.archive import exporting, verifying
from edms.archive.package.found import Fault
from edms.archive.verifying import Verified
from edms.bootstrap import build
from edms.cli.saying import FOUND_WRONG, UNDECIDED, said, show
from edms.config import load
from edms.ledger import Verifier
from edms.registry.models import Document
from edms.registry.numbering import document_of_number
from edms.signing import algorithms, trust
from edms.signing.verdicts import Bottom


@click.group()
def archive() -> None:
    """Packages with all that proves a letter or a case file: make one of a letter, check one from anywhere."""


@archive.command("letter")
@click.argument("organisation_code")
@click.argument("number")
@click.option("--year", type=int, help="In which it was registered; the newest without it.")
@click.option(
    "--to", "target", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The ZIP to write."
)
@said
def archive_letter(organisation_code: str, number: str, year: int | None, target: Path) -> None:
    """One letter with papers, card, acts, signatures' evidence and receipts, as a ZIP that proves itself."""
    house = build(load(), pool_size=2)
    try:
        until = clock.now()
        house.seal()
        with house.transaction() as session:
            document_id, _leaf = document_of_number(session, organisation_code, number, year)
            found = session.get_one(Document, document_id)
            export = exporting.of_letter(
                session, Actor.system(found.organisation_id), found, house.store,
                verifier=house.ledger_signer.verifier, until=until, published=house.key_page,
            )  # fmt: skip
        part = target.with_name(f".{target.name}.part")
        try:
            with part.open("wb") as stream:
                made = exporting.pack(stream, export)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    finally:
        house.close()
    click.echo(f"{target}: {made.files} files, {made.size / 1e6:.1f} MB. Next: edms archive verify {target}")


@archive.command("verify")
@click.argument("package", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key", "key", help="The office's public key: a PEM file, or its base64 text, as the office publishes it."
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def archive_verify(package: Path, key: str | None, as_json: bool) -> None:
    """Check a package, asking nobody: every file, the structure, the signatures, the receipts of the register.

    Needs no database. Exit codes: 0 all of it holds; 4 something is wrong; 5 nothing is wrong, but a signature or a
    receipt cannot be decided from here.
    """
    settings = load()
    found = verifying.verify(
        package,
        roots=trust.load(settings.trust_dir),
        algorithms=algorithms.load(settings.algorithms_file),
        key=_key(key) if key else None,
    )
    show(_facts(found), as_json=as_json, text="\n".join(_sentences(package, found)))
    if found.faults:
        sys.exit(FOUND_WRONG)
    if found.undecided or found.erased:
        sys.exit(UNDECIDED)


def _key(given: str) -> Verifier:
    """Errors: Invalid for what is no key."""
    path = Path(given)
    return ledger.load_verifier(path.read_text(encoding="ascii") if path.is_file() else given)


def _facts(found: Verified) -> dict[str, object]:
    return {
        "ident": found.found.ident,
        "whole": not found.faults,
        "letters": found.found.letters,
        "files": found.found.files,
        "bytes": found.found.size,
        "faults": [{"path": each.path, "message": each.message, "text": _said(each)} for each in found.faults],
        "signatures": [
            {"name": each.signed.name, "now": each.verdict.bottom.value, "then": each.signed.verdict}
            for each in found.judged
        ],
        "receipts": found.receipts,
        "receipts_erased": found.erased,
        "key": found.key,
        "key_given": found.key_given,
    }


def _sentences(package: Path, found: Verified) -> list[str]:
    if found.faults:
        lines = [f"{package}: do not rely on it."]
        return lines + [f"  {each.path or package.name}: {_said(each)}" for each in found.faults]
    about = found.found
    passed = sum(each.verdict.bottom is Bottom.PASSED for each in found.judged)
    lines = [
        f"{package}: whole. {about.letters} letters, {about.files} files, {about.size / 1e6:.1f} MB.",
        f"  {passed} of {len(found.judged)} signed papers pass; {found.receipts} receipts prove their acts.",
    ]
    if found.erased:
        lines.append(f"  {found.erased} receipts no longer say what they are of: that was erased at the office.")
    lines += [f"  undecided: {each.signed.name}: {words.say('en', each.verdict.reason)}" for each in found.undecided]
    if found.key and not found.key_given:
        lines.append(
            f"  The receipts were checked with the key in the package, {found.key}: compare it with the office's."
        )
    return lines


def _said(fault: Fault) -> str:
    values = {name: words.say("en", str(v)) if words.known(str(v)) else v for name, v in fault.values.items()}
    return words.say("en", fault.message, **values)


COMMANDS = (archive,)
