"""Reads by id, beside Medplum's FHIR router over its memory repository, in the same run.

    python -m bench.rival [--seconds 5] [--rounds 3] [--connections 32] [--workers 1] [--sizes 1,2,4,16]

Both hold the same Organizations (1,000 of each size, told in kilobytes) and are asked for them by `wrk`, in turn,
round after round; each is idle while the other is asked. The rival writes what it reads again for each answer, ours
is sent as it was stored: the ratio depends on the size. Ours is the whole house as `socle up` starts it, on disk; the
rival keeps its resources in memory, is not durable, and checks no right. Needs wrk, and Node.js with npm (the rival's
packages are fetched once into `bench/rival/node_modules`).
"""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "rival"
RESOURCES = 1_000
PATIENCE = 60.0


def organization(rank: int, size: int) -> dict[str, Any]:
    """An Organization of about `size` kilobytes that concerns nobody."""
    times = range(3 * size)
    return {
        "resourceType": "Organization",
        "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.2", "value": f"1{rank:08d}"}],
        "active": True,
        "name": f"Centre hospitalier de démonstration n° {rank}",
        "alias": [f"CHD {rank}", "Ce qu'on en dit en ville"],
        "telecom": [{"system": "phone", "value": f"01 00 00 {rank % 100:02d} {n:02d}", "rank": n + 1} for n in times],
        "address": [
            {
                "use": "work",
                "line": [f"{n + rank % 90} rue de la Démonstration", "Bâtiment des consultations externes"],
                "city": "Villeneuve-la-Démonstration",
                "postalCode": f"{10000 + rank}",
                "country": "FR",
            }
            for n in times
        ],
        "contact": [{"name": {"family": "Accueil", "given": ["Bureau", str(n)]}} for n in times],
    }


def call(method: str, url: str, body: Any = None, key: str = "") -> Any:
    """One JSON request."""
    headers = {"Content-Type": "application/fhir+json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=PATIENCE) as answer:
        return json.load(answer)


def fill(base: str, size: int, key: str = "") -> list[str]:
    """Create the Organizations; the paths to read."""
    made = [call("POST", f"{base}/Organization", organization(rank, size), key) for rank in range(RESOURCES)]
    return [f"/Organization/{one['id']}" for one in made]


def ask(base: str, paths: list[str], folder: Path, connections: int, seconds: int) -> tuple[float, float]:
    """(reads per second, p99 in ms) over `paths`, taken in turn."""
    host, _, prefix = base.removeprefix("http://").partition("/")
    script = folder / "paths.lua"
    lines = ",".join(f'"/{prefix}{path}"' if prefix else f'"{path}"' for path in paths)
    turn = "request = function()\n  n = n % #paths + 1\n  return wrk.format('GET', paths[n])\nend\n"
    script.write_text(f"local paths = {{{lines}}}\nlocal n = 0\n{turn}")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), f"http://{host}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(f"refused answers from {base}:\n{said}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()  # type: ignore[union-attr]
    return rate, float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def open_house(folder: Path, workers: int) -> tuple["subprocess.Popen[bytes]", str, str]:
    """The process, the base URL of the sandbox, a publisher's key."""
    data = folder / "data"
    command = [sys.executable, "-m", "socle"]
    options = f"--no-demo --port 0 --population 0 --workers {workers}".split()
    process = subprocess.Popen([*command, "up", *options, "--data", str(data)], stderr=subprocess.DEVNULL)
    limit = time.monotonic() + PATIENCE
    while not (data / "house.json").exists() and time.monotonic() < limit:
        time.sleep(0.1)
    url = json.loads((data / "house.json").read_text())["url"]
    while time.monotonic() < limit:
        try:
            call("GET", f"{url}/health")
            break
        except OSError:
            time.sleep(0.1)
    made = subprocess.run(
        [*command, "actor", "create", "--name", "bench", "--role", "publisher", "--data", str(data)],
        capture_output=True,
        text=True,
        check=True,
    )
    return process, f"{url}/sandbox/fhir", made.stdout.strip()


def open_rival() -> tuple["subprocess.Popen[str]", str]:
    """The process and its base URL."""
    if not (HERE / "node_modules").exists():
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"],
            cwd=HERE,
            check=True,
            capture_output=True,
        )
    process = subprocess.Popen(["node", "server.mjs"], cwd=HERE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, f"http://127.0.0.1:{int(process.stdout.readline())}"


def main() -> None:
    """Run, print a table and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--workers", type=int, default=1, help="processes of the house")
    parser.add_argument(
        "--sizes", type=lambda text: [int(one) for one in text.split(",")], default=[1, 2, 4, 16], metavar="KB,KB…"
    )
    options = parser.parse_args()
    missing = [tool for tool in ("wrk", "node", "npm") if shutil.which(tool) is None]
    if missing:
        raise SystemExit(f"not measured: {', '.join(missing)} not installed")
    folder = Path(tempfile.mkdtemp(prefix="socle-rival-"))
    house, ours, key = open_house(folder, options.workers)
    rival, theirs = open_rival()
    print(f"reads by id, {options.connections} connections, {os.cpu_count()} cores shared with the load", flush=True)
    try:
        for size in options.sizes:
            paths = {ours: fill(ours, size, key), theirs: fill(theirs, size)}
            octets = len(json.dumps(call("GET", ours + paths[ours][0])))
            for base in paths:
                ask(base, paths[base], folder, options.connections, 2)
            rounds = [
                {base: ask(base, paths[base], folder, options.connections, options.seconds) for base in paths}
                for _ in range(options.rounds)
            ]
            told(f"{octets:,} octets", ours, theirs, rounds, options.workers)
    finally:
        rival.terminate()
        house.send_signal(signal.SIGTERM)
        house.wait()
        shutil.rmtree(folder, ignore_errors=True)


def told(title: str, ours: str, theirs: str, rounds: list[dict[str, tuple[float, float]]], workers: int) -> None:
    """A table of one size, and the ratio."""
    print(title)
    mine = f"Socle (durable), {workers} process" + ("es" if workers > 1 else "")
    for name, base in ((mine, ours), ("Medplum router (memory)", theirs)):
        rates = [each[base][0] for each in rounds]
        print(
            f"  {name:<30}{statistics.median(rates):>9,.0f}/s  from {min(rates):,.0f} to {max(rates):,.0f}"
            f"  p99 {statistics.median(each[base][1] for each in rounds):.1f} ms"
        )
    ratio = statistics.median(each[ours][0] / each[theirs][0] for each in rounds)
    print(f"  ratio {ratio:.1f} (target: 3)", flush=True)


if __name__ == "__main__":
    main()
