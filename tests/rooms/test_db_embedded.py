"""The embedded server: started, shared, killed, refused. Each test has a data folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from edms.config import Settings
from edms.db.embedded import Server, shut_down, start
from edms.db.embedded.accounts import server_account
from edms.db.embedded.place import home_if_any
from edms.db.engine import database_urls, engine_for, sessions_of, transaction
from edms.db.roles import APP, OWNER, SUPERUSER
from edms.errors import Invalid, RuleBroken, Unavailable

ACCOUNT = "edms"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has two accounts to tell apart")

# Another process of ours: starts or joins the server, says so, and uses it until told to end or killed.
CLIENT = """
import sys
from pathlib import Path
from edms.db.embedded import start
with start(Path(sys.argv[1]), sys.argv[2]) as server:
    print("using", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that does not exist yet, below one that any account may pass."""
    above = Path(tempfile.mkdtemp(prefix="edms-test-"))
    above.chmod(0o711)
    yield above / "var"
    _forget(above / "var")
    shutil.rmtree(above)


def _forget(data_dir: Path) -> None:
    home = home_if_any(data_dir)
    if home is None:
        return
    _kill_all(home / "data")
    if not home.is_relative_to(data_dir):
        shutil.rmtree(home.parent)


def _of(data: Path) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{name}/cwd") == str(data):
                found.append(int(name))
        except OSError:
            continue
    return found


def _kill_all(data: Path) -> None:
    limit = time.monotonic() + 10
    while pids := _of(data):
        assert time.monotonic() < limit
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


@contextmanager
def _client(data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-c", CLIENT, str(data_dir), ACCOUNT]
    environ = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen(argv, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        # The log speaks on the same line of the process; what counts is that it comes to use the server.
        while b"using" not in (line := process.stdout.readline()):
            assert line, "the other process could not start the server"
        try:
            yield process
        finally:
            process.kill()


def _plain(url: str) -> str:
    return url.replace("+psycopg", "", 1)


def _answers(server: Server, role: str = APP) -> bool:
    try:
        with psycopg.connect(_plain(server.url(role)), connect_timeout=5) as connection:
            return connection.execute("SELECT current_user").fetchone() == (role,)
    except psycopg.OperationalError:
        return False


def _until(holds: Callable[[], bool], seconds: float = 10) -> None:
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.02)


def test_a_later_start_makes_nothing_anew(folder: Path) -> None:
    with start(folder, ACCOUNT) as server:
        assert all(_answers(server, role) for role in (APP, OWNER, SUPERUSER))
        made = server.cluster.home / "data" / "PG_VERSION"
        before = made.stat()
    with start(folder, ACCOUNT) as server:
        assert _answers(server)
        assert (made.stat().st_ino, made.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_nothing_is_open_to_others(folder: Path) -> None:
    with start(folder, ACCOUNT) as server:
        home = server.cluster.home
        for private in (home, home / "data", server.cluster.socket):
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
        with psycopg.connect(_plain(server.url(SUPERUSER))) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_values_of_letters_stay_out_of_the_servers_log(folder: Path) -> None:
    with start(folder, ACCOUNT) as server:
        with psycopg.connect(_plain(server.url(OWNER)), autocommit=True) as connection:
            connection.execute("CREATE TABLE sheet (name text UNIQUE)")
            for _ in range(2):
                try:
                    connection.execute("INSERT INTO sheet VALUES (%s)", ["Nino Beridze"])
                except psycopg.errors.UniqueViolation:
                    break
        log, end = "", time.monotonic() + 20
        while "duplicate key" not in log and time.monotonic() < end:  # the server writes its log when it comes to it
            log = "".join(path.read_text() for path in (server.cluster.home / "log").iterdir())
        assert "duplicate key" in log and "Beridze" not in log


@as_root
def test_root_runs_the_server_as_an_unprivileged_account(folder: Path) -> None:
    with start(folder, ACCOUNT) as server:
        pid = server.cluster.pid()
        assert pid is not None
        assert os.stat(f"/proc/{pid}").st_uid == pwd.getpwnam(ACCOUNT).pw_uid


@as_root
def test_root_as_the_servers_account_is_refused(folder: Path) -> None:
    for name in ("root", "", None):
        with pytest.raises(Invalid, match=r"db\.account_must_not_be_root"):
            start(folder, name)


@as_root
def test_folder_that_the_account_cannot_reach_is_left_as_it_is_and_the_server_lives_elsewhere(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    with start(folder, ACCOUNT) as server:
        assert _answers(server)
        assert not server.cluster.home.is_relative_to(folder)
        home = server.cluster.home
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "postgres.at").read_text().strip() == str(home)
    with start(folder, ACCOUNT) as again:
        assert again.cluster.home == home


@as_root
def test_programs_that_the_account_cannot_read_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edms.db.embedded import programs

    shipped = programs.shipped()
    hidden = folder.parent / "private"
    hidden.mkdir(mode=0o700)
    shutil.copytree(shipped, hidden / "package" / shipped.name, symlinks=True)
    shutil.copytree(shipped.parent.parent / programs.LIBRARIES, hidden / programs.LIBRARIES, symlinks=True)
    monkeypatch.setattr(programs, "shipped", lambda: hidden / "package" / shipped.name)
    with start(folder, ACCOUNT) as server:
        assert _answers(server)
        assert not server.cluster.programs.is_relative_to(hidden)
        assert stat.S_IMODE((server.cluster.programs / "bin" / "postgres").stat().st_mode) == 0o755


def test_ordinary_account_runs_it_without_root(folder: Path) -> None:
    if os.geteuid() != 0:
        with start(folder) as server:
            assert _answers(server)
        return
    account = server_account(ACCOUNT)
    folder.mkdir()
    os.chown(folder, account.uid, account.gid)
    child = os.fork()
    if child == 0:
        # The child gives up root for good, as a service started by an ordinary account never had it.
        done = False
        try:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            with start(folder, "ignored-without-root") as server:
                done = _answers(server) and server.cluster.account == account
        finally:
            os._exit(0 if done else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_path_too_long_for_a_socket_gets_a_short_private_one(folder: Path) -> None:
    deep = folder / ("long-name-of-an-office-" * 5)
    folder.mkdir(mode=0o711)
    folder.chmod(0o711)
    with start(deep, ACCOUNT) as server:
        short = server.cluster.socket
        assert _answers(server)
        assert stat.S_IMODE(short.stat().st_mode) == 0o700
    with start(deep, ACCOUNT) as again:
        assert again.cluster.socket == short
    shutil.rmtree(short)


def test_two_processes_share_it_and_the_last_one_stops_it(folder: Path) -> None:
    with _client(folder) as other:
        with start(folder, ACCOUNT) as server:
            pid = server.cluster.pid()
            assert _answers(server)
        assert server.cluster.pid() == pid
        assert other.stdin is not None
        other.stdin.close()
        assert other.wait(timeout=20) == 0
        assert server.cluster.pid() is None


def test_many_starts_at_once_make_one_server(folder: Path) -> None:
    argv = [sys.executable, "-c", CLIENT, str(folder), ACCOUNT]
    environ = {**os.environ, "PYTHONPATH": os.getcwd()}
    crowd = [
        subprocess.Popen(argv, env=environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    ends = [process.communicate(timeout=60) for process in crowd]
    assert [process.returncode for process in crowd] == [0] * 4, ends
    home = home_if_any(folder)
    assert home is not None and _of(home / "data") == []


def test_killed_client_does_not_keep_the_server_for_ever(folder: Path) -> None:
    with _client(folder) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
    with start(folder, ACCOUNT) as server:
        assert _answers(server)
    assert server.cluster.pid() is None


def test_killed_server_is_recovered_in_the_same_process(folder: Path) -> None:
    with start(folder, ACCOUNT) as server:
        engine = engine_for(server.url(), revive=server.revive)
        with engine_for(server.url(OWNER)).begin() as connection:
            connection.exec_driver_sql("CREATE TABLE sheet (n int)")
            connection.exec_driver_sql(f"GRANT ALL ON sheet TO {APP}")
        with transaction(sessions_of(engine)) as session:
            session.connection().exec_driver_sql("INSERT INTO sheet VALUES (1)")
        pid = server.cluster.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        # Its children outlive it for about a second; until then they may still answer.
        _until(lambda: _of(server.cluster.data) == [])
        with transaction(sessions_of(engine)) as session:
            assert session.connection().exec_driver_sql("SELECT n FROM sheet").scalars().all() == [1]
        assert server.cluster.pid() not in (None, pid)
        engine.dispose()


def test_server_killed_this_moment_is_recovered_and_stops_at_once(folder: Path) -> None:
    with start(folder, ACCOUNT) as server:
        engine = engine_for(server.url(), revive=server.revive)
        for _ in range(2):
            pid = server.cluster.pid()
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            with transaction(sessions_of(engine)) as session:
                session.connection().exec_driver_sql("SELECT 1")
            engine.dispose()
        began = time.monotonic()
    assert time.monotonic() - began < 30  # a stop that waits for the dead takes a minute
    assert _of(server.cluster.data) == []


def test_starter_killed_half_way_leaves_a_folder_that_the_next_one_finishes(folder: Path) -> None:
    with start(folder, ACCOUNT) as server:
        home = server.cluster.home
    (home / "data").rename(home / "data.new")
    (home / "data.new" / "PG_VERSION").unlink()
    with start(folder, ACCOUNT) as server:
        assert _answers(server)


def test_pid_file_with_a_strangers_number_is_not_believed(folder: Path) -> None:
    with start(folder, ACCOUNT) as server:
        data = server.cluster.data
        lines = (data / "postmaster.pid").read_text().splitlines()
    (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    shutil.chown(data / "postmaster.pid", data.stat().st_uid, data.stat().st_gid)
    with start(folder, ACCOUNT) as server:
        assert _answers(server)


def test_folder_of_another_major_version_is_refused(folder: Path) -> None:
    with start(folder, ACCOUNT) as server:
        version = server.cluster.data / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(Invalid, match=r"db\.other_major") as refused:
        start(folder, ACCOUNT)
    assert (refused.value.values["found"], refused.value.values["wanted"]) == ("16", 18)


@as_root
def test_folder_of_another_owner_is_refused_and_not_touched(folder: Path) -> None:
    with start(folder, ACCOUNT) as server:
        home = server.cluster.home
    os.chown(home, 65534, 65534)
    with pytest.raises(Invalid, match=r"db\.other_owner"):
        start(folder, ACCOUNT)
    assert home.stat().st_uid == 65534


def test_operator_stops_it_only_when_nobody_uses_it_or_by_force(folder: Path) -> None:
    assert shut_down(folder, ACCOUNT) is False
    with start(folder, ACCOUNT) as server:
        with pytest.raises(RuleBroken, match=r"db\.still_in_use"):
            shut_down(folder, ACCOUNT)
        assert _answers(server)
        assert shut_down(folder, ACCOUNT, force=True) is True
        assert not _answers(server)
    assert shut_down(folder, ACCOUNT) is False


def test_settings_without_a_url_mean_the_embedded_server(folder: Path) -> None:
    urls = database_urls(Settings(data_dir=folder, database_user=ACCOUNT))
    try:
        assert urls.server is not None and _answers(urls.server)
        assert urls.app != urls.owner and urls.app_role == APP and not urls.one_role
    finally:
        urls.stop()


def test_server_that_does_not_answer_is_unavailable(folder: Path) -> None:
    with start(folder, ACCOUNT) as server:
        url = server.url()
    engine = engine_for(url)
    with pytest.raises(Unavailable, match=r"db\.down"), transaction(sessions_of(engine)) as session:
        session.connection()
