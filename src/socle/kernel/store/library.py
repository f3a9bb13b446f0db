"""The definitions that installed packages hold, for checks: what was asked lately stays at hand."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from socle.kernel.fhir.packages.library import NOTHING_BESIDE, Beside, Held, Looking, Shelves
from socle.kernel.store import packages
from socle.kernel.store.compression import unpack
from socle.kernel.store.database import Database

KEPT: Final = timedelta(seconds=1)  # how long after another process installs a package a check may not know it


class PackagedDefinitions:
    """What a house has at hand of its packages. `library()` gives each check its own view.

    beside  packages that are not installed, and are looked in as if they were
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], beside: Beside = NOTHING_BESIDE) -> None:
        self._database = database
        self._beside = beside
        self._clock = clock
        self._shelves = Shelves(unpack)
        self._stamp: tuple[int, int] | None = None
        self._looked: datetime | None = None

    def library(self) -> Looking:
        """A `kernel.fhir.knowledge.Library` for one check."""
        return Looking(self._shelves, self._bring, self._refresh)

    async def _refresh(self) -> bool:
        """Whether packages have changed since the last look; then everything is forgotten."""
        now = self._clock()
        if self._looked is not None and self._looked <= now < self._looked + KEPT:
            return False
        sql = "SELECT coalesce(max(id), 0) AS last, count(*) AS n FROM house.package WHERE ready"
        [row] = await self._database.query(sql)
        self._looked = now
        stamp = (row["last"], row["n"])
        if stamp == self._stamp:
            return False
        first = self._stamp is None
        held = await packages.list_all(self._database)
        installed = {(one.name, one.version): one.dependencies for one in held}
        self._shelves.clear({**installed, **self._beside.dependencies})
        self._stamp = stamp
        return not first

    async def _bring(self, urls: Sequence[str]) -> Mapping[str, tuple[Held, ...]]:
        sql = (
            "SELECT r.url, r.type, r.version, p.name AS package, p.version AS package_version, r.body "
            "FROM house.package_resource r JOIN house.package p ON p.id = r.package AND p.ready WHERE r.url = ANY($1::text[])"
        )
        found: dict[str, tuple[Held, ...]] = {}
        for row in await self._database.query(sql, list(urls)):
            place = (row["package"], row["package_version"])
            if place not in self._beside.dependencies:
                held = Held(row["type"], row["version"], place, row["body"])
                found[row["url"]] = (*found.get(row["url"], ()), held)
        for url in urls:
            if (more := self._beside.held.get(url)) is not None:
                found[url] = (*found.get(url, ()), *more)
        return found
