"""Load by wrk, and figures of many answers: what several benches share."""

import re
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_DONE = (
    "done = function(summary, latency, requests)\n"
    '  io.write(string.format("RESULT %d %d %f %f %f %d\\n", summary.requests, summary.duration,\n'
    "    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,\n"
    "    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))\n"
    "end\n"
)
_RESULT = re.compile(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) ([\d.]+) (\d+)")


def wrk(script: Path, lua: str, port: int, connections: int, seconds: int) -> dict[str, float]:
    """Load by wrk with the requests that `lua` makes, written to `script`: {requests, rate, p50, p99, max, errors}.

    Latencies in ms; errors are answers that were no success.
    """
    script.write_text(lua + _DONE)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{port}"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = _RESULT.search(out)
    assert found, out
    requests, duration, p50, p99, most, errors = (float(each) for each in found.groups())
    rate = requests / (duration / 1e6)
    return {"requests": requests, "rate": rate, "p50": p50, "p99": p99, "max": most, "errors": errors}


def figures(times: Sequence[float], elapsed: float) -> dict[str, float]:
    """{rate, p50, p99, max} of answers that each took some seconds, in `elapsed` seconds together; latencies in ms."""
    ordered = sorted(times)
    return {
        "rate": len(ordered) / elapsed,
        "p50": statistics.median(ordered) * 1e3,
        "p99": ordered[int(len(ordered) * 0.99)] * 1e3,
        "max": ordered[-1] * 1e3,
    }


def rounds_of(rounds: int, act: Callable[[], object]) -> list[float]:
    """The seconds of some rounds, after one that does not count."""
    act()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return taken


def free_port() -> int:
    """A port that nobody holds at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
