"""Each command of `edms` is found where it is said to be, and none is loaded for another's sake."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib import import_module

import edms.cli
from edms.demo import command


def test_each_command_has_its_home_and_none_is_forgotten() -> None:
    modules = [
        import_module(f"edms.cli.{each.name}")
        for each in pkgutil.iter_modules(edms.cli.__path__)
        if each.name != "__main__"
    ]
    homes = {each.name: module.__name__ for module in (*modules, command) for each in getattr(module, "COMMANDS", ())}
    assert homes == edms.cli.HOMES


def test_the_help_of_one_loads_no_other() -> None:
    asked = "import sys; from edms.cli import main; main(['routes', '--help'], standalone_mode=False); print(sorted(sys.modules))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert "'edms.cli.routes'" in told
    assert "'edms.cli.proofs'" not in told and "'edms.demo.command'" not in told
