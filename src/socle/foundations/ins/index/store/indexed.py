"""The register's store, with the index behind it: no Patient is written without its record, in the same transaction.

Whatever door a change comes by (REST, a bundle, HL7 v2, a bulk load), it goes through here: the store is what makes the
index true, not the good will of callers.
"""

from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from datetime import datetime
from typing import Any
from uuid import uuid4

from socle.foundations.ins.index.model import Identifier, Incoming, Portrait, Regrouping, State
from socle.foundations.ins.index.rules import FRENCH, Configuration, blocks, regroup
from socle.foundations.ins.index.rules.feeding import may_feed
from socle.foundations.ins.index.store import board, statements
from socle.foundations.ins.index.store.board import LOCK
from socle.foundations.ins.index.store.patient import TYPE, Fed, as_of, fed
from socle.foundations.ins.index.store.statements import RecordRow, Statement
from socle.kernel.audit import Event, Trace
from socle.kernel.fhir.keys import resource_key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store import Delete, Put, Row, Store, Stored, Tx, Unit, Within
from socle.kernel.store.board import Stamp

Decide = Callable[[Within], Awaitable[Unit]]


class IndexedStore:
    """Keeps `Store`; each unit that touches Patients regroups them under the lock of the index."""

    def __init__(self, inner: Store, configuration: Configuration = FRENCH) -> None:
        self.inner = inner
        self.configuration = configuration

    @property
    def schema(self) -> str:
        """The PostgreSQL schema."""
        return self.inner.schema

    async def commit(self, unit: Unit) -> list[Stored]:
        """Apply a unit, with what follows in the index. Raises: as `Store.commit`, and what the feed may not say."""
        if not any(change.type == TYPE for change in unit.changes):
            return await self.inner.commit(unit)

        async def decide(tx: Within) -> Unit:
            return await self._followed(tx, unit)

        return await self.inner.exclusive([LOCK], decide)

    async def exclusive(self, locks: Sequence[int], decide: Decide) -> list[Stored]:
        """As `commit`, for a unit decided inside its transaction."""

        async def within(tx: Within) -> Unit:
            return await self._followed(tx, await decide(tx))

        return await self.inner.exclusive([*locks, LOCK], within)

    async def read(self, resource_type: str, resource_id: str) -> Stored | None:
        """As `Store.read`."""
        return await self.inner.read(resource_type, resource_id)

    def stamp(self, resource_type: str, resource_id: str) -> Stamp | None:
        """As `Store.stamp`."""
        return self.inner.stamp(resource_type, resource_id)

    def holds(self, stamp: Stamp) -> bool:
        """As `Store.holds`."""
        return self.inner.holds(stamp)

    async def read_many(self, references: Sequence[tuple[str, str]]) -> list[Stored]:
        """As `Store.read_many`."""
        return await self.inner.read_many(references)

    async def vread(self, resource_type: str, resource_id: str, version: int) -> Stored | None:
        """As `Store.vread`."""
        return await self.inner.vread(resource_type, resource_id, version)

    async def vread_many(self, versions: Sequence[tuple[str, str, int]]) -> list[Stored | None]:
        """As `Store.vread_many`."""
        return await self.inner.vread_many(versions)

    async def history(
        self,
        *,
        resource_type: str | None = None,
        resource_id: str | None = None,
        since: datetime | None = None,
        at: tuple[datetime, datetime] | None = None,
        before: int | None = None,
        count: int = 50,
    ) -> list[Stored]:
        """As `Store.history`."""
        return await self.inner.history(
            resource_type=resource_type, resource_id=resource_id, since=since, at=at, before=before, count=count
        )

    async def record(self, event: Event) -> None:
        """As `Store.record`."""
        await self.inner.record(event)

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """As `Store.query`."""
        return await self.inner.query(sql, *args)

    async def settled(self, sql: str, *args: Any) -> list[Row]:
        """As `Store.settled`."""
        return await self.inner.settled(sql, *args)

    def stored(self, row: Row) -> Stored:
        """As `Store.stored`."""
        return self.inner.stored(row)

    # -- what follows --------------------------------------------------------------------------------------------------

    async def _followed(self, tx: Tx, unit: Unit) -> Unit:
        """The unit with the statements of the index. A copy: the transaction may be tried again."""
        changes = [change for change in unit.changes if change.type == TYPE]
        if not changes:
            return unit
        followed = copy(unit)
        followed.rows = [*unit.rows, *await self._follow(tx, changes, unit.trace)]
        return followed

    async def _follow(self, tx: Tx, changes: Sequence[Put | Delete], trace: Trace) -> list[Statement]:
        schema, at = self.inner.schema, trace.at
        said = {resource_key(TYPE, one.id): (one, fed(one.resource)) for one in changes if isinstance(one, Put)}
        gone = {resource_key(TYPE, one.id) for one in changes if isinstance(one, Delete)}
        there = await self._there(tx, [*said, *gone], [one.local for _, one in said.values()])
        domains = await self._domains(tx, {one.local.system for _, one in said.values()}, trace)
        survivors = await self._survivors(tx, said, there)
        rows, incoming = [], []
        for key, (change, one) in said.items():
            self._judge(key, change, one, there)
            state = State.REPLACED if one.replaced_by else State.ACTIVE
            keys = blocks(one.portrait) if state is State.ACTIVE else ()
            rows.append(RecordRow(key, change.id, one.local, state, survivors.get(key), one.portrait, keys))
            before = there.get(key)
            same = before and before["state"] == state and before["portrait"] == statements.text_of(one.portrait)
            if not same:
                incoming.append((key, one.portrait if state is State.ACTIVE else None, keys))
        for key in gone & there.keys():
            row = there[key]
            local = Identifier(row["domain"], row["local"])
            rows.append(RecordRow(key, row["fid"], local, State.DELETED, None, statements.portrait_of(row), ()))
            incoming.append((key, None, ()))
        # A record that was inactive and stays so moves nobody.
        incoming = [one for one in incoming if one[1] is not None or (one[0] in there and there[one[0]]["state"] == 1)]
        done = await self._regroup(tx, incoming, trace)
        return [
            *statements.of_domains(schema, domains, at),
            *statements.of_records(schema, rows, done.moved, at),
            *statements.of_regrouping(schema, done, trace, written={row.key for row in rows}),
        ]

    async def _regroup(
        self, tx: Tx, incoming: Sequence[tuple[int, Portrait | None, Sequence[int]]], trace: Trace
    ) -> Regrouping:
        if not incoming:
            return Regrouping()
        schema = self.inner.schema
        near = await board.candidates(tx, schema, [(key, keys) for key, _, keys in incoming if keys])
        _among(incoming, near)
        concerned = {key for key, _, _ in incoming}.union(*near.values())
        known = await board.around(tx, schema, list(concerned))
        told = await board.verdicts(tx, schema, list(concerned.union(one.key for one in known)))
        return regroup(
            [Incoming(key, portrait, str(uuid4()), tuple(sorted(near.get(key, ())))) for key, portrait, _ in incoming],
            known,
            told,
            now=as_of(trace.at),
            configuration=self.configuration,
        )

    async def _there(self, tx: Tx, keys: Sequence[int], locals_: Sequence[Identifier]) -> dict[int, Row]:
        """The records with these keys or these local identifiers."""
        rows = await tx.query(
            "SELECT key, fid, domain, local, state, portrait FROM "
            f"{self.inner.schema}.record WHERE key = ANY($1::bigint[]) UNION "
            "SELECT r.key, fid, r.domain, r.local, state, portrait FROM unnest($2::text[], $3::text[]) AS n(domain, local) "
            f"JOIN {self.inner.schema}.record r ON r.domain = n.domain AND r.local = n.local",
            list(keys),
            [one.system for one in locals_],
            [one.value for one in locals_],
        )
        return {row["key"]: row for row in rows}

    async def _domains(self, tx: Tx, systems: set[str], trace: Trace) -> dict[str, str]:
        """The domains heard of for the first time. Raises: Problem(FORBIDDEN) when another structure feeds one."""
        rows = await tx.query(
            f"SELECT system, structure FROM {self.inner.schema}.domain WHERE system = ANY($1::text[])",
            list(systems),
        )
        for row in rows:
            may_feed(row["system"], row["structure"], trace.structure).or_raise(Kind.FORBIDDEN)
        return dict.fromkeys(sorted(systems - {row["system"] for row in rows}), trace.structure)

    async def _survivors(self, tx: Tx, said: dict[int, tuple[Put, Fed]], there: dict[int, Row]) -> dict[int, int]:
        """By which record each replaced one is. Raises: Problem(RULE_VIOLATED) when it is not an active record."""
        wanted = {key: one.replaced_by for key, (_, one) in said.items() if one.replaced_by is not None}
        if not wanted:
            return {}
        ids = {key: resource_key(TYPE, to.split("/")[-1]) for key, to in wanted.items() if isinstance(to, str)}
        named = [to for to in wanted.values() if isinstance(to, Identifier)]
        found = await self._there(tx, list(ids.values()), named)
        active = {key for key, row in found.items() if row["state"] == State.ACTIVE}
        active |= {key for key, (_, one) in said.items() if one.replaced_by is None}
        by_name = {Identifier(row["domain"], row["local"]): key for key, row in found.items() if key in active}
        by_name |= {one.local: key for key, (_, one) in said.items() if one.replaced_by is None}
        survivors: dict[int, int] = {}
        for key, to in wanted.items():
            survivor = ids.get(key) if isinstance(to, str) else by_name.get(to)
            if survivor is None or survivor not in active or survivor == key:
                raise Problem.of(
                    Kind.RULE_VIOLATED,
                    "L'enregistrement qui remplace celui-ci n'est pas dans l'index, ou n'est pas actif : envoyez-le "
                    "d'abord.",
                    "The record that replaces this one is not in the index, or is not active: send it first.",
                    expression="Patient.link.other",
                    rule="IHE PIXm ITI-104",
                )
            survivors[key] = survivor
        return survivors

    @staticmethod
    def _judge(key: int, change: Put, one: Fed, there: dict[int, Row]) -> None:
        """Whether a record keeps its identifier, and nobody else has it. Raises: Problem(RULE_VIOLATED)."""
        before = there.get(key)
        if before is not None and (before["domain"], before["local"]) != one.local:
            raise Problem.of(
                Kind.RULE_VIOLATED,
                "Un enregistrement garde son identifiant local. Envoyez le nouveau, puis dites que celui-ci est "
                "remplacé (active = false, link replaced-by).",
                "A record keeps its local identifier. Send the new one, then say that this one is replaced (active = "
                "false, link replaced-by).",
                expression="Patient.identifier",
                rule="IHE PIXm ITI-104",
            )
        if one.replaced_by is not None:
            return
        for other, row in there.items():
            if other != key and (row["domain"], row["local"]) == one.local and row["state"] == State.ACTIVE:
                raise Problem.of(
                    Kind.RULE_VIOLATED,
                    f"Cet identifiant local est déjà celui de Patient/{row['fid']} : mettez-le à jour "
                    "(PUT Patient?identifier=système|valeur).",
                    f"This local identifier is already that of Patient/{row['fid']}: update it "
                    "(PUT Patient?identifier=system|value).",
                    expression="Patient.identifier",
                    rule="IHE PIXm ITI-104",
                    code="duplicate",
                )


def _among(incoming: Sequence[tuple[int, Portrait | None, Sequence[int]]], near: dict[int, set[int]]) -> None:
    """Those that come in together are candidates of each other, each of those before it."""
    first: dict[int, list[int]] = {}
    for key, _, keys in incoming:
        for block in keys:
            before = first.setdefault(block, [])
            if before:
                near.setdefault(key, set()).update(before[: board.PER_BLOCK])
            before.append(key)
