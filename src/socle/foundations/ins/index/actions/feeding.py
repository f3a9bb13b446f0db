"""Feed the index: what a structure does to its own records. Every call regroups in the transaction that writes."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from socle.foundations.ins.index.actions.desk import MasterIndex
from socle.foundations.ins.index.model import Identifier, Record, State
from socle.foundations.ins.index.permissions import FEED
from socle.foundations.ins.index.store import TYPE, compose, locals_of, replaced, replaced_by, restored
from socle.kernel.audit import Trace
from socle.kernel.fhir import json
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor
from socle.kernel.store import ABSENT, Delete, Json, Put, Stored, Unit

_TRIES = 3
patient = compose  # a Patient from plain values, for feeds that do not speak FHIR


@dataclass(frozen=True, slots=True)
class Received:
    """What a feed did: the Patient's id, whether it is new, its version."""

    id: str
    created: bool
    version: int


async def feed(
    index: MasterIndex, resource: Json, *, replaces: Identifier | None = None, by: Actor, trace: Trace
) -> Received:
    """Create or update the record of a Patient, known by its local identifier (type PI).

    replaces  the record that it replaces, in the same transaction (ADT A40, A47): both are done, or neither
    A record that its structure replaced stays so until the structure goes back on it (`unmerge`): a late message does not.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | INVALID | RULE_VIOLATED); Problem(NOT_FOUND) when `replaces` is not an
    active record, or when the record itself is replaced.
    """
    async with index.guarded(FEED, by=by, trace=trace) as trace:
        body = {name: value for name, value in resource.items() if name not in ("id", "meta")}
        if "meta" in resource:
            body["meta"] = {k: v for k, v in resource["meta"].items() if k not in ("versionId", "lastUpdated")}
        for _ in range(_TRIES):
            there = await _mine(index, resource)
            if there is not None and there.state is State.REPLACED and resource.get("active") is not False:
                raise _gone(locals_of(resource)[0])
            if there is None:
                put = index.repository.put(dict(body), id=str(uuid4()), expect=ABSENT, fresh=True)
            else:
                put = index.repository.put(dict(body), id=there.id)
            gone = [] if replaces is None else await _replacing(index, replaces, put.id)
            try:
                stored = (await index.repository.commit(Unit([put, *gone], trace)))[0]
            except Problem as problem:
                if there is None and any(issue.code == "duplicate" for issue in problem.issues):
                    continue  # somebody fed the same record meanwhile: ours updates it
                raise
            return Received(stored.id, there is None, stored.version)
        raise Problem.of(
            Kind.CONFLICT,
            "Cet enregistrement est écrit par d'autres en même temps. Réessayez dans un instant.",
            "This record is written by others at the same time. Try again in a moment.",
        )


async def feed_many(
    index: MasterIndex,
    resources: Iterable[Json] | AsyncIterable[Json],
    *,
    by: Actor,
    trace: Trace,
    size: int = 400,
) -> int:
    """Feed many new Patients, `size` in a transaction, in constant memory; answers how many.

    When one is refused, those before it stay: the number already fed is in the trace of each transaction.
    Raises: as `feed`; Problem(CONFLICT) for a local identifier that is already there.
    """
    async with index.guarded(FEED, by=by, trace=trace) as trace:
        batch: list[Put] = []
        count = 0
        flying: asyncio.Task[Sequence[Stored]] | None = None  # written while the next ones are prepared
        try:
            async for resource in _each(resources):
                batch.append(index.repository.put(resource, id=str(uuid4()), expect=ABSENT, fresh=True))
                if len(batch) == size:
                    count += len(await flying) if flying else 0
                    flying = asyncio.create_task(_commit(index, batch, trace))
                    await asyncio.sleep(0)
                    batch = []
            count += len(await flying) if flying else 0
            flying = None
            if batch:
                count += len(await _commit(index, batch, trace))
        finally:
            if flying is not None:
                await asyncio.gather(flying, return_exceptions=True)
        return count


async def _commit(index: MasterIndex, batch: list[Put], trace: Trace) -> Sequence[Stored]:
    return await index.repository.commit(Unit(batch, trace))


