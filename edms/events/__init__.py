"""The history: every act and every reading, append-only, with what must happen next.

`record()` writes the event, its ledger leaf where the act changes the register, and the jobs that FOLLOW_UPS names,
all in the caller's transaction. Rooms call down; what happens upstairs happens because an event posted a job.
The application's database role can neither change nor delete an event; there is no foreign key from here to any
subject, so that the history outlives it.
"""

from __future__ import annotations

from edms.events.follow_ups import FOLLOW_UPS
from edms.events.history import Act, Recorded, Subject, record, said, statement, write
from edms.events.kinds import Event
from edms.events.ledgered import LEDGERED
from edms.events.models import EventLine

__all__ = [
    "FOLLOW_UPS",
    "LEDGERED",
    "Act",
    "Event",
    "EventLine",
    "Recorded",
    "Subject",
    "record",
    "said",
    "statement",
    "write",
]
