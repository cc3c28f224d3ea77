"""What machines do, in the imperative, and how each kind is queued, hurried, repeated and retried: one literal table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A kind of job. Its subject is one id; the handler reads the present state, so running twice is harmless."""

    LOOK_INSIDE = "look_inside"
    """Kind, pages, text, OCR and previews of a content."""
    MAKE_COPY = "make_copy"
    """A PDF/A with the recognised text under a scan, beside the original."""
    FOLLOW_LABEL = "follow_label"
    """Let a scan join the letter whose label stands on it."""
    CHECK_SIGNATURES = "check_signatures"
    """Judge the signatures of a content that came from elsewhere."""
    INDEX = "index"
    """Bring a document's line in the search index to its present state."""
    NOTIFY = "notify"
    """Tell the people whom an event concerns."""
    MAIL_NOTICES = "mail_notices"
    """Send one person the mail about her notices."""
    MAIL_DIGESTS = "mail_digests"
    """Post the day's digests, once on each organisation's working day."""
    PRINT_DRAFT = "print_draft"
    """Print the page of a draft that lies before those who agree to it or sign it."""
    MARK_DRAFTS = "mark_drafts"
    """Give the papers that answer a letter whose grade was raised pages with the mark that they must bear."""
    SEQUENCE = "sequence"
    """Give the ledger's new leaves their positions."""
    CHECKPOINT = "checkpoint"
    """Sign the ledger's present root."""
    PREPARE_SIGNATURE = "prepare_signature"
    """Set the stamp and make the bytes that will be signed."""
    EMBED_SIGNATURE = "embed_signature"
    """Put the signature made at the signer's act into the prepared bytes."""
    RAISE_SIGNATURE = "raise_signature"
    """Add time stamps and validation data up to B-LTA."""
    TEND_SIGNATURES = "tend_signatures"
    """Send on the signatures that no job carries any more, and end what was not signed in its term."""
    RENEW_PROOF = "renew_proof"
    """Put a further time stamp over a signed file before its proof ends."""
    FIND_DUE_PROOFS = "find_due_proofs"
    """Find the signed files whose proof ends soon, and have the next of them carried on."""
    DISPATCH = "dispatch"
    """Send a letter by the channel of its dispatch line."""
    MAKE_MAILING = "make_mailing"
    """Make the letters of a list, one after another."""
    PROPOSE_CLOSING = "propose_closing"
    """Propose the incoming letter for closing when its final reply has gone."""
    SET_DUE = "set_due"
    """Set until when a closed case file is kept."""
    RESET_CLASS = "reset_class"
    """Compute anew the dates of the case files of a class that was lengthened."""
    TEND_KEEPING = "tend_keeping"
    """End holds whose last day is over, set dates that are missing, begin acts whose cooling-off is over."""
    ERASE = "erase"
    """Erase what an approved act of destruction names, case by case."""
    PRINT_ACT = "print_act"
    """Print an act of destruction, and its certificate when all is erased."""
    MAKE_JOURNAL = "make_journal"
    """Print a register of a period for the one who asked for it."""
    MAKE_TABLE = "make_table"
    """Write a long list as a table for the one who asked for it."""
    MAKE_PACKAGE = "make_package"
    """Make the package of a case file that goes to the archive."""
    LAY_OUT_TRANSFER = "lay_out_transfer"
    """Lay the packages of a transfer into the folder where the archive fetches them."""
    READ_CONTENTS = "read_contents"
    """Read some of the contents again, and compare them with what was stored."""
    REMIND = "remind"
    """Remind executors of terms that come near or have passed, once on each organisation's civil day."""
    LAPSE_RESERVATIONS = "lapse_reservations"
    """Void reserved numbers whose time has run out."""
    RECONCILE_ARRIVALS = "reconcile_arrivals"
    """Received = registered + waiting + ended otherwise, once on each organisation's civil day."""
    SUM_LETTERS = "sum_letters"
    """Let the letters of past days enter the monthly sums, fold the sums' parts, and count some months anew."""
    CLEAR_NOTICES = "clear_notices"
    """Remove the notices that were seen long ago, and the mails that carried such."""
    SWEEP_STORE = "sweep_store"
    """Remove from the store what no row speaks of and nobody can still be writing."""
    BACK_UP = "back_up"
    """Make the nightly backup, when a folder for it is set."""
    READ_AGAIN = "read_again"
    """Send what waited for the OCR engine or a model of it to be read, once it is installed."""
    POLL_SCANS = "poll_scans"
    """Look into the scan folders."""
    POLL_MAIL = "poll_mail"
    """Look into the e-mail boxes."""
    TEND_INDEX = "tend_index"
    """Build the search index where the engine has lost it."""
    FOLLOW_SEARCHES = "follow_searches"
    """Tell those who follow a saved search of new letters that answer."""
    FOLLOW_CASE = "follow_case"
    """Carry on the case of a document, or the one that it was made for."""
    FOLLOW_DRAFT = "follow_draft"
    """Carry on the case for which a draft was written."""
    TEND_CASES = "tend_cases"
    """Begin the cases of registered applications, carry on those whose papers were signed, and let the clock act."""
    OPEN_YEARLY = "open_yearly"
    """Open the cases that begin by the calendar, once a year in each organisation."""
    RESCUE = "rescue"
    """Return the jobs of dead workers to their queues, and park those that killed theirs."""


