"""Debian's radosgw with the least that it needs: one monitor and one daemon that keeps objects in memory."""

from __future__ import annotations

import shutil
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path

PROGRAMS = ("radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "monmaptool")
PACKAGES = "ceph-mon ceph-osd radosgw"
CONFIGURATION = """
[global]
fsid = {fsid}
mon_host = v1:127.0.0.1:{monitor}
public_addr = 127.0.0.1
ms_bind_msgr2 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
mon_allow_pool_size_one = true
mon_data_avail_crit = 1
mon_cluster_log_file = /dev/null
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = 1073741824
log_file =
log_to_stderr = false
admin_socket =
pid_file =
keyring = {folder}/keyring
run_dir = {folder}
crash_dir = {folder}
mon_data = {folder}/mon
osd_data = {folder}/osd
rgw_data = {folder}/rgw
"""


def missing() -> str | None:
    """What an administrator must install first."""
    return None if all(map(shutil.which, PROGRAMS)) else f"apt install {PACKAGES}"


def begin(
    folder: Path, port: int, access: str, secret: str, free_port: Callable[[], int]
) -> list[subprocess.Popen[bytes]]:
    """Make an empty cluster and start it; its processes, the one that answers last."""
    started: list[subprocess.Popen[bytes]] = []
    monitor, fsid, osd = free_port(), str(uuid.uuid4()), str(uuid.uuid4())
    for name in ("mon", "osd", "rgw"):
        (folder / name).mkdir()
    (folder / "keyring").touch()
    (folder / "conf").write_text(CONFIGURATION.format(fsid=fsid, monitor=monitor, folder=folder))

    def run(*call: str) -> None:
        words = [call[0], "-c", "conf", *call[1:]]
        subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=40)

    def stay(*call: str) -> None:
        words = [call[0], "-c", "conf", *call[1:], "-f"]
        started.append(subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    try:
        run("monmaptool", "--create", "--clobber", "--addv", "a", f"[v1:127.0.0.1:{monitor}]", "--fsid", fsid, "monmap")
        run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap")
        stay("ceph-mon", "-i", "a")
        time.sleep(1)
        run("ceph", "--connect-timeout", "20", "osd", "new", osd)
        run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        for _ in range(4):
            stay("ceph-osd", "-i", "0")
            if _is_up(folder):
                break
            # It now and then waits for a first map that never comes; begun again it gets it.
            started[-1].kill()
            started.pop().wait()
        user = ("--uid", "test", "--display-name", "test", "--access-key", access, "--secret-key", secret)
        run("radosgw-admin", "user", "create", *user)
        stay("radosgw", "-n", "client.rgw.a", "--rgw-frontends", f"beast endpoint=127.0.0.1:{port} tcp_nodelay=1")
    except BaseException:
        for process in started:
            process.kill()
            process.wait()
        raise
    return started


def _is_up(folder: Path) -> bool:
    """Is the daemon that keeps the objects there, within ten seconds?"""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        told = subprocess.run(["ceph", "-c", "conf", "osd", "stat"], cwd=folder, capture_output=True, timeout=40)
        if b"1 up" in told.stdout:
            return True
        time.sleep(0.3)
    return False
