"""EU DSS as the outside judge of signatures: fetched from Maven Central at a fixed version, compiled once, run offline.

It also signs, as others do, what we are then to judge. Needs a JDK and Maven; where they are missing the tests that ask
say so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from certomancer.registry import CertLabel, ServiceLabel

from edms import clock
from edms.demo.authority import Authority
from tests import signatures as s
from tests import signed_things

HERE = Path(__file__).parent / "dss"
SERVERS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edms-test-servers"
CACHE = SERVERS / "dss-6.4"
FETCH_SECONDS, JUDGE_SECONDS = 900, 900
JAVA = ["nice", "java", "-Xmx512m"]


def ready() -> Path:
    """The folder with its classes; fetched and compiled the first time, and when our own lines changed."""
    for program in ("java", "javac", "mvn"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}: apt-get install default-jdk-headless maven")
    ours = [HERE / "pom.xml", HERE / "Judge.java", HERE / "Writer.java"]
    seal = hashlib.sha256(b"".join(each.read_bytes() for each in ours)).hexdigest()
    made = CACHE / "made.txt"
    if not made.exists() or made.read_text() != seal:
        fetched(HERE / "pom.xml", CACHE)
        sources = [str(each) for each in ours[1:]]
        subprocess.run(["javac", "-cp", f"{CACHE}/*", "-d", str(CACHE), *sources], check=True)
        made.write_text(seal)
    return CACHE


def fetched(pom: Path, folder: Path) -> None:
    """Have Maven copy what a pom names."""
    folder.mkdir(parents=True, exist_ok=True)
    fetch = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    done = subprocess.run(fetch, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    if done.returncode:
        pytest.skip(f"Maven cannot fetch {pom.parent.name}: {done.stdout[-300:]}")


def judged(
    files: Mapping[str, bytes], root: bytes, folder: Path, *, beside: Mapping[str, bytes] | None = None
) -> dict[str, str]:
    """What it says of each file: "TOTAL_PASSED null PAdES-BASELINE-LTA;" for each signature, NONE, or ERROR and why.

    Where it finds that something but signatures came after, the signature ends in " changed:…".
    """
    classes = ready()
    trusted = folder / "root.der"
    trusted.write_bytes(root)
    asked, names = [], {}
    for number, (name, whole) in enumerate(files.items()):
        path = folder / f"file-{number}"
        path.write_bytes(whole)
        names[path.name] = name
        said = str(path)
        if beside and name in beside:
            other = folder / f"beside-{number}"
            other.write_bytes(beside[name])
            said += f"={other}"
        asked.append(said)
    listed = folder / "asked.txt"
    listed.write_text("\n".join(asked), encoding="utf-8")
    call = [*JAVA, "-cp", f"{classes}:{classes}/*", "Judge", str(trusted), str(listed)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=JUDGE_SECONDS, check=True)
    lines = (line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)
    return {names[name]: verdict for name, verdict in lines}


def written(authority: Authority, folder: Path, codes: tuple[str, ...] = ("ec", "rsa")) -> dict[str, bytes]:
    """What it signs: every form at every level, by the people of our authority and with its time stamps."""
    classes = ready()
    pki = authority.architecture()
    for part in ("crls", "written"):
        (folder / part).mkdir()
    for name in ("root", "issuing"):
        found = pki.service_registry.get_crl(ServiceLabel(name), clock.now().replace(microsecond=0))
        (folder / "crls" / f"{name}.crl").write_bytes(found.dump())
    (folder / "root.der").write_bytes(authority.certificate("root"))
    stamps = folder / "tsa.p12"
    stamps.write_bytes(pki.package_pkcs12(CertLabel("tsa"), password=s.PIN.encode()))
    (folder / "written" / "letter.pdf").write_bytes(s.page())
    (folder / "written" / "letter.txt").write_bytes(signed_things.LETTER)
    (folder / "written" / "letter.xml").write_text("<letter><text>გზის შესახებ</text></letter>", encoding="utf-8")
    people = [f"{code}={authority.pkcs12(code)}" for code in codes]
    call = [*JAVA, "-cp", f"{classes}:{classes}/*", "Writer", str(folder / "root.der"), str(folder / "crls"), str(stamps), s.PIN, str(folder / "written"), *people]  # fmt: skip
    done = subprocess.run(call, capture_output=True, text=True, timeout=JUDGE_SECONDS, check=True)
    assert done.stderr == "", done.stderr
    return {name: (folder / "written" / name).read_bytes() for name in done.stdout.split()}
