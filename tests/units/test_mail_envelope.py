"""The headers of a message before it is looked into: who, and whether a machine sent it; no bytes are too broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edms.capture.envelope import automatic, headers, sender
from edms.errors import Invalid
from workers.mailboxes import boxes


@given(st.binary(max_size=3_000))
def test_any_bytes_have_headers_of_a_kind(raw: bytes) -> None:
    fields = headers(raw)
    assert all(name == name.lower() and name for name in fields)
    assert isinstance(sender(fields), str) and automatic(fields) in {
        None, "mailboxes.automatic", "mailboxes.delivery_report", "mailboxes.list", "mailboxes.own_letter",
    }  # fmt: skip


def test_folded_fields_are_joined_and_the_body_is_not_looked_at() -> None:
    fields = headers(b"Subject: one\r\n  two\r\nFrom: x\r\nSubject: later\r\n\r\nAuto-Submitted: auto-replied\r\n")
    assert fields == {"subject": "one two", "from": "x"}


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("ნინო <nino@kvemo.ge>", "nino@kvemo.ge"), ('"a@b, c" <d@e.am>', "d@e.am"), ("nobody", ""), ("<a@b>", "a@b"),
        ("x" * 100_000 + "<a@b.ge>", "a@b.ge"),
    ],
)  # fmt: skip
def test_the_sender_is_an_address_or_nothing(field: str, address: str) -> None:
    assert sender({"from": field}) == address


def test_boxes_are_read_and_a_wrong_one_is_refused_without_its_password() -> None:
    one, two = boxes("kvemo=imaps://office%40kvemo.ge:p%2Fw%3B@mail.kvemo.ge/Arrivals; zemo=imap://a:b@127.0.0.1:1143")
    assert (one.organisation, one.port, one.user, one.password, one.folder) == (
        "kvemo", 993, "office@kvemo.ge", "p/w;", "Arrivals",
    )  # fmt: skip
    assert (two.port, two.folder) == (1143, "INBOX")
    assert "p/w" not in repr(one)
    for wrong in (
        "kvemo=imap://a:secret@mail.kvemo.ge",
        "kvemo=pop3://a:secret@x",
        "imaps://a:secret@x",
        "k=imaps://x",
    ):
        with pytest.raises(Invalid) as told:
            boxes(wrong)
        assert "secret" not in str(told.value.fields) and "EDMS_MAILBOXES" in told.value.fields