async def remove(index: MasterIndex, local: Identifier, *, by: Actor, trace: Trace) -> None:
    """Delete the record under a local identifier; its history stays. Raises: as `feed`; Problem(NOT_FOUND)."""
    async with index.guarded(FEED, by=by, trace=trace) as trace:
        record = await _active(index, local)
        await index.repository.commit(Unit([Delete(TYPE, record.id)], trace))


async def merge(index: MasterIndex, subsumed: Identifier, survivor: Identifier, *, by: Actor, trace: Trace) -> None:
    """A structure found two of its records to be one: `subsumed` is replaced by `survivor` (IHE ITI-104, ADT A40).

    Said twice, it is done once: whoever got no answer may say it again.
    Raises: as `feed`; Problem(NOT_FOUND) when one of them is not an active record.
    """
    async with index.guarded(FEED, by=by, trace=trace) as trace:
        if changes := await _replacing(index, subsumed, (await _active(index, survivor)).id):
            await index.repository.commit(Unit(changes, trace))


async def unmerge(index: MasterIndex, subsumed: Identifier, *, by: Actor, trace: Trace) -> None:
    """Undo `merge`: the record is active again, and finds its person anew (ADT A37). Raises: as `merge`."""
    async with index.guarded(FEED, by=by, trace=trace) as trace:
        found = [one for one in await index.index.named(subsumed) if one.state is State.REPLACED]
        if not found:
            raise _unknown(subsumed)
        put = await _rewritten(index, found[0].id, restored)
        await index.repository.commit(Unit([put], trace))


async def _replacing(index: MasterIndex, subsumed: Identifier, survivor: str) -> list[Put]:
    """The change that says that a record is replaced by Patient `survivor`; none when it was said already."""
    known = await index.index.named(subsumed)
    gone = next((one for one in known if one.state is State.ACTIVE), None)
    if gone is None:
        references = [(TYPE, one.id) for one in known if one.state is State.REPLACED]
        for stored in await index.repository.store.read_many(references):
            if replaced_by(json.parse(stored.body)) == f"{TYPE}/{survivor}":
                return []
        raise _unknown(subsumed)
    if gone.id == survivor:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            "Un enregistrement ne se remplace pas lui-même.",
            "A record does not replace itself.",
            rule="IHE PIXm ITI-104",
        )
    return [await _rewritten(index, gone.id, lambda resource: replaced(resource, survivor))]


async def _rewritten(index: MasterIndex, id: str, change: Callable[[Json], Json]) -> Put:
    stored = await index.repository.read(TYPE, id)
    assert stored is not None
    return index.repository.put(change(json.parse(stored.body)), id=id, expect=stored.version)


async def _mine(index: MasterIndex, resource: Json) -> Record | None:
    """The record that a Patient updates: under its local identifier, the active one rather than a replaced one."""
    for local in locals_of(resource)[:1]:
        known = [one for one in await index.index.named(local) if one.state is not State.DELETED]
        return known[0] if known else None
    return None


async def _active(index: MasterIndex, local: Identifier) -> Record:
    found = [one for one in await index.index.named(local) if one.state is State.ACTIVE]
    if not found:
        raise _unknown(local)
    return found[0]


def _gone(local: Identifier) -> Problem:
    return Problem.of(
        Kind.NOT_FOUND,
        f"L'enregistrement {local.value} du domaine {local.system} a été remplacé par un autre : alimentez celui-là, ou "
        "séparez-les d'abord (A37).",
        f"The record {local.value} of the domain {local.system} was replaced by another: feed that one, or separate them "
        "first (A37).",
        rule="IHE PIXm ITI-104",
    )


def _unknown(local: Identifier) -> Problem:
    return Problem.of(
        Kind.NOT_FOUND,
        f"L'index ne connaît pas d'enregistrement dans cet état sous cet identifiant du domaine {local.system}.",
        f"The index knows no record in that state under this identifier of the domain {local.system}.",
        rule="IHE PIXm ITI-104",
    )


async def _each(resources: Iterable[Json] | AsyncIterable[Json]) -> AsyncIterator[Json]:
    if isinstance(resources, AsyncIterable):
        async for resource in resources:
            yield resource
    else:
        for resource in resources:
            yield resource
