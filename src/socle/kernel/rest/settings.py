"""How a FHIR server protects itself and names itself, as data."""

from dataclasses import dataclass, field
from typing import Final

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may cost at most. Beyond, it is refused early and nothing is stored.

    body           octets of a body, before and after decompression
    held           octets of all the bodies held at one time
    seconds        time that a client may take to send its body
    url            octets of path and query
    headers        number of header fields
    parameters     search parameters in one request
    entries        entries of one batch or transaction
    patch          operations of one patch
    copied         JSON values that the `copy` operations of one JSON Patch may make
    """

    body: int = 32 * MEBIBYTE
    held: int = 256 * MEBIBYTE
    seconds: float = 60.0
    url: int = 8_192
    headers: int = 64
    parameters: int = 100
    entries: int = 10_000
    patch: int = 1_000
    copied: int = 100_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How this server is reached.

    url              scheme and host that links start with, e.g. "https://socle.example"; "": from each request
    trust_forwarded  believe X-Forwarded-Proto, -Host and -For: only behind a proxy that sets them itself
    origins          web origins that may call this server from a browser (CORS); none by default
    """

    url: str = ""
    trust_forwarded: bool = False
    origins: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
