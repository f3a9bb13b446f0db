"""The editions published by this house, in the schema `doctrine`. Append-only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.store.database import Database
from socle.support.doctrine.model import EditionStatus

SCHEMA: Final = "doctrine"


@dataclass(frozen=True, slots=True)
class Published:
    """An edition as it stands in the table: its latest version."""

    id: str
    version: int
    status: EditionStatus


async def latest(database: Database) -> tuple[Published, ...]:
    """The latest version of every edition published here; a handful of rows, cheap enough to ask often."""
    rows = await database.query(
        "SELECT DISTINCT ON (id) id, version, status FROM doctrine.edition ORDER BY id, version DESC"
    )
    return tuple(Published(row["id"], row["version"], EditionStatus(row["status"])) for row in rows)


async def read(database: Database, edition: str, version: int) -> Mapping[str, str]:
    """The files of one version: path → text."""
    rows = await database.query(
        "SELECT path, body FROM doctrine.edition_file WHERE edition = $1 AND version = $2 ORDER BY path",
        edition,
        version,
    )
    return {row["path"]: row["body"] for row in rows}


async def write(
    database: Database, edition: str, version: int, status: EditionStatus, files: Mapping[str, str], trace: Trace
) -> None:
    """Keep a version whole or not at all, with its trace. Raises: Problem(CONFLICT) when that version is there."""
    paths = sorted(files)
    event = Event(
        trace, Action.CREATE if version == 1 else Action.UPDATE, entities=(f"edition/{edition}/_history/{version}",)
    )
    await database.write(
        SCHEMA,
        [
            (
                "INSERT INTO doctrine.edition (id, version, status, published_at, published_by) VALUES ($1, $2, $3, $4, $5)",
                [edition, version, status.value, trace.at, trace.who],
            ),
            (
                "INSERT INTO doctrine.edition_file (edition, version, path, body)"
                " SELECT $1, $2, f.path, f.body FROM unnest($3::text[], $4::text[]) AS f(path, body)",
                [edition, version, paths, [files[path] for path in paths]],
            ),
        ],
        trace,
        notes=[event],
    )
