"""The activities and equipment that the Annuaire shows: what is shown of each structure, and what changes of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any, Final

import orjson

from socle.foundations.people.model import BAL, TypeBAL
from socle.foundations.people.permissions import REGISTER
from socle.foundations.people.store.fhir import FINESS, organization_id
from socle.foundations.people.store.services import organization_of, service_of, withdrawn
from socle.foundations.structures.model import Part, Structure
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.keys import key, resource_key
from socle.kernel.search.repository import Repository
from socle.kernel.search.types.token import identifier_token
from socle.kernel.store import Change, Json
from socle.kernel.store.compression import unpack
from socle.kernel.store.database import Database, Whole

S: Final = REGISTER
LOCK: Final = key("annuaire", "offering")
_TOLD: Final = f"""CREATE TEMP TABLE told ON COMMIT DROP AS
SELECT DISTINCT structure FROM {S}.ligne WHERE structure IS NOT NULL"""
_KEEP: Final = f"""
INSERT INTO {S}.offre (finess, type, fid, organisation, empreinte)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bytea[])
ON CONFLICT (finess, type, fid) DO UPDATE SET organisation = EXCLUDED.organisation, empreinte = EXCLUDED.empreinte"""
_FORGET: Final = (
    f"DELETE FROM {S}.offre WHERE (finess, type, fid) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))"
)

Page = Sequence[tuple[Structure, Sequence[Part]]]


async def followed(database: Database) -> set[int]:
    """The loads of the register of structures that were followed."""
    return {row["lot"] for row in await database.query(f"SELECT lot FROM {S}.suivi")}


class Offering:
    """What is written of the offer, in one transaction.

    shown      resources written
    unnumbered activities and equipment that their profile cannot hold: no number of authorisation
    """

    def __init__(self, repository: Repository, whole: Whole, today: date) -> None:
        self.repository = repository
        self.whole = whole
        self.today = today
        self.unnumbered = 0

    async def begin(self, loads: Sequence[int]) -> list[int]:
        """Wait for whoever follows already; those of these loads that are still to be followed."""
        await self.whole.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        rows = await self.whole.query(
            f"SELECT u.lot FROM unnest($1::int[]) AS u (lot) WHERE NOT EXISTS (SELECT FROM {S}.suivi s WHERE s.lot = u.lot)",
            list(loads),
        )
        await self.whole.execute(_TOLD)
        await self.whole.execute("CREATE INDEX ON told (structure)")
        return [row["lot"] for row in rows]

    async def end(self, loads: Sequence[int], at: Any) -> None:
        """These loads are followed."""
        await self.whole.execute(f"INSERT INTO {S}.suivi SELECT u, $2 FROM unnest($1::int[]) AS u", list(loads), at)

    async def show(self, page: Page) -> None:
        """Write what changed of these structures."""
        numbers = [one.numero for one, _ in page]
        before = await self._before(numbers)
        ids = await self._organizations(numbers)
        told = await self._told([resource_key("Organization", one) for one in ids.values()])
        bals = await self._bals([f"Organization/{one}" for one in ids.values()])
        changes: list[Change] = []
        kept: list[tuple[str, str, str, int, bytes]] = []
        gone: list[tuple[str, str, str]] = []
        for one, parts in page:
            id = ids[one.numero]
            own = resource_key("Organization", id)
            known = before.get(one.numero, {})
            found = [service_of(one, part, id, self.today) for part in parts]
            resources = [each for each in found if each is not None]
            self.unnumbered += len(found) - len(resources)
            if own not in told and (resources or known):
                resources.append(organization_of(one, bals.get(f"Organization/{id}", ()), self.today))
            for resource in resources:
                name = (str(resource["resourceType"]), str(resource["id"]))
                digest = blake2b(orjson.dumps(resource), digest_size=12).digest()
                if known.pop(name, b"") != digest:
                    changes.append(self.repository.put(resource, id=name[1]))
                    kept.append((one.numero, *name, own, digest))
            gone += [(one.numero, *name) for name in known]
        changes += await self._withdrawn([one for one in gone if one[1] != "Organization"])
        await self.whole.put(changes)
        if kept:
            await self.whole.execute(_KEEP, *(list(column) for column in zip(*kept, strict=True)))
        if gone:
            await self.whole.execute(_FORGET, *(list(column) for column in zip(*gone, strict=True)))

    async def _before(self, numbers: Sequence[str]) -> dict[str, dict[tuple[str, str], bytes]]:
        rows = await self.whole.query(
            f"SELECT finess, type, fid, empreinte FROM {S}.offre WHERE finess = ANY($1::text[])", list(numbers)
        )
        found: dict[str, dict[tuple[str, str], bytes]] = {}
        for row in rows:
            found.setdefault(row["finess"], {})[row["type"], row["fid"]] = row["empreinte"]
        return found

    async def _organizations(self, numbers: Sequence[str]) -> Mapping[str, str]:
        """The id of the Organization of each structure: of the one that bears its number, else the one that it will have."""
        tokens = [identifier_token("Organization", "identifier", FINESS, one) for one in numbers]
        rows = await self.whole.query(
            "SELECT DISTINCT ON (u.number) u.number, r.fid FROM unnest($1::text[], $2::bigint[]) AS u (number, token) "
            f"JOIN {S}.resource r ON r.toks @> ARRAY[u.token] AND NOT r.deleted ORDER BY u.number, r.rid",
            list(numbers),
            tokens,
        )
        there = {row["number"]: row["fid"] for row in rows}
        return {one: there.get(one) or organization_id(f"F{one}") for one in numbers}

    async def _told(self, keys: Sequence[int]) -> set[int]:
        rows = await self.whole.query("SELECT structure FROM told WHERE structure = ANY($1::bigint[])", list(keys))
        return {row["structure"] for row in rows}

    async def _bals(self, holders: Sequence[str]) -> dict[str, list[BAL]]:
        rows = await self.whole.query(
            f"SELECT * FROM {S}.bal WHERE porteur = ANY($1::text[]) ORDER BY rang, adresse", list(holders)
        )
        found: dict[str, list[BAL]] = {}
        for row in rows:
            kind = TypeBAL(row["type"])
            one = BAL(row["adresse"], kind, row["description"], row["service"], row["rang"], row["liste_rouge"])
            found.setdefault(row["porteur"], []).append(one)
        return found

    async def _withdrawn(self, names: Sequence[tuple[str, str, str]]) -> list[Change]:
        if not names:
            return []
        rows = await self.whole.query(
            f"SELECT body FROM {S}.resource WHERE key = ANY($1::bigint[]) AND NOT deleted",
            [resource_key(kind, id) for _, kind, id in names],
        )
        served: list[Json] = [parse(unpack(row["body"])) for row in rows]
        return [self.repository.put(withdrawn(one), id=str(one["id"])) for one in served]
