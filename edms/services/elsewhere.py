"""What is done to a letter in other rooms, by which a step of its case ends of itself.

A step says so by its key in the route (`ends_with`), never by its name: a town's own route may call its steps as it
likes. Where the step has answers, the first is what that act means.
"""

from __future__ import annotations

from enum import StrEnum


class Elsewhere(StrEnum):
    """An act on the letter that is a step of its case too."""

    RESOLUTION = "resolution"  # its head has resolved upon it: so it is ours, and so it is resolved upon
    FILING = "filing"  # it lies in its case file
