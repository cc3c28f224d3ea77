"""veraPDF as the outside judge of PDF/A: fetched from Maven Central at a fixed version. Needs a JDK and Maven."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.services import outside_judge
from tests.services.outside_judge import JAVA, SERVERS

CACHE = SERVERS / "verapdf-1.28.2"
POM = Path(__file__).parent / "verapdf" / "pom.xml"
SECONDS = 600


def judged(files: Mapping[str, bytes], folder: Path, flavour: str = "0") -> dict[str, list[str]]:
    """For each PDF the rules that it breaks, empty when it is what it says; the flavour "0" is what each declares."""
    if not any(CACHE.glob("greenfield-apps-*.jar")):
        outside_judge.ready()  # says what is missing
        outside_judge.fetched(POM, CACHE)
    names = {}
    for number, (name, whole) in enumerate(files.items()):
        path = folder / f"paper-{number}.pdf"
        path.write_bytes(whole)
        names[path.name] = name
    call = [*JAVA, "-cp", f"{CACHE}/*", "org.verapdf.apps.GreenfieldCliWrapper", "--format", "json", "-f", flavour]
    call += [str(folder / each) for each in names]
    done = subprocess.run(call, capture_output=True, text=True, timeout=SECONDS, check=False)
    said: dict[str, list[str]] = {}
    for job in json.loads(done.stdout)["report"]["jobs"]:
        name = names[Path(job["itemDetails"]["name"]).name]
        results = job.get("validationResult") or []
        results = results if isinstance(results, list) else [results]
        if not results:
            said[name] = [str(job.get("taskException") or job)]
            continue
        found = []
        for result in results:
            if not result["compliant"]:
                for rule in result["details"]["ruleSummaries"]:
                    found.append(
                        f"{result['profileName']}: {rule['clause']}-{rule['testNumber']} {rule['description']}"
                    )
        said[name] = found
    return said
