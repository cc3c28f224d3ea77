"""HTTPS on the office's network with real TLS connections: its own authority, a given certificate, renewal, the way from HTTP."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from cryptography import x509

from edms import clock
from edms.cli import main
from edms.config import Settings
from edms.errors import Invalid
from edms.health import State
from edms.health.ground import https
from edms.https import authority, names, serving
from edms.web.redirect import server_of
from tests.web.house_site import Site, house_site  # noqa: F401


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own(folder, **more) -> Settings:
    return Settings(data_dir=folder, https="own", https_names="records.kvemo.local;10.20.30.40", **more)


def trusting(settings: Settings) -> ssl.SSLContext:
    """What a clerk's machine does that trusts the office's authority and nobody else."""
    return ssl.create_default_context(cafile=str(serving.folder_of(settings) / authority.CERTIFICATE))


@contextmanager
def answering(contexts: serving.Contexts):
    """A TLS server that greets; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            try:
                with contexts.context().wrap_socket(line, server_side=True) as spoken:
                    spoken.sendall(b"hello")
            except (OSError, ssl.SSLError):
                continue

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


def seen(port: int, context: ssl.SSLContext, host: str) -> x509.Certificate:
    with (
        socket.create_connection(("127.0.0.1", port)) as line,
        context.wrap_socket(line, server_hostname=host) as spoken,
    ):
        assert spoken.recv(5) == b"hello"
        return x509.load_der_x509_certificate(spoken.getpeercert(binary_form=True))


def test_who_trusts_the_authority_is_connected_under_every_name_and_nobody_else(tmp_path):
    settings = own(tmp_path)
    serving.ready(settings)
    with answering(serving.Contexts(settings)) as port:
        for host in ("records.kvemo.local", "10.20.30.40", "localhost", "127.0.0.1"):
            seen(port, trusting(settings), host)
        with pytest.raises(ssl.SSLCertVerificationError):
            seen(port, trusting(settings), "records.zemo.local")
        with pytest.raises(ssl.SSLCertVerificationError):
            seen(port, ssl.create_default_context(), "localhost")
    for file in serving.folder_of(settings).iterdir():
        assert file.name == ".lock" or file.stat().st_mode & 0o077 == 0


def test_a_stolen_authority_cannot_vouch_for_the_world(tmp_path):
    settings = own(tmp_path)
    serving.ready(settings)
    stolen = serving.own_authority(settings)
    chain, key = stolen.issue(names.Names(("bank.example",), ()))
    authority.write(tmp_path / "server.crt", chain)
    authority.write(tmp_path / "server.key", key)
    forged = Settings(
        data_dir=tmp_path, https="given", https_certificate=tmp_path / "server.crt", https_key=tmp_path / "server.key"
    )
    with (
        answering(serving.Contexts(forged)) as port,
        pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"),
    ):
        seen(port, trusting(settings), "bank.example")


def test_it_is_renewed_before_its_end_while_the_server_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(serving, "LOOK_EVERY", 0.0)
    settings = own(tmp_path)
    long_ago = clock.now() - timedelta(days=authority.SERVER_DAYS - 10)
    with clock.at(long_ago):
        old = serving.ready(settings)
    root = (serving.folder_of(settings) / authority.CERTIFICATE).read_bytes()
    contexts = serving.Contexts(settings)
    contexts._context, contexts._look_at = serving.context_of(old), time.monotonic() + 3600
    with answering(contexts) as port:
        before = seen(port, trusting(settings), "localhost")
        contexts._look_at = 0.0  # the next look
        after = seen(port, trusting(settings), "localhost")
    assert before.not_valid_after_utc - clock.now() < serving.RENEW_BEFORE < after.not_valid_after_utc - clock.now()
    assert (serving.folder_of(settings) / authority.CERTIFICATE).read_bytes() == root  # nobody must trust anew


def test_a_new_name_is_taken_in_where_the_authority_may_and_named_where_it_may_not(tmp_path):
    first = serving.ready(own(tmp_path))
    again = serving.ready(own(tmp_path))
    assert again.certificate.read_bytes() == first.certificate.read_bytes()
    more = Settings(data_dir=tmp_path, https="own", https_names="new.records.kvemo.local;other.example;192.168.7.7")
    later = serving.ready(more)
    assert {"new.records.kvemo.local", "192.168.7.7"} <= set(later.names)
    assert later.left_out == ("other.example",)
    assert https(SimpleNamespace(settings=more)).message == "doctor.https_names_left_out"
    (serving.folder_of(more) / serving.KEY).write_bytes(b"broken")
    assert serving.ready(more).until > clock.now()  # made anew


