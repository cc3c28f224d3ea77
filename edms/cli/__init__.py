"""The `edms` command. A command exists only when it works; each says what it did in words, and with --json to programs.

Exit codes: 0 done, 1 refused with a reason, 2 wrong call, 3 something must be installed, 4 a check found something wrong,
5 a check could not decide.
"""

from __future__ import annotations

import click

from edms import __version__, logs
from edms.cli.archiving import COMMANDS as ARCHIVING
from edms.cli.backing_up import COMMANDS as BACKING_UP
from edms.cli.doctor import COMMANDS as DOCTOR
from edms.cli.fixity import COMMANDS as FIXITY
from edms.cli.intake import COMMANDS as INTAKE
from edms.cli.keeping import COMMANDS as KEEPING
from edms.cli.people import COMMANDS as PEOPLE
from edms.cli.proofs import COMMANDS as PROOFS
from edms.cli.proving import COMMANDS as PROVING
from edms.cli.routes import COMMANDS as ROUTES
from edms.cli.searching import COMMANDS as SEARCHING
from edms.cli.securing import COMMANDS as SECURING
from edms.cli.service import COMMANDS as SERVICE
from edms.cli.setting_up import COMMANDS as SETTING_UP
from edms.cli.signing import COMMANDS as SIGNING
from edms.cli.storing import COMMANDS as STORING
from edms.demo.command import COMMANDS as DEMO


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="edms")
def main() -> None:
    """Records service for municipalities."""
    logs.configure("warning")  # a command says itself what it did; the services it starts take their own level


for command in (
    *SETTING_UP,
    *SERVICE,
    *SECURING,
    *SIGNING,
    *PEOPLE,
    *INTAKE,
    *PROOFS,
    *PROVING,
    *STORING,
    *KEEPING,
    *ARCHIVING,
    *FIXITY,
    *BACKING_UP,
    *SEARCHING,
    *ROUTES,
    *DOCTOR,
    *DEMO,
):
    main.add_command(command)
