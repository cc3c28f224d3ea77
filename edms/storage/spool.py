"""A stream gathered on the way to a remote store: small ones in memory, larger ones in a private file without a name."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from edms.errors import Unavailable
from edms.storage.proofs import Beside

IN_MEMORY = 8 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def gathered(stream: Iterator[bytes], folder: Path, beside: Beside) -> Iterator[tuple[IO[bytes], int]]:
    """The whole from its beginning, and its size. It is gone at the end, also when the process dies.

    Errors: Unavailable when our own disk takes no more; an error of the stream travels on as it is.
    """
    size = 0
    with tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(_folder(folder))) as whole:
        for piece in stream:
            try:
                whole.write(piece)
            except OSError as error:
                raise Unavailable("storage.full" if error.errno in _FULL else "storage.unavailable") from error
            beside.update(piece)
            size += len(piece)
        whole.seek(0)
        yield cast(IO[bytes], whole), size


def _folder(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable("storage.unavailable") from error
    return folder
