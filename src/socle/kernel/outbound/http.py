"""A small blocking HTTP client, enough for the command line to talk to a house that runs elsewhere."""

import http.client
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class Unreachable(Exception):
    """Nobody answered at that address; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, decoded JSON body (None when the body is not JSON), headers by their names in lower case."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


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
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unreachable(f"not an http(s) address: {url}")
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.hostname, parts.port, timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
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
        raise Unreachable(f"{url}: {error}") from error
    finally:
        connection.close()
    try:
        return Answer(response.status, json.loads(raw), received)
    except ValueError:
        return Answer(response.status, None, received)
