"""Forms as a browser sends them, and pages as a reader finds his way in them."""

import html
import re
from typing import Any

import httpx

BASE = "/concertation/c26"


def key_in(page: httpx.Response) -> str:
    """The one-time key of a form."""
    found = re.search(r'name="key" value="([0-9a-f]{32})"', page.text)
    assert found, page.text[:2000]
    return found[1]


def typed(page: httpx.Response, name: str) -> str:
    """What stands in a text area, exactly."""
    found = re.search(rf'<textarea id="f-{name}".*?>\n?(.*?)</textarea>', page.text, re.DOTALL)
    assert found, f"no text area {name}"
    return html.unescape(found[1])


async def contribute(
    client: httpx.AsyncClient, place: str = "chapter=ins", *, files: Any = None, **said: str
) -> httpx.Response:
    """Open the form at a place, fill it in, send it."""
    page = await client.get(f"{BASE}/contribuer?{place}")
    assert page.status_code == 200, page.text
    return await send(client, key_in(page), place, files=files, **said)


async def send(
    client: httpx.AsyncClient, key: str, place: str = "chapter=ins", *, files: Any = None, **said: str
) -> httpx.Response:
    """Send a form already opened."""
    usual = {"kind": "remark", "title": "Un exemple", "text": "Il faudrait un exemple.", "wish": "send", "key": key}
    fields = {**usual, **dict(part.split("=") for part in place.split("&")), **said}
    parts = [(name, (None, value.encode())) for name, value in fields.items()]
    return await client.post(f"{BASE}/contribuer", files=[*parts, *(("files", one) for one in files or [])])
