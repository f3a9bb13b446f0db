"""Secrets of others that the house must show again: sealed with a key that is not in the database.

A key that is only recognised is kept as its hash (`kernel.store.actors`). One that the house presents to somebody else
must be had again: it is sealed with AES-256-GCM (NIST SP 800-38D) under a key of the house, and bound to what it is for, so
that a sealed text moved to another row, or beside another address, opens no more.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_NONCE: Final = 12


class Unsealable(Exception):
    """A sealed text does not open: another key sealed it, or it was moved or changed."""


class Seal:
    """Seals and opens. Nothing of the key shows in its `repr`."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        """`key` is of 32 bytes. Raises: ValueError."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"a sealing key has {KEY_BYTES} bytes")
        self._cipher = AESGCM(key)

    @classmethod
    def fleeting(cls) -> "Seal":
        """One whose key nobody keeps: what it seals opens as long as it lives."""
        return cls(os.urandom(KEY_BYTES))

    def close(self, secret: str, *, bound: str) -> bytes:
        """The secret, sealed for the use that `bound` names."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret.encode(), bound.encode())

    def open(self, sealed: bytes, *, bound: str) -> str:
        """The secret. Raises: Unsealable."""
        if sealed[:1] != _VERSION or len(sealed) <= len(_VERSION) + _NONCE:
            raise Unsealable
        try:
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], bound.encode()).decode()
        except InvalidTag:
            raise Unsealable from None
