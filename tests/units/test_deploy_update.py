"""deploy/update: one command to the next version; what fails on the way, or later, leads back to the one before."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "update"
EDMS = '#!/bin/sh\necho "{name} $1" >>{log}\n[ "$1" != "{fails}" ]\n'


class Machine:
    """A folder in the place of /opt, with programs that write down that they were called in the place of systemd's."""

    def __init__(self, root: Path) -> None:
        self.root, self.log, self.here = root, root / "log", root / "edms"
        programs = root / "bin"
        programs.mkdir()
        self._program(programs / "systemctl", f'#!/bin/sh\necho "$1" >>{self.log}\n')
        self._program(programs / "systemd-run", '#!/bin/sh\nwhile [ "${1#*/edms}" = "$1" ] || [ ! -x "$1" ]; do shift; done\nexec "$@"\n')  # fmt: skip
        self.environ = {"PATH": f"{programs}:{os.environ['PATH']}", "EDMS_HOME": str(self.here)}
        self.version("edms")

    def version(self, name: str, *, fails: str = "-") -> Path:
        folder = self.root / name
        for inside in (".venv/bin", ".ci"):
            (folder / inside).mkdir(parents=True)
        self._program(folder / ".venv/bin/edms", EDMS.format(name=name, log=self.log, fails=fails))
        self._program(folder / ".ci/prepare", f"#!/bin/sh\necho prepare >>{self.log}\n")
        return folder

    def run(self, *words: str) -> tuple[int, list[str]]:
        self.log.write_text("")
        ended = subprocess.run([SCRIPT, *words], env=self.environ, capture_output=True, text=True, check=False)
        return ended.returncode, self.log.read_text().splitlines()

    @property
    def in_use(self) -> str:
        return self.here.resolve().name

    @staticmethod
    def _program(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_version_that_runs_makes_the_backup_the_new_one_brings_up_the_schema(machine: Machine) -> None:
    new = machine.version("edms-2")
    code, done = machine.run(str(new))
    assert (code, done) == (0, ["prepare", "stop", "edms backup", "edms-2 setup", "start"])
    assert machine.in_use == "edms-2"
    assert machine.run(str(new))[0] == 2  # it is in use already: nothing is stopped
    assert machine.run("--back") == (0, ["stop", "start"]) and machine.in_use == "edms.first"
    assert machine.run(str(new))[0] == 0 and machine.in_use == "edms-2"  # and forth again


@pytest.mark.parametrize("fails", ["backup", "setup"])
def test_what_fails_on_the_way_starts_the_version_before(machine: Machine, fails: str) -> None:
    if fails == "backup":
        program = machine.here / ".venv/bin/edms"
        program.write_text(EDMS.format(name="edms", log=machine.log, fails="backup"))
    code, done = machine.run(str(machine.version("edms-2", fails=fails)))
    assert code != 0 and done[-1] == "start" and machine.in_use == "edms.first"
    assert ("edms-2 setup" in done) is (fails == "setup")


def test_without_a_version_before_there_is_no_way_back(machine: Machine) -> None:
    assert machine.run("--back") == (4, [])
    assert machine.run(str(machine.root / "bin")) == (2, [])  # no version of edms: the service goes on
