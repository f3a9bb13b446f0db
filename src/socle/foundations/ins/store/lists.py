"""Identities as lists show them: filtered, sorted, counted, a page at a time; and the versions of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from socle.foundations.ins.model import Attribut, Declaration, StatutIdentite
from socle.foundations.ins.store.identities import TYPE, Dossier, Identities, status_token
from socle.foundations.ins.store.patient import declared
from socle.kernel.fhir import json
from socle.kernel.fhir.keys import key
from socle.kernel.store import STORED_COLUMNS

MOST = 100_000  # lists are counted up to this: beyond, nobody turns the pages
_SORTABLE = 20_000  # sorting by name reads every name: beyond this many, the order stays that of the last change


@dataclass(frozen=True, slots=True)
class Filter:
    """Which identities. Several statuses or attributes: one of them is enough.

    confirmed_before  only those whose INS was last confirmed by INSi before this moment
    sort              name, birth or updated, with "-" before it for descending
    """

    text: str = ""
    codes: Sequence[StatutIdentite | Attribut] = ()
    also: Sequence[StatutIdentite | Attribut] = ()
    without: Sequence[StatutIdentite | Attribut] = ()
    confirmed_before: datetime | None = None
    sort: str = "-updated"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an identity; `says` is None for a deletion."""

    version: int
    at: datetime
    says: Declaration | None


class Lists(Identities):
    """Lists of one register."""

    async def page(self, wanted: Filter, *, offset: int, count: int) -> tuple[list[Dossier], int]:
        """Some identities, and how many there are in all (up to `MOST`)."""
        args: list[Any] = [self._type]

        def arg(value: Any) -> str:
            args.append(value)
            return f"${len(args)}"

        conditions = self._conditions(wanted.text, arg)
        for codes, test in ((wanted.codes, "{} && {}"), (wanted.also, "{} && {}"), (wanted.without, "NOT {} && {}")):
            if codes:
                tokens = [status_token(code) for code in codes]
                conditions.append(test.format("r.toks", f"{arg(tokens)}::bigint[]"))
        if wanted.confirmed_before is not None:
            conditions.append(
                f"EXISTS (SELECT FROM {self._schema}.retrieval t WHERE t.patient = r.fid AND t.detached_at IS NULL "
                f"AND coalesce(t.verified_at, t.at) < {arg(wanted.confirmed_before)})"
            )
        where = "".join(f" AND ({condition})" for condition in conditions)
        source = f"FROM {self._schema}.resource r WHERE r.type = $1 AND NOT r.deleted{where}"
        total = await self._store.query(f"SELECT count(*) AS n FROM (SELECT {source} LIMIT {MOST}) one", *args)
        order = self._order(wanted.sort if total[0]["n"] <= _SORTABLE else "-updated", arg)
        rows = await self._store.query(
            f"SELECT {STORED_COLUMNS} {source} ORDER BY {order} LIMIT {int(count)} OFFSET {int(offset)}",
            *args,
        )
        return await self.dossiers([self._store.stored(row) for row in rows]), int(total[0]["n"])

    def _order(self, sort: str, arg: Any) -> str:
        way = "DESC" if sort.startswith("-") else "ASC"
        match sort.lstrip("-"):
            case "name":
                family = arg(key("p", TYPE, "family"))
                name = f"(SELECT min(s.value) FROM {self._schema}.ix_str s WHERE s.rid = r.rid AND s.param = {family})"
                return f"{name} {way}, r.rid {way}"
            case "birth":
                return f"r.dlo {way} NULLS LAST, r.rid {way}"
            case _:
                return f"r.updated {way}, r.rid {way}"

    async def versions(self, id: str, *, count: int) -> list[Version]:
        """The versions of an identity, the latest first."""
        stored = await self._store.history(resource_type=TYPE, resource_id=id, count=count)
        return [
            Version(each.version, each.updated, None if each.deleted else declared(json.parse(each.body)))
            for each in stored
        ]