class Queue(StrEnum):
    """A queue; a worker may be told to serve some of them only."""

    CAPTURE = "capture"
    """Heavy: minutes of processor time for one letter."""
    SIGNING = "signing"
    """A person may be waiting for the result."""
    DESK = "desk"
    """Index, notices, closing: short, soon."""
    POST = "post"
    """Speaks to mail servers and other offices, which may be slow."""
    ROUNDS = "rounds"
    """The periodic rounds of the house."""


@dataclass(frozen=True)
class Habit:
    """How jobs of one kind are treated. Waits are seconds; `cron` may have a sixth field, seconds, at its end."""

    queue: Queue
    priority: int = 0
    retries: int = 8
    """How often a job is tried again that was Unavailable or overtaken; any other error parks it at once."""
    first_wait: int = 5
    """Doubled at each retry, up to `longest_wait`."""
    longest_wait: int = 3600
    cron: str | None = None

    def wait(self, attempts: int) -> int:
        """Seconds before the next try, after `attempts` earlier ones."""
        return min(self.longest_wait, self.first_wait << min(attempts, 20))


# Higher priority first within a queue. Rounds come again by themselves: they are not retried.
HABITS: Mapping[Kind, Habit] = {
    Kind.LOOK_INSIDE: Habit(Queue.CAPTURE),
    # Behind whatever is still to be read, of any office (its jobs stand up to CROWD_LIMIT below their own priority).
    Kind.MAKE_COPY: Habit(Queue.CAPTURE, priority=-50_000),
    Kind.CHECK_SIGNATURES: Habit(Queue.SIGNING),
    Kind.PRINT_DRAFT: Habit(Queue.SIGNING, priority=15, first_wait=2, longest_wait=60),
    Kind.MARK_DRAFTS: Habit(Queue.SIGNING, priority=25, first_wait=5, longest_wait=60, retries=500),
    Kind.PREPARE_SIGNATURE: Habit(Queue.SIGNING, priority=20, first_wait=2),
    Kind.EMBED_SIGNATURE: Habit(Queue.SIGNING, priority=30, first_wait=2),
    # An authority that is silent for a week finds its signatures waiting.
    Kind.RAISE_SIGNATURE: Habit(Queue.SIGNING, priority=10, longest_wait=900, retries=2_000),
    # Behind whatever a person waits for.
    Kind.RENEW_PROOF: Habit(Queue.SIGNING, priority=-100, first_wait=60),
    # An engine that is away for a week finds its backlog waiting; a job costs nothing while the engine is left alone.
    Kind.INDEX: Habit(Queue.DESK, priority=10, first_wait=1, longest_wait=300, retries=2_000),
    Kind.NOTIFY: Habit(Queue.DESK, priority=5),
    Kind.PROPOSE_CLOSING: Habit(Queue.DESK),
    Kind.SET_DUE: Habit(Queue.DESK),
    Kind.RESET_CLASS: Habit(Queue.DESK),
    # A store that is away for a week finds its bytes waiting to be erased.
    Kind.ERASE: Habit(Queue.POST, priority=-20, first_wait=30, retries=400),
    Kind.PRINT_ACT: Habit(Queue.CAPTURE, priority=10),
    Kind.MAKE_MAILING: Habit(Queue.POST, priority=-10),
    Kind.MAKE_JOURNAL: Habit(Queue.CAPTURE, priority=10, retries=4),
    Kind.MAKE_TABLE: Habit(Queue.CAPTURE, priority=10, retries=4),
    Kind.MAKE_PACKAGE: Habit(Queue.CAPTURE, priority=-1_000, first_wait=30),
    Kind.LAY_OUT_TRANSFER: Habit(Queue.POST, priority=-10, first_wait=60, retries=2_000),
    Kind.FOLLOW_LABEL: Habit(Queue.DESK),
    Kind.FOLLOW_CASE: Habit(Queue.DESK),
    Kind.FOLLOW_DRAFT: Habit(Queue.DESK),
    Kind.DISPATCH: Habit(Queue.POST, first_wait=30, retries=16),
    Kind.MAIL_NOTICES: Habit(Queue.POST, priority=-10, first_wait=60, retries=16),
    Kind.RESCUE: Habit(Queue.ROUNDS, priority=50, retries=0, cron="* * * * * */10"),
    Kind.SEQUENCE: Habit(Queue.ROUNDS, priority=40, retries=0, cron="* * * * * */3"),
    Kind.CHECKPOINT: Habit(Queue.ROUNDS, priority=30, retries=0, cron="*/30 * * * *"),
    Kind.POLL_SCANS: Habit(Queue.ROUNDS, priority=20, retries=0, cron="* * * * * */5"),
    Kind.POLL_MAIL: Habit(Queue.ROUNDS, retries=0, cron="* * * * * */30"),
    Kind.TEND_INDEX: Habit(Queue.ROUNDS, retries=0, cron="* * * * *"),
    Kind.FOLLOW_SEARCHES: Habit(Queue.ROUNDS, retries=0, cron="*/10 * * * *"),
    Kind.FIND_DUE_PROOFS: Habit(Queue.ROUNDS, retries=0, cron="47 * * * *"),
    Kind.TEND_CASES: Habit(Queue.ROUNDS, retries=0, cron="* * * * *"),
    Kind.OPEN_YEARLY: Habit(Queue.ROUNDS, retries=0, cron="6 * * * *"),
    Kind.LAPSE_RESERVATIONS: Habit(Queue.ROUNDS, retries=0, cron="3 * * * *"),
    Kind.TEND_KEEPING: Habit(Queue.ROUNDS, retries=0, cron="52 * * * *"),
    Kind.REMIND: Habit(Queue.ROUNDS, retries=0, cron="8 * * * *"),
    Kind.MAIL_DIGESTS: Habit(Queue.ROUNDS, retries=0, cron="20 * * * *"),
    Kind.TEND_SIGNATURES: Habit(Queue.ROUNDS, retries=0, cron="*/10 * * * *"),
    # These two come by the house's own night (`workers.nights`).
    Kind.BACK_UP: Habit(Queue.ROUNDS, retries=0, cron="17 * * * *"),
    Kind.SWEEP_STORE: Habit(Queue.ROUNDS, retries=0, cron="41 * * * *"),
    Kind.READ_AGAIN: Habit(Queue.ROUNDS, retries=0, cron="27 * * * *"),
    Kind.READ_CONTENTS: Habit(Queue.ROUNDS, priority=-10, retries=0, cron="53 * * * *"),
    Kind.SUM_LETTERS: Habit(Queue.ROUNDS, retries=0, cron="33 * * * *"),
    Kind.RECONCILE_ARRIVALS: Habit(Queue.ROUNDS, retries=0, cron="13 * * * *"),
    Kind.CLEAR_NOTICES: Habit(Queue.ROUNDS, priority=-10, retries=0, cron="37 * * * *"),
}

PERIODIC: Mapping[Kind, str] = {kind: habit.cron for kind, habit in HABITS.items() if habit.cron is not None}

# A job whose worker died this often is parked: its letter, not the machine, is then the likely cause.
DEATHS = 3
