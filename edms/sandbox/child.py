"""The child's side, from the fork on (`cradle.py`).

The walls first, then the untrusted bytes. What it has to say leaves as lines of JSON through a pipe of its own: parts as
they are ready, at last how it ended. It never unpickles and never prints.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from edms.errors import EdmsError
from edms.sandbox import confine
from edms.sandbox.limits import Limits

Work = Callable[..., Iterable[dict[str, Any]]]


def work(asked: dict[str, Any], handle: int) -> None:
    """Do the one piece of work, telling of it through the pipe `handle`; returns when nobody may be told anything more."""
    confine.die_with_parent()
    os.environ.clear()
    os.environ.update(asked["environment"])
    tempfile.tempdir = None
    voice = os.fdopen(handle, "w", encoding="utf-8")

    def say(**message: Any) -> None:
        voice.write(json.dumps(message, ensure_ascii=True) + "\n")
        voice.flush()

    folder = Path(asked["folder"])
    os.chdir(folder)
    module, _, name = asked["function"].partition(":")
    function: Work = getattr(importlib.import_module(module), name)
    inputs = [Path(path) for path in asked["inputs"]]
    confine.limit_resources(Limits.from_json(asked["limits"]))
    wall = confine.shut(asked["wall"])
    closed = confine.shut_files(folder, [*inputs, *map(Path, asked["readable"])])
    say(wall=wall, files_shut=closed)
    if wall is None:
        return
    say(**_ending(function, inputs, folder, asked["arguments"], say))
    with contextlib.suppress(OSError):
        voice.close()


def _ending(
    function: Work, inputs: list[Path], folder: Path, arguments: dict[str, Any], say: Callable[..., None]
) -> dict[str, Any]:
    try:
        for part in function(inputs, folder, **arguments):
            say(part=part)
    except EdmsError as error:
        return {"ended": error.message, "values": {name: str(value) for name, value in error.values.items()}}
    except MemoryError:
        return {"ended": "sandbox.too_much_memory"}
    except Exception as error:
        # Whatever a parser throws at bytes it does not understand: a reason, told without the document's words.
        return {"ended": "sandbox.not_understood", "detail": type(error).__name__}
    return {"ended": None}
