"""`make bench`: run every measurement, one after the other, and write what they print to `docs/performance/`.

    python -m bench [--quick] [--only rest,rival]

Each measurement is a script of its own (`python -m bench.NAME --help`); it starts what it needs and shares the machine
with its load only. `--quick` is a smoke test: small sizes, nothing written.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

OUT = Path(__file__).parents[1] / "docs" / "performance"
SUITE: dict[str, tuple[str, list[str], list[str]]] = {  # name: title, arguments, arguments of --quick
    "micro_fhir": ("Reading, checking and indexing one resource", [], []),
    "validate": ("Validation by profiles beside fhir.resources", [], ["--quick"]),
    "fhirpath": ("FHIRPath beside the published interpreter", [], ["--quick"]),
    "engine": ("The engine beside fhir.resources, fhirpathpy and Medplum's router", [], ["--quick"]),
    "store": ("The store alone, in process", [], ["--quick"]),
    "index": (
        "The index of patients at a million records",
        [],
        ["--sizes", "1000,4000", "--questions", "50", "--feeds", "30", "--people", "0"],
    ),
    "bulk": ("Exports and imports, beside COPY", [], ["--quick"]),
    "rest": (
        "FHIR over HTTP",
        ["--seconds", "5", "--workers", "1,2"],
        ["--seconds", "2", "--rounds", "1", "--resources", "2000"],
    ),
    "rival": ("Beside a rival", [], ["--seconds", "2", "--rounds", "1", "--sizes", "1"]),
    "search": ("Search at ten thousand and a million resources", [], ["--sizes", "2000,10000", "--seconds", "1"]),
    "terminology": (
        "Terminologies from a thousand to a million concepts",
        [],
        ["--sizes", "1000,5000", "--seconds", "1", "--rounds", "1"],
    ),
    "doctrine_forms": (
        "The forms of the doctrine, OSCAL beside compliance-trestle",
        [],
        ["--rounds", "1", "--requirements", "300"],
    ),
    "doctrine_pages": ("The pages of the doctrine: weight, made afresh, 200 a second", [], ["--seconds", "2"]),
    "doctrine": (
        "The doctrine: reading, comparing, pages",
        [],
        ["--requirements", "300", "--rounds", "1", "--seconds", "2"],
    ),
    "consultation": (
        "A consultation of ten thousand contributions",
        [],
        ["--sizes", "300", "--thread", "1000", "--rounds", "2"],
    ),
    "agenda": ("Slots of agendas at a hundred thousand", [], ["--slots", "2000", "--questions", "20"]),
    "terminologies": ("Reading terminologies as they are published", [], ["--quick"]),
    "country": (
        "The synthetic country: lines a second",
        [],
        ["--ranks", "720", "--rounds", "1", "--scale", "0.002"],
    ),
    "annuaire": (
        "The directory of professionals: loads and searches",
        ["--scale", "1"],
        ["--scale", "0.002", "--seconds", "1"],
    ),
    "insi": ("INSi on a base of a million people", [], ["--people", "20000", "--seconds", "2", "--connections", "32"]),
}


def machine() -> str:
    """What was measured on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}; load average before the run {load:.1f}"
    )


def main() -> None:
    """Run the suite; the exit code is that of the worst."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    chosen = [name for name in SUITE if not options.only or name in options.only.split(",")]
    worst = 0
    for name in chosen:
        title, full, quick = SUITE[name]
        print(f"→ {title} (bench/{name}.py)", flush=True)
        where, begun = machine(), time.monotonic()
        arguments = quick if options.quick else full
        process = subprocess.Popen(
            [sys.executable, "-m", f"bench.{name}", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            print("  " + line, end="", flush=True)
            said.append(line)
        worst = max(worst, process.wait())
        if not options.quick and process.returncode == 0:
            day = datetime.now(UTC).date().isoformat()
            command = f"python -m bench.{name} {' '.join(arguments)}".rstrip()
            head = f"{title}\n{day}; {where}; {time.monotonic() - begun:.0f} s\n$ {command}"
            (OUT / "figures").mkdir(parents=True, exist_ok=True)
            (OUT / "figures" / f"{name}.txt").write_text(f"{head}\n\n{''.join(said)}", encoding="utf-8")
    sys.exit(worst)


if __name__ == "__main__":
    main()
