"""The `edms` command. A command exists only when it works; each says what it did in words, and with --json to programs.

Exit codes: 0 done, 1 refused with a reason, 2 wrong call, 3 something must be installed, 4 a check found something wrong.
"""

from __future__ import annotations

import click

from edms import __version__
from edms.cli import doctor, intake, people, proofs, service
from edms.demo import command as demo


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="edms")
def main() -> None:
    """Records service for municipalities."""


for command in (
    *service.COMMANDS,
    *people.COMMANDS,
    *intake.COMMANDS,
    *proofs.COMMANDS,
    *doctor.COMMANDS,
    *demo.COMMANDS,
):
    main.add_command(command)
