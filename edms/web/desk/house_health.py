"""Is the service well: one sentence, what is not with its way out, the queues, and the jobs that stand with a reason."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from edms import clock, jobs, words
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.errors import EdmsError
from edms.health import Finding, State, condition, slow_after
from edms.jobs import Backlog
from edms.notices import mailing
from edms.overview.parked import parked_lines, retry
from edms.web.kit import explained, language
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("health", __name__, url_prefix="/house/health")

KINDS = {State.FINE: "calm", State.WEAK: "near", State.MISSING: "late"}


@bp.get("/")
def page() -> str:
    """The condition of the house at this moment."""
    who = actor()
    found = condition(house(), who)
    with house().transaction() as session:
        lines = parked_lines(session, who)
        return render_template(
            "desk/house_health.html",
            well=all(each.state is State.FINE for each in found),
            missing=sum(each.state is State.MISSING for each in found),
            mails=mailing.troubled(session, who), may_retry=permits(who, Permission.JOB_RETRY),
            findings=[(each, KINDS[each.state], sentence(each)) for each in found],
            queues=[(each, _age(each), _late(each)) for each in jobs.backlog(session)],
            parked=[(line, explained(EdmsError(line.job.message, **line.job.values)).text) for line in lines],
        )  # fmt: skip


@bp.post("/jobs/<int:job_id>/retry")
def send_on(job_id: int) -> Response:
    """Send a parked job on."""
    with house().transaction() as session:
        retry(session, actor(), job_id)
    return redirect(url_for("health.page"), 303)


@bp.post("/mails/<int:notice_mail_id>/send-again")
def mail_again(notice_mail_id: int) -> Response:
    """Try a mail of notices once more."""
    with house().transaction() as session:
        mailing.send_again(session, actor(), notice_mail_id)
    return redirect(url_for("health.page", _anchor="mails"), 303)


def sentence(finding: Finding) -> str:
    """What a check found, in the reader's language."""
    return explained(EdmsError(finding.message, **finding.values)).text


def _age(queue: Backlog) -> str:
    return words.age(language(), clock.now() - timedelta(seconds=queue.oldest_seconds)) if queue.waiting else ""


def _late(queue: Backlog) -> bool:
    return timedelta(seconds=queue.oldest_seconds) > slow_after(queue.queue)
