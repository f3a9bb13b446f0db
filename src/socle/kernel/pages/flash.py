"""A message for the next page only, carried by a signed cookie (POST, redirect, GET)."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

import orjson

COOKIE = "socle_flash"
_MOST = 3000  # bytes: a cookie must stay under 4096


@dataclass(frozen=True, slots=True)
class Flash:
    """What happened, in one sentence. `tone`: ok, attention or refused. It must not name a person."""

    tone: str
    text: str


def seal(messages: list[Flash], secret: bytes) -> str:
    """The cookie's value for `messages`, signed so that nobody can put words into the house's mouth."""
    body = base64.urlsafe_b64encode(orjson.dumps([[m.tone, m.text[:500]] for m in messages[:5]])[:_MOST])
    return f"{body.decode()}.{_sign(body, secret)}"


def unseal(cookie: str, secret: bytes) -> list[Flash]:
    """The messages of a cookie; none when it is not ours."""
    body, _, signature = cookie.partition(".")
    if not hmac.compare_digest(signature.encode(), _sign(body.encode(), secret).encode()):
        return []
    try:
        return [Flash(tone, text) for tone, text in orjson.loads(base64.urlsafe_b64decode(body))]
    except (binascii.Error, orjson.JSONDecodeError, ValueError, TypeError):
        return []


def _sign(body: bytes, secret: bytes) -> str:
    return hmac.new(secret, b"socle-flash:" + body, hashlib.sha256).hexdigest()[:32]
