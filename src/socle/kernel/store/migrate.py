"""Bring schemas to the version of the code: numbered SQL files, applied once each, in order, at start.

Folders: `migrations/house` for the schema `house`, `migrations/trace` for every schema that keeps traces,
`migrations/register` for every register, and each module's own. In the files, `{schema}` stands for the schema.
The ledger (`house.migration`) remembers what was applied and its checksum.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import asyncpg

from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Kind, Problem

HOUSE: Final = "house"
_LOCK: Final = key("socle", "migrate")
_FILE: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql", re.ASCII)
_SCHEMA: Final = re.compile(r"[a-z][a-z0-9_]{0,50}", re.ASCII)
_LEDGER: Final = """
CREATE SCHEMA IF NOT EXISTS house;
CREATE TABLE IF NOT EXISTS house.migration (
    schema   text NOT NULL,
    part     text NOT NULL,
    number   integer NOT NULL,
    name     text NOT NULL,
    checksum bytea NOT NULL,
    applied  timestamptz NOT NULL,
    PRIMARY KEY (schema, part, number)
)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A folder of SQL files and the schema that they build; `part` names the folder in the ledger."""

    schema: str
    part: str
    folder: Traversable


@dataclass(frozen=True, slots=True)
class _File:
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> bytes:
        return sha256(self.sql.encode()).digest()


def steps(registers: Iterable[str], modules: Iterable[tuple[str, str]] = ()) -> list[Step]:
    """What a house needs: its own schema, each register's, then each module's tables.

    registers  names of schemas that hold resources or traces
    modules    (schema, package of the module): SQL in `<package>/migrations/`
    """
    folder = files(__package__) / "migrations"
    plan = [Step(HOUSE, "house", folder / "house"), Step(HOUSE, "trace", folder / "trace")]
    for schema in dict.fromkeys(registers):
        plan += [Step(schema, "trace", folder / "trace"), Step(schema, "register", folder / "register")]
    plan += [Step(schema, package, files(package) / "migrations") for schema, package in modules]
    return plan


async def migrate(connection: asyncpg.Connection, plan: Sequence[Step], now: datetime) -> list[str]:
    """Apply what is missing, each file in its own transaction; answers what was applied, "ins/register/0001_resources".

    Several workers may call it at once: one works, the others wait, then find nothing to do.
    Raises: Problem(CONFLICT) when the ledger holds files that this version does not know, or other contents;
    Problem(UNAVAILABLE) when the server is too old.
    """
    if connection.get_server_version() < (15,):
        raise _too_old(str(connection.get_server_version().major))
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        await connection.execute(_LEDGER)
        done = {
            (row["schema"], row["part"], row["number"]): row["checksum"]
            for row in await connection.fetch("SELECT * FROM house.migration")
        }
        work = [(step, list(_files(step.folder))) for step in plan]
        for step, known in work:
            _check(step, known, done)
        applied = []
        for step, known in work:
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_name(step.schema)}")
            for file in known:
                if (step.schema, step.part, file.number) not in done:
                    await _apply(connection, step, file, now)
                    applied.append(f"{step.schema}/{step.part}/{file.name}")
        return applied
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _apply(connection: asyncpg.Connection, step: Step, file: _File, now: datetime) -> None:
    async with connection.transaction():
        await connection.execute(file.sql.replace("{schema}", _name(step.schema)))
        await connection.execute(
            "INSERT INTO house.migration (schema, part, number, name, checksum, applied) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            step.schema,
            step.part,
            file.number,
            file.name,
            file.checksum,
            now,
        )


def _files(folder: Traversable) -> Iterator[_File]:
    if not folder.is_dir():
        return
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if match := _FILE.fullmatch(item.name):
            yield _File(int(match[1]), item.name.removesuffix(".sql"), item.read_text(encoding="utf-8"))


def _check(step: Step, known: list[_File], done: dict[tuple[str, str, int], bytes]) -> None:
    checksums = {file.number: file.checksum for file in known}
    if len(checksums) != len(known):
        raise ValueError(f"two migrations of {step.part} have the same number")
    for (schema, part, number), checksum in done.items():
        if (schema, part) != (step.schema, step.part):
            continue
        if number not in checksums:
            raise Problem.of(
                Kind.CONFLICT,
                f"La base a été ouverte par une version plus récente de Socle (« {schema} », migration "
                f"{part} {number:04}). Utilisez cette version, ou restaurez une sauvegarde antérieure.",
                f"The database was opened by a later version of Socle (“{schema}”, migration {part} {number:04}). "
                "Use that version, or restore an earlier backup.",
                rule="SOCLE-MIGRATION",
            )
        if checksums[number] != checksum:
            raise Problem.of(
                Kind.CONFLICT,
                f"La migration {part} {number:04} de « {schema} » a changé depuis qu'elle a été appliquée : "
                "la base ne correspond plus à ce programme. "
                "Rétablissez le fichier d'origine et mettez le changement dans un nouveau.",
                f"Migration {part} {number:04} of “{schema}” changed since it was applied: the database no longer "
                "matches this program. Restore the original file and put the change in a new one.",
                rule="SOCLE-MIGRATION",
            )


def _name(schema: str) -> str:
    if not _SCHEMA.fullmatch(schema):
        raise ValueError(f"not a schema name: {schema!r}")
    return schema


def _too_old(found: str) -> Problem:
    return Problem.of(
        Kind.UNAVAILABLE,
        f"Ce serveur PostgreSQL est en version {found} ; il faut la version 15 ou une plus récente.",
        f"This PostgreSQL server has version {found}; version 15 or later is needed.",
        rule="SOCLE-MIGRATION",
    )
