"""A house as a newcomer starts it: `socle up` in a process of its own."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
import structlog

from socle import command
from socle.kernel.outcome import Language

PATIENCE = 300.0
"""Seconds before what does not come is missed: a busy machine takes long, and only a failure waits to the end."""

SPEAKING = [
    module
    for module in (import_module(found.name) for found in iter_modules(command.__path__, "socle.command."))
    if hasattr(module, "LANGUAGE")
]
"""The modules of the command line that know the language of a run."""


def free_port() -> int:
    """A port that nobody holds at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def socle(
    *arguments: str, env: dict[str, str] | None = None, patience: float = PATIENCE, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command of the command line to its end, in a process of its own; `given` is its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "socle", *arguments],
        capture_output=True,
        text=True,
        input=given,
        timeout=patience,
        env={**os.environ, "SOCLE_LANG": "fr", **(env or {})},
    )


def typed(*arguments: str, language: Language = "fr") -> subprocess.CompletedProcess[str]:
    """The same, in this process: starting another takes three seconds of a processor, the command itself a tenth of one.

    What another process shows (the entry point, signals, standard input, the language of its help) is for `socle`.
    """
    octets = [io.BytesIO(), io.BytesIO()]
    said = [io.TextIOWrapper(one, encoding="utf-8", write_through=True) for one in octets]
    code = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said[0]), redirect_stderr(said[1]):
        patch.setattr(sys, "argv", ["socle", *arguments])
        for module in SPEAKING:
            patch.setattr(module, "LANGUAGE", language)
        try:
            command.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    structlog.reset_defaults()  # the command set the log up on a stream that ends here
    out, err = (one.getvalue().decode() for one in octets)
    return subprocess.CompletedProcess(["socle", *arguments], code, out, err)


@contextmanager
def beside(asked: Sequence[str]) -> "Iterator[subprocess.Popen[bytes]]":
    """A command that runs while the test goes on; whatever happens in between, it is over afterwards.

    What it says is lost: a pipe that nobody reads would stop it, and `Popen` alone would wait for it without end.
    """
    with subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


Run = Callable[..., subprocess.CompletedProcess[str]]


class RunningHouse:
    """`socle up` on a data folder; stopped by SIGTERM at the end of a `with`."""

    def __init__(self, data: Path, *options: str, env: dict[str, str] | None = None) -> None:
        self.data = data
        self._operator = ""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.parent / f"{data.name}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "socle", "up", "--data", str(data), "--port", str(self.port), *options],
                stdout=log,
                stderr=log,
                env={**os.environ, "SOCLE_LANG": "fr", **(env or {})},
            )
        try:
            self._wait()
        except BaseException:  # nobody else knows this process
            self.kill()
            raise

    def _wait(self) -> None:
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                raise AssertionError(f"the house ended: {self.log.read_text()}")
            try:
                if self.get("/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the house did not open: {self.log.read_text()}")

    def request(
        self, method: str, path: str, body: Any = None, *, key: str = "", content_type: str = "application/fhir+json"
    ) -> tuple[int, Any, dict[str, str]]:
        """(status, decoded body or text, headers with lower-case names)."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"Content-Type": content_type} if data is not None else {}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return _read(response.status, response)
        except urllib.error.HTTPError as error:
            with error:
                return _read(error.code, error)

    def get(self, path: str, *, key: str = "") -> tuple[int, Any, dict[str, str]]:
        """GET."""
        return self.request("GET", path, key=key)

    def key(self, *roles: str) -> str:
        """A new actor's key. The first is made by the command line; its holder makes the others."""
        if not self._operator:
            self._operator = self.key_by_command("operator", run=typed)
        body = {"name": "Essai", "roles": list(roles)}
        status, made, _ = self.request("POST", "/house/actors", body, key=self._operator)
        assert status in (200, 201), made
        return str(made["key"])

    def key_by_command(self, *roles: str, run: Run = socle) -> str:
        """A new actor's key, made by `socle actor create`."""
        options = [option for role in roles for option in ("--role", role)]
        made = run("actor", "create", "--name", "Essai", *options, "--data", str(self.data))
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the house did not close: {self.log.read_text()}") from None

    def kill(self) -> None:
        """End it at once; its database ends with it."""
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> "RunningHouse":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def _read(status: int, response: Any) -> tuple[int, Any, dict[str, str]]:
    raw = response.read()
    headers = {name.lower(): value for name, value in response.headers.items()}
    kind = headers.get("content-type", "")
    return status, json.loads(raw) if "json" in kind and raw else raw.decode("utf-8", "replace"), headers
