"""Where communes are: those that ship, then those of the official files; kept in memory, for searches are parsed at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from socle.foundations.care_offer.permissions import REGISTER
from socle.kernel.store import Tx

AGAIN: Final = timedelta(seconds=30)  # between two looks at the table: another process may have loaded it
Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune: its code in the COG, its name, the position of its centre (degrees)."""

    code: str
    name: str
    lat: float
    lon: float


@dataclass(slots=True)
class Communes:
    """The communes that this process knows."""

    _known: Mapping[str, Commune] = field(default_factory=dict)
    _stamp: tuple[int, str] = (0, "")
    _looked: datetime | None = None

    def position(self, code: str) -> tuple[float, float] | None:
        """The centre of a commune, None when it is not known."""
        found = self._known.get(code)
        return None if found is None else (found.lat, found.lon)

    def named(self, words: str, normalise: Any) -> list[Commune]:
        """Communes whose name begins with these normalised words, at most ten, the shortest names first."""
        found = [one for one in self._known.values() if normalise(one.name).startswith(words) or one.code == words]
        return sorted(found, key=lambda one: (len(one.name), one.name, one.code))[:10]

    def name(self, code: str) -> str:
        """The name of a commune, its code when it is not known."""
        found = self._known.get(code)
        return code if found is None else found.name

    async def refresh(self, database: Tx, now: datetime) -> None:
        """Look at the table when the last look is old; read it when it has changed."""
        if self._looked is not None and now - self._looked < AGAIN:
            return
        self._looked = now
        [row] = await database.query(
            f"SELECT count(*) AS n, coalesce(max(loaded)::text, '') AS at FROM {REGISTER}.commune"
        )
        stamp = (row["n"], row["at"])
        if stamp == self._stamp:
            return
        rows = await database.query(f"SELECT code, name, lat, lon FROM {REGISTER}.commune")
        self._known = {row["code"]: Commune(row["code"], row["name"], row["lat"], row["lon"]) for row in rows}
        self._stamp = stamp

    def forget(self) -> None:
        """Look at the table the next time, however soon."""
        self._looked = None


COMMUNES: Final = Communes()  # of this process: a memory of the table, nothing that is not in it


def placed(communes: Sequence[Commune], source: str, at: datetime) -> list[Statement]:
    """The statement that keeps these communes, in place of those of the same code."""
    return [
        (
            f"INSERT INTO {REGISTER}.commune (code, name, lat, lon, source, loaded) "
            "SELECT c.code, c.name, c.lat, c.lon, $5, $6 FROM "
            "unnest($1::text[], $2::text[], $3::float8[], $4::float8[]) AS c(code, name, lat, lon) "
            "ON CONFLICT (code) DO UPDATE SET name = excluded.name, lat = excluded.lat, lon = excluded.lon, "
            "source = excluded.source, loaded = excluded.loaded",
            (
                [one.code for one in communes],
                [one.name for one in communes],
                [one.lat for one in communes],
                [one.lon for one in communes],
                source,
                at,
            ),
        )
    ]
