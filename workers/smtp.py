"""Hands a mail to the mail server, and tells what surely did not go from what may have gone."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from edms.errors import RuleBroken, Unavailable

SECONDS = 30


class Uncertain(Unavailable):
    """The line broke after the mail was handed over and before the server said that it has it."""

    default = "delivery.mail_down"


def send(smtp_url: str, message: EmailMessage) -> str:
    """Hand a mail to the server; its answer.

    Errors: Unavailable to try again, Uncertain where it may have gone all the same; RuleBroken if it is refused.
    """
    url = urlsplit(smtp_url)
    try:
        context = ssl.create_default_context()
        if url.scheme == "smtps":
            server: smtplib.SMTP = _Encrypted(url.hostname or "", url.port or 465, timeout=SECONDS, context=context)
        else:
            server = _Plain(url.hostname or "", url.port or 25, timeout=SECONDS)
        with server:
            server.ehlo()
            if url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)
            return "250"
    except smtplib.SMTPRecipientsRefused:
        raise RuleBroken("delivery.address_refused") from None
    except smtplib.SMTPResponseException as error:
        if 500 <= error.smtp_code < 600:
            raise RuleBroken("delivery.mail_refused", code=error.smtp_code) from None
        raise Unavailable("delivery.mail_down") from None
    except (OSError, smtplib.SMTPException):
        raise Unavailable("delivery.mail_down") from None


class _Careful:
    """Knows the moment from which a broken line leaves a doubt."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        try:
            return super().data(msg)  # type: ignore[misc,no-any-return]
        except (OSError, smtplib.SMTPServerDisconnected):
            raise Uncertain from None


class _Plain(_Careful, smtplib.SMTP):
    pass


class _Encrypted(_Careful, smtplib.SMTP_SSL):
    pass