def test_the_doctor_tells_the_end_of_a_given_certificate_and_what_is_no_certificate_is_named(tmp_path):
    made = serving.ready(own(tmp_path))
    given = Settings(data_dir=tmp_path, https="given", https_certificate=made.certificate, https_key=made.key)
    house = SimpleNamespace(settings=given)
    assert https(house).state is State.FINE
    for days, state, message in (
        (authority.SERVER_DAYS - 20, State.WEAK, "doctor.https_ends_soon"),
        (authority.SERVER_DAYS + 1, State.MISSING, "doctor.https_over"),
    ):
        with clock.at(clock.now() + timedelta(days=days)):
            assert (https(house).state, https(house).message) == (state, message)
    other = serving.ready(own(tmp_path / "other"))
    for certificate, key in ((None, None), (tmp_path / "none", made.key), (made.certificate, other.key)):
        with pytest.raises(Invalid):
            serving.shown(given.model_copy(update={"https_certificate": certificate, "https_key": key}))
    open_to_all = Settings(data_dir=tmp_path, listen="0.0.0.0:8080")
    assert https(SimpleNamespace(settings=open_to_all)).state is State.WEAK
    assert https(SimpleNamespace(settings=Settings(data_dir=tmp_path))).state is State.FINE


def test_plain_http_leads_to_https_and_nowhere_else(tmp_path):
    settings = own(tmp_path, listen="127.0.0.1:8443", http_redirect=f"127.0.0.1:{free_port()}")
    serving.ready(settings)
    server = server_of(settings)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for host, path, wanted in (
            ("records.kvemo.local", "/desk/?a=1", "https://records.kvemo.local:8443/desk/?a=1"),
            ("10.20.30.40:80", "/", "https://10.20.30.40:8443/"),
            ("evil.example/@x", "/", "https://records.kvemo.local:8443/"),
            ("records.kvemo.local", "//evil.example/", "https://records.kvemo.local:8443/evil.example/"),
            ("records.kvemo.local", "http://evil.example/", "https://records.kvemo.local:8443/"),
        ):
            line = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
            line.putrequest("GET", path, skip_host=True)
            line.putheader("Host", host)
            line.endheaders()
            answer = line.getresponse()
            assert (answer.status, answer.getheader("Location")) == (301, wanted)
            line.close()
        refused = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        refused.request("POST", "/account/sign-in", body=b"password=x")
        assert refused.getresponse().status == 501  # what was sent open is not sent on
    finally:
        server.shutdown()
        server.server_close()


def test_the_web_server_itself_speaks_tls_with_secure_cookies_and_without_hsts_under_its_own_authority(
    database, committed, tmp_path
):
    port = free_port()
    environ = {
        "EDMS_DATA_DIR": str(tmp_path), "EDMS_DATABASE_URL": database.app_url, "EDMS_DATABASE_OWNER_URL": database.owner_url,
        "EDMS_HTTPS": "own", "EDMS_LISTEN": f"127.0.0.1:{port}",
    }  # fmt: skip
    assert CliRunner(env=environ).invoke(main, ["setup"]).exit_code == 0
    told = CliRunner(env=environ).invoke(main, ["https", "show", "--lang", "ka"])
    assert told.exit_code == 0 and "Windows" in told.output
    process = subprocess.Popen([sys.executable, "-m", "edms.web.server"], env={**os.environ, **environ})
    try:
        context = trusting(Settings(data_dir=tmp_path, https="own"))
        answer = asked(port, context, "/account/sign-in")
        assert answer.status == 200
        cookies = answer.headers.get_all("Set-Cookie") or []
        assert (
            cookies
            and all("Secure" in each for each in cookies)
            and any(each.startswith("__Host-") for each in cookies)
        )
        assert answer.getheader("Strict-Transport-Security") is None
        assert "BEGIN" not in asked(port, context, "/trust/").read().decode()
        der = asked(port, context, "/trust/authority.crt").read()
        assert (
            x509.load_der_x509_certificate(der).subject
            == serving.own_authority(Settings(data_dir=tmp_path, https="own")).certificate.subject
        )
    finally:
        process.terminate()
        process.wait(30)


def asked(port: int, context: ssl.SSLContext, path: str) -> http.client.HTTPResponse:
    end = time.monotonic() + 60
    while True:
        try:
            line = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)
            line.request("GET", path)
            return line.getresponse()
        except ConnectionRefusedError:
            assert time.monotonic() < end
            time.sleep(0.2)


def test_without_an_authority_of_its_own_there_is_no_page_about_trust(site: Site) -> None:
    assert site.app.test_client().get("/trust/").status_code == 404
    assert site.app.test_client().get("/trust/authority.crt").status_code == 404
