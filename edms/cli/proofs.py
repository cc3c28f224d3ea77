"""ledger, verify: what can be proved, and whether it still holds."""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import click
from sqlalchemy.orm import Session

from edms import clock, ledger, words
from edms.bootstrap import House, build
from edms.cli.saying import FOUND_WRONG, UNDECIDED, said, show
from edms.config import load
from edms.registry import facts
from edms.registry.numbering import leaf_of_number
from edms.retention import dating, holds
from edms.signing import validation
from edms.signing.verdicts import Bottom, Verdict

READERS = {"document": facts.present, "hold": holds.present, "case_keeping": dating.present}
WHOLE = {"document": facts.without_act}


@click.group("ledger")
def ledger_group() -> None:
    """The ledger: verify it, sign a checkpoint, give out a receipt or the public key."""


@ledger_group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@click.option(
    "--checkpoint",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Also whether the ledger begins with this checkpoint, as it stands at the foot of a journal or was kept elsewhere.",
)
@said
def ledger_verify(as_json: bool, checkpoint: IO[str] | None) -> None:
    """Compute the ledger anew, compare it with what is stored, and the register with what its acts said. Exit 4: wrong."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            ledger.sequence(session)
        with house.transaction() as session:
            verdict = ledger.verify(session, house.ledger_signer.verifier)
            wrong = [verdict.difference] if verdict.difference else []
            wrong += ledger.verify_facts(session, READERS, WHOLE)
            held = _held(session, house, checkpoint.read()) if checkpoint is not None else None
    finally:
        house.close()
    lines = [f"{d.table} {d.row}, {d.field}: {words.say('en', d.message, **d.values)}" for d in wrong]
    if held is not None and not held.holds:
        lines.append(f"The ledger does not begin with the checkpoint over {held.size} acts.")
    text = "\n".join(lines) or f"The ledger is sound: {verdict.size} acts, {verdict.checkpoints} checkpoints."
    if held is not None and held.holds:
        text += f"\nIt begins with the checkpoint over {held.size} acts of {held.at.isoformat()}."
    show(
        {"sound": not lines, "size": verdict.size, "root": verdict.root.hex(), "wrong": lines},
        as_json=as_json,
        text=text,
    )
    if lines:
        sys.exit(FOUND_WRONG)


@dataclass(frozen=True)
class Held:
    """What a checkpoint says, and whether this ledger begins with it."""

    size: int
    at: datetime
    holds: bool


def _held(session: Session, house: House, note: str) -> Held:
    """Errors: Corrupt when it is no checkpoint that our key signed."""
    lines = [line.strip() for line in note.strip().splitlines()]  # as it was typed from paper
    said = ledger.read_note("\n".join(lines) + "\n", house.ledger_signer.verifier)
    holds = said.size <= ledger.size(session) and ledger.root_of(session, said.size) == said.root
    return Held(said.size, said.at, holds)


@ledger_group.command("checkpoint")
@said
def ledger_checkpoint() -> None:
    """Sign a checkpoint now and print it; keep it elsewhere to prove later that nothing was rewritten."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            ledger.sequence(session)
        with house.transaction() as session:
            click.echo(ledger.checkpoint(session, house.ledger_signer).note(), nl=False)
    finally:
        house.close()


@ledger_group.command("receipt")
@click.argument("organisation_code")
@click.argument("number")
@click.option("--year", type=int, help="In which it was registered; the newest without it.")
@said
def ledger_receipt(organisation_code: str, number: str, year: int | None) -> None:
    """The receipt of a registration, for the stand-alone checker."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            leaf_id = leaf_of_number(session, organisation_code, number, year)
            click.echo(json.dumps(ledger.receipt(session, leaf_id), ensure_ascii=False, indent=1))
    finally:
        house.close()


@ledger_group.command("public-key")
@said
def ledger_public_key() -> None:
    """The public key with which anyone checks receipts and checkpoints, in base64."""
    house = build(load(), pool_size=1)
    try:
        click.echo(base64.b64encode(house.ledger_signer.verifier.raw).decode())
    finally:
        house.close()


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE…"
)
@click.option("--json", "as_json", is_flag=True, help="The results as JSON, for programs: one object a file.")
@click.option("--offline", is_flag=True, help="Ask nobody about revocation.")
@said
def verify(files: tuple[Path, ...], as_json: bool, offline: bool) -> None:
    """Check the signatures of files (PDF, CMS, signed containers, XML) against the trusted roots.

    A detached signature is checked over the file it is named after, and over the other files given. Exit codes: 0 all
    passed; 4 one failed; 5 none failed, but one cannot be decided or is not signed.
    """
    house = build(load(), pool_size=1)
    try:
        roots, outside = house.roots, None if offline else house.outside
        found = []
        for file in files:
            near = {other: other.name for other in (*files, file.with_suffix("")) if other != file and other.is_file()}
            beside = [(name, other) for other, name in near.items()]
            judged = validation.judge(
                file, roots, outside=outside, beside=beside, name=file.name, algorithms=house.algorithms
            )
            found.append((file, judged.verdict))
    finally:
        house.close()
    told = [_facts(file, verdict) for file, verdict in found]
    show({"files": told}, as_json=as_json, text="\n\n".join(_sentences(file, verdict) for file, verdict in found))
    bottoms = {verdict.bottom for _, verdict in found}
    if bottoms != {Bottom.PASSED}:
        sys.exit(FOUND_WRONG if Bottom.FAILED in bottoms else UNDECIDED)


def _facts(file: Path, verdict: Verdict) -> dict[str, Any]:
    return {
        "file": str(file),
        "verdict": verdict.bottom.value,
        "reason": words.say("en", verdict.reason),
        "sub_indication": verdict.sub_indication,
        "level": verdict.level.value if verdict.level else None,
        "who": list(verdict.who),
        "proven_at": verdict.when,
        "changed_after": verdict.changed_after,
        "revision_length": verdict.revision_length,
        "signatures": verdict.as_json()["findings"],
    }


def _sentences(file: Path, verdict: Verdict) -> str:
    """What a person wants to know, in this order: rely on it, why, who, since when, what came after."""
    lines = [f"{file}: {words.say('en', f'signing.panel.{verdict.bottom.value}')}", words.say("en", verdict.reason)]
    for finding in verdict.findings:
        who = ", ".join(filter(None, (finding.who, finding.organisation)))
        by = "by" if finding.bottom is Bottom.PASSED else "says_by"
        lines.append(words.say("en", f"signing.panel.{by}", who=who) if who else words.say("en", finding.reason))
        if finding.proven_at or finding.claimed_at:
            at = (finding.proven_at or finding.claimed_at or clock.now()).isoformat(sep=" ", timespec="seconds")
            lines.append(words.say("en", f"signing.panel.{'since' if finding.proven_at else 'claimed'}", at=at))
        lines += [words.say("en", message, page=page) for message, page in finding.changes]
        level = f"{finding.form.value} {finding.level.value if finding.level else ''}".strip()
        lines.append(f"{level}, {finding.bottom.value.upper()} {finding.sub_indication or ''}".strip())
    return "\n  ".join(lines)


COMMANDS = (ledger_group, verify)
