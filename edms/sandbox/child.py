"""The child's side: `python -P -m edms.sandbox.child`, its work as JSON on standard input.

Imports first, then the walls, then the untrusted bytes. What it has to say leaves as lines of JSON through a pipe of
its own: parts as they are ready, at last how it ended. It never unpickles and never prints.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from edms.errors import EdmsError
from edms.sandbox import confine
from edms.sandbox.limits import Limits

Work = Callable[..., Iterable[dict[str, Any]]]


def main() -> None:
    """Do the one piece of work and end."""
    confine.die_with_parent()
    asked = json.load(sys.stdin)
    voice = os.fdopen(asked["voice"], "w", encoding="utf-8")

    def say(**message: Any) -> None:
        voice.write(json.dumps(message, ensure_ascii=True) + "\n")
        voice.flush()

    folder = Path(asked["folder"])
    os.chdir(folder)
    module, _, name = asked["function"].partition(":")
    work: Work = getattr(importlib.import_module(module), name)
    inputs = [Path(path) for path in asked["inputs"]]
    confine.limit_resources(Limits.from_json(asked["limits"]))
    wall = confine.shut(asked["wall"])
    closed = confine.shut_files(folder, [*inputs, *map(Path, asked["readable"])])
    say(wall=wall, files_shut=closed)
    if wall is None:
        return
    say(**_ending(work, inputs, folder, asked["arguments"], say))
    # Broken native libraries may hang or die while they are torn down: the work is done, leave at once.
    with contextlib.suppress(OSError):
        voice.close()
    os._exit(0)


def _ending(
    work: Work, inputs: list[Path], folder: Path, arguments: dict[str, Any], say: Callable[..., None]
) -> dict[str, Any]:
    try:
        for part in work(inputs, folder, **arguments):
            say(part=part)
    except EdmsError as error:
        return {"ended": error.message, "values": {name: str(value) for name, value in error.values.items()}}
    except MemoryError:
        return {"ended": "sandbox.too_much_memory"}
    except Exception as error:
        # Whatever a parser throws at bytes it does not understand: a reason, told without the document's words.
        return {"ended": "sandbox.not_understood", "detail": type(error).__name__}
    return {"ended": None}


if __name__ == "__main__":
    main()
