"""Holders of access keys: created, listed, revoked, found by the hash of their key. Each change leaves its trace.

A key is shown once, when it is made; the house keeps its SHA-256 only. It holds 256 random bits, so a slow password
hash would protect nothing more and would cost each request.
"""

import base64
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, Means
from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database

SCHEMA: Final = "house"
KEY_PREFIX: Final = "socle_"  # lets secret scanners recognise a key that was published by mistake
_KEY_BYTES: Final = 32
_ID_BYTES: Final = 8
_ROLE: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)
_LONGEST: Final = 200  # characters of a name or of a structure
_COLUMNS: Final = "id, name, roles, structure, created, revoked, last_used"


@dataclass(frozen=True, slots=True)
class Holder:
    """Someone (or some software) who was given a key.

    revoked    when the key stopped being accepted, None while it is
    last_used  day of the last use, None when it never served
    """

    id: str
    name: str
    roles: frozenset[str]
    structure: str
    created: datetime
    revoked: datetime | None = None
    last_used: date | None = None

    @property
    def actor(self) -> Actor:
        """The actor that the key proves."""
        return Actor(id=self.id, name=self.name, roles=self.roles, means=Means.API_KEY, structure=self.structure)


def key_hash(key: str) -> bytes:
    """What is stored instead of the key."""
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


async def create(
    database: Database,
    *,
    name: str,
    roles: Iterable[str],
    structure: str = "",
    known_roles: frozenset[str] | None = None,
    trace: Trace,
    draw: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[Holder, str]:
    """Register a holder and answer with it and its key, which is never shown again.

    known_roles  roles that a permission of this house carries; None accepts any well-formed one
    draw         source of random bytes (tests give their own)
    Raises: Problem(INVALID) when the name is empty or too long, or a role is unknown.
    """
    name, structure, wanted = name.strip(), structure.strip(), frozenset(roles)
    _check(name, structure, wanted, known_roles)
    key = KEY_PREFIX + base64.urlsafe_b64encode(draw(_KEY_BYTES)).rstrip(b"=").decode()
    holder = Holder(draw(_ID_BYTES).hex(), name, wanted, structure, trace.at)
    sql = "INSERT INTO house.actor (id, name, roles, structure, key_hash, created) VALUES ($1, $2, $3, $4, $5, $6)"
    arguments = (holder.id, name, sorted(wanted), structure, key_hash(key), trace.at)
    await database.write(SCHEMA, [(sql, arguments)], trace, notes=[_event(trace, Action.CREATE, holder.id, wanted)])
    return holder, key


async def list_all(database: Database) -> list[Holder]:
    """Every holder, revoked ones included, in order of creation."""
    sql = f"SELECT {_COLUMNS} FROM house.actor ORDER BY created, id"
    return [_holder(row) for row in await database.query(sql)]


async def revoke(database: Database, actor_id: str, *, trace: Trace) -> Holder:
    """Stop accepting a holder's key, from `trace.at` on; revoking twice changes nothing.

    Raises: Problem(NOT_FOUND) when there is no such holder.
    """
    rows = await database.query(f"SELECT {_COLUMNS} FROM house.actor WHERE id = $1", actor_id)
    if not rows:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Aucun acteur ne porte cet identifiant ; « socle actor list » les montre tous.",
            "No actor has this identifier; “socle actor list” shows them all.",
        )
    if rows[0]["revoked"] is None:
        sql = "UPDATE house.actor SET revoked = $2 WHERE id = $1 AND revoked IS NULL"
        event = _event(trace, Action.UPDATE, actor_id, rows[0]["roles"], "revoked")
        await database.write(SCHEMA, [(sql, (actor_id, trace.at))], trace, notes=[event])
    holder = _holder(rows[0])
    return holder if holder.revoked else Holder(**{**_fields(holder), "revoked": trace.at})


async def find(database: Database, hashed: bytes) -> Holder | None:
    """The holder of the key whose hash this is, None when there is none or it is revoked."""
    sql = f"SELECT {_COLUMNS} FROM house.actor WHERE key_hash = $1 AND revoked IS NULL"
    rows = await database.query(sql, hashed)
    return _holder(rows[0]) if rows else None


async def by_id(database: Database, actor_id: str) -> Holder | None:
    """The holder of that id, None when there is none or its key is revoked."""
    sql = f"SELECT {_COLUMNS} FROM house.actor WHERE id = $1 AND revoked IS NULL"
    rows = await database.query(sql, actor_id)
    return _holder(rows[0]) if rows else None


async def used(database: Database, holder: Holder, *, trace: Trace) -> None:
    """Note that a key served today; writes at most once a day for each key."""
    today = trace.at.date()
    if holder.last_used is not None and holder.last_used >= today:
        return
    sql = "UPDATE house.actor SET last_used = $2 WHERE id = $1 AND (last_used IS NULL OR last_used < $2)"
    await database.write(SCHEMA, [(sql, (holder.id, today))], trace)


def _check(name: str, structure: str, roles: frozenset[str], known: frozenset[str] | None) -> None:
    if not name or len(name) > _LONGEST or len(structure) > _LONGEST or not (name + structure).isprintable():
        raise Problem.of(
            Kind.INVALID,
            f"Le nom est obligatoire ; nom et structure ont au plus {_LONGEST} caractères, sans caractère de contrôle.",
            f"A name is required; name and structure have at most {_LONGEST} characters, no control character.",
        )
    if not roles:
        raise Problem.of(Kind.INVALID, "Donnez au moins un rôle (--role).", "Give at least one role (--role).")
    for role in sorted(roles):
        if not _ROLE.fullmatch(role) or (known is not None and role not in known):
            listed = ", ".join(sorted(known)) if known else ""
            raise Problem.of(
                Kind.INVALID,
                f"Ce rôle est inconnu de la maison. Rôles connus : {listed}." if listed else "Ce rôle est mal écrit.",
                f"The house does not know this role. Known roles: {listed}." if listed else "This role is ill-formed.",
            )


def _event(trace: Trace, action: Action, actor_id: str, roles: Iterable[str], detail: str = "") -> Event:
    said = f"roles: {' '.join(sorted(roles))}"
    return Event(trace, action, entities=(f"actor/{actor_id}",), detail=f"{detail}; {said}" if detail else said)


def _fields(holder: Holder) -> dict[str, Any]:
    return {name: getattr(holder, name) for name in Holder.__slots__}


def _holder(row: Row) -> Holder:
    return Holder(
        row["id"],
        row["name"],
        frozenset(row["roles"]),
        row["structure"],
        row["created"],
        row["revoked"],
        row["last_used"],
    )
