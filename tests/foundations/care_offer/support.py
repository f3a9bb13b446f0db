"""What tests of the care offer share: a clock, a house, a consumer of each profile."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from tests.clock import Clock

from socle.assembly.application import application
from socle.assembly.house import Opened, open_house
from socle.kernel.audit import Trace
from socle.kernel.module import House, Module, Settings
from socle.kernel.store import actors
from socle.kernel.store.jobs import Jobs

HOST = "http://socle.test"
BASE = f"{HOST}/ror/fhir"
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
FHIR = {"content-type": "application/fhir+json"}
TRACE = Trace("console", "console", "operator", "", "console", "test", NOW, "house", "actor:create")
WHO = {
    "public": ("publisher",),
    "profil1": ("care-offer-consumer", "ror-profil-1"),
    "profil2": ("care-offer-consumer", "ror-profil-2"),
    "profil3": ("care-offer-consumer", "ror-profil-3"),
    "profil4": ("care-offer-consumer", "ror-profil-4"),
    "profil5": ("care-offer-consumer", "ror-profil-5"),
    "owner": ("care-offer-provider", "ror-profil-1"),
    "region": ("care-offer-region",),
    "feeder": ("care-offer-feeder",),
    "operator": ("operator",),
    "nobody": ("auditor",),
}
PROFILES = {"public": 0, "owner": 1, "operator": 1, "region": 0, **{f"profil{n}": n for n in range(1, 6)}}


def headers(profil: int | str = 0) -> dict[str, str]:
    """The four headers of a consumer."""
    return {
        "Ror-Profil-Utilisateur-Code": profil if isinstance(profil, str) else f"SOCLE-{profil}",
        "Ror-Profil-Utilisateur-System": "1.2.250.1.213.1.6.1.66",
        "Ror-Role-Metier-Code": "AUTOMATE",
        "Ror-Role-Metier-System": "1.2.250.1.213.1.1.4.6",
    }


@dataclass
class Offer:
    """What a test does with the house."""

    opened: Opened
    clock: Clock
    keys: dict[str, str]
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        self.app = application(self.opened)

    @property
    def house(self) -> House:
        return self.opened.house

    async def ask(self, method: str, url: str, who: str = "profil1", **more: Any) -> httpx.Response:
        """One request with the four headers of that consumer; with those given instead, when some are."""
        said = dict(more.pop("headers", headers(PROFILES.get(who, 0))))
        if who:
            said["authorization"] = f"Bearer {self.keys[who]}"
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=f"{BASE}/") as client:
            return await client.request(method, url, headers=said, **more)

    async def get(self, url: str, who: str = "profil1") -> dict[str, Any]:
        """What a GET answers; it must go well."""
        answer = await self.ask("GET", url, who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ids(self, url: str, who: str = "profil1") -> list[str]:
        """Ids of what a search finds, included resources apart."""
        return [one["resource"]["id"] for one in matches(await self.get(url, who))]

    async def put(self, resource: dict[str, Any], who: str = "owner") -> dict[str, Any]:
        """Store a resource under its id; it must go well."""
        answer = await self.ask(
            "PUT", f"{resource['resourceType']}/{resource['id']}", who, json=resource, headers={**headers(1), **FHIR}
        )
        assert answer.status_code in (200, 201), answer.text
        stored: dict[str, Any] = answer.json()
        return stored

    async def work(self) -> int:
        """Run the jobs that are due until none is left; how many."""
        handlers = {
            name: partial(job, self.house)
            for module in self.house.modules
            for name, job in {**module.jobs, **module.long_jobs}.items()
        }
        runner, ran = Jobs(self.opened.database, self.clock), 0
        while await runner.run_one(handlers):
            ran += 1
        return ran


def matches(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries that match."""
    return [one for one in bundle.get("entry", ()) if one["search"]["mode"] == "match"]


def included(bundle: dict[str, Any]) -> list[str]:
    """References of what goes with the matches."""
    found = [one["resource"] for one in bundle.get("entry", ()) if one["search"]["mode"] == "include"]
    return sorted(f"{one['resourceType']}/{one['id']}" for one in found)


def extensions(resource: dict[str, Any], url: str) -> list[dict[str, Any]]:
    """The extensions of that URL."""
    return [one for one in resource.get("extension", ()) if one["url"] == url]


@asynccontextmanager
async def opened(dsn: str, data: Path, clock: Clock, modules: Sequence[Module]) -> AsyncIterator[Offer]:
    """A house on a database, with a key for each consumer."""
    settings = Settings(data, demo=False, population=0, url=HOST)
    async with open_house(settings, dsn, modules=modules, clock=clock) as house:
        keys = {}
        for name, roles in WHO.items():
            structure = "10B5000001" if name == "feeder" else ""
            _, keys[name] = await actors.create(
                house.database, name=name, roles=roles, structure=structure, trace=TRACE
            )
        yield Offer(house, clock, keys)
        if house.house.subscriptions is not None:
            await house.house.subscriptions.hooks.close()
