"""A small blocking HTTP client, enough for the command line to talk to a house that runs elsewhere."""

import http.client
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from socle.kernel.outcome import Text, system_said


class Unreachable(Exception):
    """Nobody answered at that address, or not what was expected; `text` says where and why."""

    def __init__(self, url: str, error: Exception | None = None) -> None:
        parts = urlsplit(url)
        where = f"{parts.scheme}://{parts.netloc}" if parts.netloc else url
        why = system_said(error) if isinstance(error, OSError) else Text(str(error or ""), str(error or ""))
        if why.en.strip():
            self.text = Text(f"{where} : {why.fr}", f"{where}: {why.en}")
        else:
            self.text = Text(where, where)
        super().__init__(self.text.en)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, decoded JSON body (None when the body is not JSON), headers by their names in lower case."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lines:
    """An answer that comes line by line: `lines` are decoded one by one; `body` is the whole of one that is no such answer."""

    status: int
    body: Any
    lines: Iterator[Any]


@contextmanager
def request_lines(
    url: str,
    file: Path,
    *,
    headers: Mapping[str, str],
    timeout: float,
    progress: Callable[[int, int], None] = lambda sent, size: None,
) -> Iterator[Lines]:
    """Post a file in constant memory, and read an answer that comes line by line (application/x-ndjson).

    progress  called with the octets sent, and all of them
    timeout   seconds without a word after which nobody answers any more
    Raises: Unreachable, also while lines are read.
    """
    connection, target = _connected(url, timeout)
    size = file.stat().st_size
    try:
        with file.open("rb") as content:
            sent = _Watched(content, size, progress)
            with suppress(BrokenPipeError, ConnectionResetError):  # refused before all was sent: the answer says why
                connection.request("POST", target, sent, {**headers, "Content-Length": str(size)})
        response = connection.getresponse()
        if response.status < 400 and "ndjson" in response.headers.get("content-type", ""):
            yield Lines(response.status, None, _lines(url, response))
        else:
            yield Lines(response.status, _decoded(response.read()), iter(()))
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(url, error) from error
    finally:
        connection.close()


class _Watched:
    """A file whose reading is told. `http.client` reads what it sends by blocks."""

    def __init__(self, file: BinaryIO, size: int, progress: Callable[[int, int], None]) -> None:
        self._file, self._size, self._progress, self._done = file, size, progress, 0

    def read(self, count: int = -1) -> bytes:
        """The next octets."""
        data = self._file.read(count)
        self._done += len(data)
        self._progress(self._done, self._size)
        return data


def _lines(url: str, response: http.client.HTTPResponse) -> Iterator[Any]:
    for line in response:
        try:
            yield json.loads(line)
        except ValueError as error:
            raise Unreachable(url, error) from error


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _connected(url: str, timeout: float) -> tuple[http.client.HTTPConnection, str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unreachable(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return connect(parts.hostname, parts.port, timeout=timeout, blocksize=1 << 20), target


def request_json(
    method: str,
    url: str,
    *,
    body: Any = None,
    file: Path | None = None,
    into: Path | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 60.0,
) -> Answer:
    """Send a JSON request and read a JSON answer; redirects are not followed.

    file  sent as it is instead of a body, in constant memory; `headers` say what it is
    into  where the body of a 200 is written as it comes, in constant memory; the answer then has none

    Raises: Unreachable when the address is wrong or nobody answers within `timeout` seconds.
    """
    connection, target = _connected(url, timeout)
    sent = {"Accept": "application/json", "Content-Type": "application/json", **(headers or {})}
    try:
        if file is not None:
            with file.open("rb") as content:
                sent["Content-Length"] = str(file.stat().st_size)
                connection.request(method, target, content, sent)
        else:
            connection.request(method, target, None if body is None else json.dumps(body).encode(), sent)
        response = connection.getresponse()
        received = {name.lower(): value for name, value in response.getheaders()}
        if into is not None and response.status == HTTPStatus.OK:
            with into.open("wb") as out:
                shutil.copyfileobj(response, out)
            return Answer(response.status, None, received)
        raw = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(url, error) from error
    finally:
        connection.close()
    return Answer(response.status, _decoded(raw), received)
