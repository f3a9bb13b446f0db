"""Anchors: at intervals the heads of all chains are hashed together and kept where SQL cannot reach.

Whoever may write the database can rewrite a whole chain, each hash recomputed: only something kept elsewhere shows it.
An anchor says where every chain stood; anchors are chained themselves, one line each in a file of the data folder,
with a copy in the database. Design and limits: docs/decisions/0003-audit-chain.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import orjson

from socle.kernel.audit.chain import HASH_SIZE

_DOMAIN: Final = b"socle audit anchor 1\n"
FIRST: Final = sha256(_DOMAIN).digest()  # what stands before the first anchor


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain stands: the number and the hash of its last trace."""

    schema: str
    chain: int
    n: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where every chain stood at one moment. `n` counts anchors from 1; `hash` covers all the rest."""

    n: int
    at: datetime
    heads: tuple[Head, ...]
    previous: bytes
    hash: bytes

    @property
    def is_whole(self) -> bool:
        """Whether its hash is that of its content."""
        return self.hash == _hash(self.n, self.at, self.heads, self.previous)


def drop(previous: Anchor | None, at: datetime, heads: Iterable[Head]) -> Anchor:
    """The anchor that follows `previous` (None: the first one), for chains standing at `heads`."""
    n, before = (previous.n + 1, previous.hash) if previous else (1, FIRST)
    ordered = tuple(sorted(heads, key=lambda head: (head.schema, head.chain)))
    return Anchor(n, at, ordered, before, _hash(n, at, ordered, before))


def to_line(anchor: Anchor) -> bytes:
    """The anchor as one line of JSON, its end of line included."""
    said = _said(anchor.n, anchor.at, anchor.heads, anchor.previous)
    return orjson.dumps({**said, "hash": anchor.hash.hex()}) + b"\n"


def from_line(line: bytes) -> Anchor:
    """The anchor of a line; whether it is whole is another question.

    Raises: ValueError when the line is no anchor.
    """
    said = orjson.loads(line)
    try:
        heads = tuple(Head(schema, chain, n, bytes.fromhex(found)) for schema, chain, n, found in said["heads"])
        at = datetime.fromisoformat(said["at"])
        n, hash_ = said["n"], bytes.fromhex(said["hash"])
        anchor = Anchor(n, at, heads, bytes.fromhex(said["previous"]), hash_)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an anchor: {error!r}") from error
    if not isinstance(n, int) or len(hash_) != HASH_SIZE or at.tzinfo is None:
        raise ValueError("not an anchor")
    return anchor


def _said(n: int, at: datetime, heads: tuple[Head, ...], previous: bytes) -> dict[str, object]:
    return {
        "n": n,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "heads": [[head.schema, head.chain, head.n, head.hash.hex()] for head in heads],
        "previous": previous.hex(),
    }


def _hash(n: int, at: datetime, heads: tuple[Head, ...], previous: bytes) -> bytes:
    return sha256(_DOMAIN + orjson.dumps(_said(n, at, heads, previous))).digest()
