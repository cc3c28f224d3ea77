"""Python's collector of garbage, told what kind of life our long-lived processes lead.

What they have loaded stays for good; what a page or a job makes is gone with it, nearly all of it at once and without the
collector, and is thousands of objects: asked after each 700 of them, as it is of itself, it comes many times a page.
"""

from __future__ import annotations

import gc

RARELY = (20_000, 20, 20)


def settle() -> None:
    """What is loaded now stays; from here on the collector comes rarely. A fork shares what the collector leaves alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
