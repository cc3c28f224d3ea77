"""Sends letters: by e-mail, and to another organisation of this system. By hand and by post people send.

A sending leaves once: the mail's Message-ID and the arrival's key follow from its id, so a retry after a crash between
sending and noting it is recognised by the other side.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime

from edms import clock, words
from edms.access.actor import Actor
from edms.bootstrap import House
from edms.errors import Invalid, RuleBroken
from edms.registry import dispatch
from edms.registry.going_out import exchange
from edms.registry.models import Content, Dispatch, Document
from edms.registry.words import Channel, DispatchState
from edms.staff.models import Organisation
from workers.smtp import send

LARGEST_ATTACHMENT = 25 * 1024 * 1024


def deliver(house: House, subject_id: int | None) -> None:
    """Send what a dispatch line asks for. Errors: Unavailable (tried again)."""
    with house.transaction() as session:
        sending = session.get(Dispatch, subject_id)
        if sending is None or sending.state is not DispatchState.WAITING or sending.channel not in dispatch.BY_WORKER:
            return
        document = session.get_one(Document, sending.document_id)
        paper = exchange.paper_to_send(session, document)
        organisation = session.get_one(Organisation, sending.organisation_id)
    try:
        if sending.channel is Channel.EXCHANGE:
            _exchange(house, sending, paper)
        else:
            _mail(house, sending, document, paper, organisation)
    except (RuleBroken, Invalid) as error:
        with house.transaction() as session:
            dispatch.failed(session, _system(sending), session.get_one(Dispatch, subject_id), trouble=error.message)


def give_up(house: House, subject_id: int | None) -> None:
    """Its job stands, and nobody but an operator sees jobs: whoever asked for the sending is told that it did not go."""
    if subject_id is None:
        return
    with house.transaction() as session:
        sending = session.get(Dispatch, subject_id)
        if sending is not None and sending.state is DispatchState.WAITING and sending.channel in dispatch.BY_WORKER:
            dispatch.failed(session, _system(sending), sending, trouble="delivery.given_up")


def _exchange(house: House, sending: Dispatch, paper: Content) -> None:
    with house.store.open(paper.store_key) as stream:
        copied = house.store.put(stream, limit=paper.size)
    with house.transaction() as session:
        line = session.get_one(Dispatch, sending.dispatch_id)
        arrival = exchange.hand_over(session, line, copied=copied)
        there = session.get_one(Organisation, arrival.organisation_id)
        dispatch.sent(
            session,
            _system(line),
            line,
            proof=f"{there.code} · {arrival.arrival_id}",
            served_on=clock.day_of(arrival.arrived_at, there.time_zone),
        )


def _mail(house: House, sending: Dispatch, document: Document, paper: Content, organisation: Organisation) -> None:
    if house.settings.smtp_url is None or house.settings.smtp_from is None:
        raise RuleBroken("delivery.mail_not_set_up")
    if paper.size > LARGEST_ATTACHMENT:
        raise RuleBroken("delivery.too_large_for_mail")
    with house.store.open(paper.store_key) as stream:
        pdf = stream.read()
    message = _message(house.settings.smtp_from, sending, document, paper, organisation, pdf)
    answer = send(house.settings.smtp_url.get_secret_value(), message)
    with house.transaction() as session:
        line = session.get_one(Dispatch, sending.dispatch_id)
        dispatch.sent(session, _system(line), line, proof=f"{message['Message-ID']} {answer}"[:300])


def _message(
    sender: str, sending: Dispatch, document: Document, paper: Content, organisation: Organisation, pdf: bytes
) -> EmailMessage:
    """The mail says who writes under which number, nothing of the letter; the letter is the attachment."""
    language = document.language
    said = {"organisation": organisation.name(language), "number": document.number}
    message = EmailMessage()
    message["From"], message["To"] = sender, sending.address
    message["Subject"] = words.say(language, "delivery.mail_subject", **said)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<dispatch-{sending.dispatch_id}@{sender.rpartition('@')[2]}>"
    message.set_content(
        words.say(language, "delivery.mail_text", date=words.date(language, document.registered_on), **said)
    )
    main, _, sub = paper.media_type.partition("/")  # a scan of a paper signed with a pen may be a picture
    message.add_attachment(pdf, maintype=main, subtype=sub or "octet-stream", filename=paper.name)
    return message


def _system(sending: Dispatch) -> Actor:
    return Actor.system(sending.organisation_id)
