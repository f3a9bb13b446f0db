"""64-bit keys: how the store names a resource, a code or a reference in an index.

A key is the first eight bytes of BLAKE2b, as a signed integer (PostgreSQL bigint). References use the exclusive-or of
two keys so that SQL can go from a target to the tokens of those that refer to it, and back, without hashing:
token(reference) = key(type, parameter) # key(target), and x # key(type, parameter) = key(target).
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from struct import Struct

_SEPARATOR = "\x1f"
_SIGNED = Struct(">q").unpack


def key(*parts: str) -> int:
    """The signed 64-bit key of `parts`; no two different tuples of parts without U+001F share their text."""
    found: int = _SIGNED(blake2b(_SEPARATOR.join(parts).encode(), digest_size=8).digest())[0]
    return found


def key_after(*parts: str) -> Callable[[str], int]:
    """What answers the `key` of `parts` and one more: those that come first are read once."""
    begun = blake2b((_SEPARATOR.join(parts) + _SEPARATOR).encode(), digest_size=8).copy

    def after(last: str) -> int:
        one = begun()
        one.update(last.encode())
        found: int = _SIGNED(one.digest())[0]
        return found

    return after


@lru_cache(maxsize=65_536)
def frequent_key(*parts: str) -> int:
    """`key`, remembered: for codes and parameter names, which come back all the time."""
    return key(*parts)


def resource_key(resource_type: str, resource_id: str) -> int:
    """The key of a resource; also the target part of the token of a reference to it."""
    return key("resource", resource_type, resource_id)


def resource_keys(resource_type: str) -> Callable[[str], int]:
    """What answers the `resource_key` of each id of a type."""
    return key_after("resource", resource_type)


def url_key(url: str) -> int:
    """The target part of the token of a reference to something outside this server."""
    return key("url", url)
