"""Debian's Dovecot on the loopback: one box, its letters in a folder, TLS by a certificate of its own."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from imap_tools import MailBoxUnencrypted

from edms.demo.running import free_port

PACKAGE = "dovecot-imapd"
USER, PASSWORD = "office", "მარტივი & გრძელი/პაროლი"
CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_verbose = yes
default_internal_user = {account}
default_internal_group = {group}
default_login_user = {account}
first_valid_uid = 1
mail_location = maildir:{folder}/mail
namespace inbox {{
  inbox = yes
}}
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={account} gid={group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass
class MailServer:
    """A server that runs, and a way to be its owner."""

    folder: Path
    plain: int
    tls: int
    started: subprocess.Popen[bytes] | None = None

    def owner(self) -> MailBoxUnencrypted:
        """The box as its owner has it."""
        return MailBoxUnencrypted("127.0.0.1", self.plain, timeout=10).login_utf8(USER, PASSWORD)

    def deliver(self, raw: bytes, folder: str = "INBOX") -> None:
        """Put a message into the box, as it is."""
        with self.owner() as box:
            box.append(raw, folder)

    def start(self) -> None:
        """Start and wait until it takes letters."""
        call = ["dovecot", "-F", "-c", str(self.folder / "conf")]
        self.started = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 15
        while time.monotonic() < end:
            with suppress(Exception), self.owner():
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])

    def stop(self) -> None:
        """Stop it."""
        if self.started is not None:
            self.started.terminate()
            self.started.wait(10)


@contextmanager
def server() -> Iterator[MailServer]:
    """A fresh server, or a skip that says what is missing."""
    if shutil.which("dovecot") is None:
        pytest.skip(f"NOT PROVED: mail in, for want of an IMAP server: apt install {PACKAGE}")
    folder = Path(tempfile.mkdtemp(prefix="edms-imap-"))
    account = pwd.getpwnam("dovecot" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
    made = MailServer(folder, free_port(0), free_port(0))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
    group = str(account.pw_gid)
    (folder / "conf").write_text(
        CONFIGURATION.format(
            folder=folder, account=account.pw_name, group=_group(account.pw_gid), plain=made.plain, tls=made.tls
        ),
        encoding="utf-8",
    )
    if os.geteuid() == 0:
        folder.chmod(0o755)
        subprocess.run(["chown", "-R", f"{account.pw_uid}:{group}", str(folder)], check=True)
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def trusting(folder: Path) -> ssl.SSLContext:
    """A context that trusts this server's certificate."""
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))


def _group(gid: int) -> str:
    return grp.getgrgid(gid).gr_name
