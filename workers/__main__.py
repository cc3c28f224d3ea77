"""`python -m workers`: one worker process with every kind of job. The literal table of what does what."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

from edms import collector, logs, rank
from edms.bootstrap import House, build
from edms.config import load
from edms.jobs import Kind, Queue
from edms.keeper import end_with_keeper
from edms.sandbox.nursery import NURSERY
from workers import (
    archiving,
    cases,
    closing,
    delivery,
    disposal,
    indexing,
    journals,
    keeping,
    mailboxes,
    mailing,
    notice_mail,
    notices,
    ocr,
    printing,
    renewing,
    rounds,
    scans,
    schedule,
    sealing,
    searches,
    signing,
    summing,
    sweeping,
    tables,
    yearly,
)
from workers.nights import at_night
from workers.runtime import BEHIND, run_worker

HANDLERS: Mapping[Kind, Callable[[House, int | None], object]] = {
    Kind.LOOK_INSIDE: ocr.look_inside,
    Kind.MAKE_COPY: ocr.make_copy,
    Kind.FOLLOW_LABEL: ocr.follow_label,
    Kind.INDEX: indexing.index,
    Kind.NOTIFY: notices.notify,
    Kind.MAIL_NOTICES: notice_mail.send_notices,
    Kind.MAIL_DIGESTS: notice_mail.post_digests,
    Kind.SEQUENCE: sealing.sequence,
    Kind.CHECKPOINT: sealing.checkpoint,
    Kind.CHECK_SIGNATURES: signing.check,
    Kind.PRINT_DRAFT: printing.print_draft,
    Kind.MARK_DRAFTS: printing.mark_drafts,
    Kind.PREPARE_SIGNATURE: signing.prepare,
    Kind.EMBED_SIGNATURE: signing.embed,
    Kind.RAISE_SIGNATURE: signing.raise_signature,
    Kind.TEND_SIGNATURES: signing.tend,
    Kind.RENEW_PROOF: renewing.renew,
    Kind.FIND_DUE_PROOFS: renewing.find_due,
    Kind.DISPATCH: delivery.deliver,
    Kind.PROPOSE_CLOSING: closing.propose,
    Kind.SET_DUE: disposal.set_due,
    Kind.RESET_CLASS: disposal.reset_class,
    Kind.TEND_KEEPING: disposal.tend,
    Kind.ERASE: disposal.erase,
    Kind.PRINT_ACT: disposal.print_act,
    Kind.MAKE_MAILING: mailing.make,
    Kind.MAKE_JOURNAL: journals.make,
    Kind.MAKE_PACKAGE: archiving.pack,
    Kind.LAY_OUT_TRANSFER: archiving.lay_out,
    Kind.READ_CONTENTS: archiving.read_contents,
    Kind.MAKE_TABLE: tables.make,
    Kind.REMIND: schedule.remind,
    Kind.LAPSE_RESERVATIONS: rounds.lapse_reservations,
    Kind.RECONCILE_ARRIVALS: rounds.reconcile_arrivals,
    Kind.SUM_LETTERS: summing.sum_letters,
    Kind.CLEAR_NOTICES: schedule.clear_notices,
    Kind.BACK_UP: at_night(4, keeping.back_up, slept=keeping.slept),
    Kind.READ_AGAIN: ocr.read_again,
    Kind.SWEEP_STORE: at_night(5, sweeping.sweep_store),
    Kind.POLL_SCANS: scans.poll,
    Kind.POLL_MAIL: mailboxes.poll,
    Kind.TEND_INDEX: indexing.tend,
    Kind.FOLLOW_SEARCHES: searches.follow,
    Kind.FOLLOW_CASE: cases.follow,
    Kind.FOLLOW_DRAFT: cases.follow_draft,
    Kind.TEND_CASES: cases.tend,
    Kind.OPEN_YEARLY: yearly.open_due,
}
FAREWELLS: Mapping[Kind, Callable[[House, int | None], object]] = {
    Kind.LOOK_INSIDE: ocr.give_up,
    Kind.DISPATCH: delivery.give_up,
    Kind.PRINT_DRAFT: printing.give_up,
    Kind.MAKE_MAILING: mailing.give_up,
    Kind.MAKE_JOURNAL: journals.give_up,
    Kind.MAKE_PACKAGE: archiving.give_up,
    Kind.MAKE_TABLE: tables.give_up,
    Kind.MAIL_NOTICES: notice_mail.give_up,
}


def work(house: House, *, queues: tuple[Queue, ...] = tuple(Queue), until_empty: bool = False) -> None:
    """Do jobs until told to stop, or until none is due."""
    run_worker(
        house.urls,
        HANDLERS,
        house=house,
        farewells=FAREWELLS,
        queues=queues,
        parallel=house.settings.ocr_parallel,
        until_empty=until_empty,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the house and work: `--queue=NAME` for some queues only, `--until-empty` to stop when no job is due.

    Without `arguments` those of the command line.
    """
    end_with_keeper()
    call = argparse.ArgumentParser(prog="edms worker")
    call.add_argument("--queue", action="append", type=Queue, choices=list(Queue), default=[])
    call.add_argument("--until-empty", action="store_true")
    asked = call.parse_args(arguments)
    settings = load()
    logs.configure(settings.log_level)
    rank.session_behind(BEHIND)
    NURSERY.step_back()
    house = build(settings, pool_size=8)
    try:
        house.require_settled()
        collector.settle()
        work(house, queues=tuple(asked.queue) or tuple(Queue), until_empty=asked.until_empty)
    finally:
        house.close()


if __name__ == "__main__":
    main()
