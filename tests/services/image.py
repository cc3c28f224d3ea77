"""The image built and its processes run where no container engine runs: by buildah, on a bare Debian of our own making.

The base is made once with debootstrap and knows how this machine reaches its package registries, nothing else of it.
`python -m tests.services.image` builds the image and says its size.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edms-test-servers" / "image"
STORE = CACHE / "store"
BASE, IMAGE, OFFICE_IMAGE = "localhost/edms-test-base:12", "localhost/edms-test:latest", "localhost/edms-test:office"
SUITE = "bookworm"
REGISTRIES = (
    "/etc/apt/sources.list.d", "/etc/apt/apt.conf.d", "/etc/apt/auth.conf.d", "/etc/pip.conf", "/usr/local/share/ca-certificates",
)  # fmt: skip
PASSED_ON = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
BUILD_SECONDS = 3000


def missing() -> str | None:
    """What must be had before the image can be built."""
    if os.getuid() != 0:
        return "only root builds it here"
    lacking = [each for each in ("buildah", "debootstrap") if shutil.which(each) is None]
    return f"apt install {' '.join(lacking)}" if lacking else None


def buildah(*words: str, seconds: float = 600, check: bool = True) -> subprocess.CompletedProcess[str]:
    """One call, its images and containers in a store of our own."""
    call = ["buildah", "--storage-driver", "vfs", "--root", str(STORE), "--runroot", str(CACHE / "run"), *words]
    done = subprocess.run(call, capture_output=True, text=True, timeout=seconds, cwd=ROOT)
    if check and done.returncode != 0:
        raise RuntimeError(f"buildah {words[0]}: {done.stdout[-2000:]} {done.stderr[-3000:]}")
    return done


def base() -> None:
    """A bare Debian as an image, made once."""
    if buildah("inspect", "--type", "image", BASE, check=False).returncode == 0:
        return
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name) / "root"
        call = ["debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, str(folder), *_mirror()]
        subprocess.run(call, check=True, capture_output=True, timeout=900)
        (folder / "etc/apt/sources.list").unlink(missing_ok=True)
        for each in map(Path, REGISTRIES):
            target = folder / str(each).lstrip("/")
            if each.is_dir():
                shutil.copytree(each, target, dirs_exist_ok=True)
            elif each.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(each, target)
        subprocess.run(["chroot", str(folder), "update-ca-certificates"], check=True, capture_output=True, timeout=60)
        subprocess.run(["tar", "-C", str(folder), "-cf", f"{name}/base.tar", "."], check=True, timeout=300)
        container = buildah("from", "--pull-never", "scratch").stdout.strip()
        buildah("add", container, f"{name}/base.tar", "/")
        buildah("commit", "--rm", container, BASE)


def build(*, office: bool = False) -> float:
    """Build the image from the Dockerfile as it stands; seconds. LibreOffice is left out unless asked for."""
    CACHE.mkdir(parents=True, exist_ok=True)
    base()
    began = time.monotonic()
    told = [word for name in PASSED_ON if name in os.environ for word in ("--build-arg", f"{name}={os.environ[name]}")]
    left_out = [] if office else ["--build-arg", "OFFICE="]
    buildah(
        "bud", "--isolation", "chroot", "--pull-never", "--format", "docker", "--build-arg", f"BASE={BASE}", *left_out, *told,
        "-t", OFFICE_IMAGE if office else IMAGE, ".", seconds=BUILD_SECONDS,
    )  # fmt: skip
    return time.monotonic() - began


class Container:
    """A container of the image; `run` runs one process in it as the image's own user."""

    def __init__(self, of: str = IMAGE) -> None:
        self.name = buildah("from", "--pull-never", of).stdout.strip()

    @property
    def folder(self) -> Path:
        """Where its files are, for those who look at them."""
        return Path(buildah("mount", self.name).stdout.strip())

    def call(
        self, *words: str, environ: dict[str, str] | None = None, volumes: dict[Path, str] | None = None
    ) -> list[str]:
        """The command line that runs these words in it."""
        told = [word for name, value in (environ or {}).items() for word in ("--env", f"{name}={value}")]
        mounted = [word for here, there in (volumes or {}).items() for word in ("--volume", f"{here}:{there}")]
        return [
            "buildah", "--storage-driver", "vfs", "--root", str(STORE), "--runroot", str(CACHE / "run"), "run",
            "--isolation", "chroot", *told, *mounted, self.name, "--", *words,
        ]  # fmt: skip

    def run(self, *words: str, **more: dict[str, str] | dict[Path, str]) -> subprocess.CompletedProcess[str]:
        """Run to its end."""
        return subprocess.run(self.call(*words, **more), capture_output=True, text=True, timeout=300)  # type: ignore[arg-type]

    def remove(self) -> None:
        """Away with it."""
        buildah("rm", self.name)


def size(of: str = IMAGE) -> int:
    """Bytes of all files of an image."""
    container = Container(of)
    try:
        told = subprocess.run(["du", "-sxb", str(container.folder)], capture_output=True, text=True, check=True)
        return int(told.stdout.split()[0])
    finally:
        container.remove()


def _mirror() -> list[str]:
    """Where this machine has its packages from; Debian's own address where that is not told."""
    for file in (Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))):
        for line in file.read_text().splitlines() if file.is_file() else ():
            if line.startswith(("URIs:", "deb ")):
                return [next(word for word in line.split() if "://" in word)]
    return []


if __name__ == "__main__":
    if lacking := missing():
        print(f"NOT PROVED: the image: {lacking}")
    else:
        print(f"built in {build():.0f} s, {size() / 1e6:.0f} MB without LibreOffice", flush=True)
        print(f"built in {build(office=True):.0f} s, {size(OFFICE_IMAGE) / 1e6:.0f} MB with it", flush=True)
