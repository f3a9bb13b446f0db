"""Terminologies come in: from a loader, from a package, by FHIR. Always the same way: concepts in a new edition that
nothing names, then the resource and its headline at once. What was served before is served until then.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Final

from socle.foundations.terminologies.model import Concept, Json, Loaded
from socle.foundations.terminologies.permissions import WRITE
from socle.foundations.terminologies.rules import concepts, heads
from socle.foundations.terminologies.rules.heads import Headline
from socle.foundations.terminologies.rules.usable import named, usable
from socle.foundations.terminologies.store import Held, writing
from socle.foundations.terminologies.store.writing import Progress, Refused
from socle.kernel.audit import Trace
from socle.kernel.fhir.json import serialise
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.store import ANY, Change, Delete, Stored, Unit
from socle.kernel.store.jobs import enqueue
from socle.kernel.terminology.versions import joined

SWEEP: Final = "terminologies.sweep"
_GROUP: Final = 500  # resources in one transaction of a package


@dataclass(frozen=True, slots=True)
class Loading:
    """What a load made: the CodeSystem resource, how many concepts, what came beside."""

    resource: str
    url: str
    version: str
    concepts: int
    beside: int = 0


@dataclass(slots=True)
class Taken:
    """What was taken of a package.

    refused  (canonical, why) of what cannot be served; the rest is
    amended  (canonical, what) of what is served otherwise than published: an address read as two, concepts left out
    """

    kept: int = 0
    unchanged: int = 0
    concepts: int = 0
    refused: list[tuple[str, Text]] = field(default_factory=list)
    amended: list[tuple[str, Text]] = field(default_factory=list)


async def load(
    register: Repository, loaded: Loaded, *, by: Actor, trace: Trace, progress: Progress | None = None
) -> Loading:
    """Load a code system that a loader gives; the same version again replaces it, another stands beside.

    The resource keeps no `concept`: concepts are read by $lookup, $expand, $validate-code, and CodeSystem.count tells how
    many there are.

    progress  called with the number of concepts gone through so far
    Raises: Problem(FORBIDDEN); what the loader raises; Problem(RULE_VIOLATED | TOO_LARGE). Then nothing has changed.
    """
    decide(by, WRITE).or_raise(Kind.FORBIDDEN)
    held = Held.at(register)
    head = loaded.head
    resource: Json = {**head.resource, "resourceType": "CodeSystem", "url": head.url}
    if head.version:
        resource["version"] = head.version
    heads.acceptable(resource)
    [edition] = await writing.new_editions(held.database, [(head.url, head.version, None)], trace.at)
    exact = resource.get("caseSensitive", True)
    count = 0

    def passed(done: int) -> None:
        nonlocal count
        count = done
        if progress is not None:
            progress(done)

    try:
        await writing.stage(held.database, [(edition, loaded.concepts, exact)], trace, passed)
        await writing.settle(held.database, [edition], trace)
    except BaseException as error:
        await asyncio.shield(writing.drop_staged(held.database, [edition], trace))
        raise error.problem if isinstance(error, Refused) else error  # noqa: B904
    resource["count"] = count
    resource.setdefault("content", "complete")
    resource.setdefault("status", "active")
    snapshot = await held.snapshot()
    there = snapshot.catalogue.by_id
    same = next(
        (o for o in there.values() if (o.type, o.url, o.version) == ("CodeSystem", head.url, head.version)), None
    )
    id = same.id if same is not None else _id(resource, there, {})
    headline = heads.headline(resource, id, edition=edition, total=count, oids=head.oids)
    resource["id"] = id
    change = held.repository.put(resource, id=id, expect=ANY)
    await _commit(held, [change], [headline], trace)
    beside = await take(register, loaded.others, by=by, trace=trace) if loaded.others else Taken()
    return Loading(id, head.url, head.version, count, beside.kept)


async def take(
    register: Repository,
    resources: Iterable[Json],
    *,
    by: Actor,
    trace: Trace,
    package: str = "",
    progress: Progress | None = None,
) -> Taken:
    """Take terminology resources of a package (other types are passed over). What is the same already is left alone.

    package  "name#version", "" when none brings them; of what is published, what can be served is (`usable`), and told
    A code system that cannot be served (a code twice, a circular hierarchy) is refused alone, and told.
    Raises: Problem(FORBIDDEN).
    """
    decide(by, WRITE).or_raise(Kind.FORBIDDEN)
    held = Held.at(register)
    snapshot = await held.snapshot()
    there = dict(snapshot.catalogue.by_id)
    taken = Taken()
    wanted: dict[tuple[str, str, str], Json] = {}
    for resource in resources:
        kind = resource.get("resourceType")
        if kind not in heads.TYPES:
            continue
        if package:
            published = named(resource)
            resource, said = usable(resource)
            taken.amended += [(published, text) for text in said]
        try:
            heads.acceptable(resource)
        except Problem as problem:
            taken.refused.append((named(resource), problem.issues[0].text))
            continue
        url = resource.get("url") or resource.get("id", "")
        wanted[kind, url, resource.get("version", "")] = resource
    places = {(one.type, one.url, one.version): one for one in there.values() if one.url}
    fresh: list[tuple[Json, str]] = []
    used: dict[tuple[str, str], tuple[str, str]] = {}
    for (kind, url, version), resource in wanted.items():
        same = (
            places.get((kind, resource.get("url", ""), version))
            if resource.get("url")
            else there.get((kind, resource.get("id", "")))
        )
        mark = _mark(resource)
        if same is not None and same.facts.get("mark") == mark:
            taken.unchanged += 1
            continue
        id = same.id if same is not None else _id(resource, there, used)
        used[kind, id] = (url, version)
        fresh.append(({**resource, "id": id}, mark))
    editions = await _editions(
        held, [one for one, _ in fresh if one["resourceType"] == "CodeSystem"], taken, trace, progress
    )
    changes: list[Change] = []
    headlines: list[Headline] = []
    for resource, mark in fresh:
        name = resource["resourceType"], resource["id"]
        if name in editions:
            edition, total = editions[name]
        elif name[0] == "CodeSystem":
            continue  # refused
        else:
            edition, total = None, 0
        headline = heads.headline(resource, name[1], edition=edition, package=package, total=total)
        headline.facts["mark"] = mark
        try:
            change = held.repository.put(concepts.flat(resource), id=name[1], expect=ANY)
            change.resource = resource
            changes.append(change)
        except Problem as problem:
            taken.refused.append((named(resource), problem.issues[0].text))
            continue
        headlines.append(headline)
        taken.concepts += total
        if len(changes) % 50 == 0:
            await asyncio.sleep(0)
    for begin in range(0, len(changes), _GROUP):
        some = slice(begin, begin + _GROUP)
        await _commit(held, changes[some], headlines[some], trace)
    taken.kept = len(changes)
    return taken


async def leave(register: Repository, package: str, *, by: Actor, trace: Trace) -> int:
    """Remove what a package brought; answers how many resources. Raises: Problem(FORBIDDEN)."""
    decide(by, WRITE).or_raise(Kind.FORBIDDEN)
    held = Held.at(register)
    snapshot = await held.snapshot()
    gone = [one for one in snapshot.catalogue.by_id.values() if one.package == package and package]
    for begin in range(0, len(gone), _GROUP):
        some = gone[begin : begin + _GROUP]
        changes = [Delete(one.type, one.id) for one in some]
        rows = writing.unnamed([(one.type, one.id) for one in some], trace.at)
        held.changed()
        await held.repository.commit(Unit(changes, trace, rows=[*rows, enqueue(SWEEP, {}, trace, due=_later(trace))]))
    held.changed()
    return len(gone)


async def admit(held: Held, change: Change, current: Stored | None, *, trace: Trace) -> Change:
    """A change that comes by FHIR, with what must be written beside it: its concepts are brought in first.

    Raises: Problem(CONFLICT) when another resource has this URL and version; Problem(RULE_VIOLATED | INVALID).
    """
    snapshot = await held.snapshot()
    catalogue = snapshot.catalogue
    if isinstance(change, Delete):
        held.changed()
        change.rows = [
            *writing.unnamed([(change.type, change.id)], trace.at),
            enqueue(SWEEP, {}, trace, due=_later(trace)),
        ]
        return change
    resource = change.resource
    heads.acceptable(resource)
    url, version = resource.get("url", ""), resource.get("version", "")
    twin = next(
        (
            one
            for one in catalogue.by_id.values()
            if url and (one.type, one.url, one.version) == (change.type, url, version) and one.id != change.id
        ),
        None,
    )
    if twin is not None:
        raise Problem.of(
            Kind.CONFLICT,
            f"{joined(url, version)} existe déjà : {twin.type}/{twin.id}. Modifiez cette ressource, ou donnez une autre "
            "version.",
            f"{joined(url, version)} already exists: {twin.type}/{twin.id}. Change that resource, or give another version.",
            expression=f"{change.type}.url",
            rule="FHIR R4 resource.html#canonical",
            code="duplicate",
        )
    edition, total = None, 0
    if change.type == "CodeSystem":
        edition, total = await _edition_of(held, resource, catalogue.by_id.get(("CodeSystem", change.id)), trace)
        change.keys = held.repository.indexer.keys(concepts.flat(resource), change.id)
    headline = heads.headline(resource, change.id, edition=edition, total=total)
    held.changed()
    change.rows = [*writing.named([headline], trace.at), enqueue(SWEEP, {}, trace, due=_later(trace))]
    return change


async def sweep(held: Held, now: datetime, *, trace: Trace) -> int:
    """Remove the concepts that no resource has any more; answers how many editions."""
    return await writing.sweep(held.database, now, trace)


async def _edition_of(held: Held, resource: Json, former: Headline | None, trace: Trace) -> tuple[int | None, int]:
    """(edition, number of concepts) of a CodeSystem that comes by FHIR."""
    mark = concepts.digest(resource)
    if former is not None and former.edition is not None:
        if "concept" not in resource and "count" in resource and former.facts.get("total"):
            return former.edition, former.facts["total"]  # the head alone of what a loader brought
        if await writing.kept_as(held.database, former.edition, mark):
            return former.edition, former.facts.get("total", 0)
    if resource.get("content") == "not-present" and "concept" not in resource:
        return None, 0
    taken = Taken()
    found = await _editions(held, [resource | {"id": "it"}], taken, trace, None)
    if not found:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            taken.refused[0][1].fr,
            taken.refused[0][1].en,
            expression="CodeSystem.concept",
            rule="FHIR R4 codesystem.html",
        )
    return found["CodeSystem", "it"]


async def _editions(
    held: Held, systems: Sequence[Json], taken: Taken, trace: Trace, progress: Progress | None
) -> dict[tuple[str, str], tuple[int | None, int]]:
    """Bring in the concepts of CodeSystem resources, all together; answers (edition, total) by (type, id).

    Those that are refused are told in `taken`, and are not in the answer.
    """
    found: dict[tuple[str, str], tuple[int | None, int]] = {}
    waiting: list[tuple[Json, list[Concept]]] = []
    for system in systems:
        if system.get("content") == "not-present" and not system.get("concept"):
            found["CodeSystem", system["id"]] = None, 0
        else:
            try:
                waiting.append((system, list(concepts.read(system))))
            except Problem as problem:
                taken.refused.append((named(system), problem.issues[0].text))
    while waiting:
        triples = [(one.get("url", ""), one.get("version", ""), concepts.digest(one)) for one, _ in waiting]
        numbers = await writing.new_editions(held.database, triples, trace.at)
        try:
            staged = [
                (number, iter(some), one.get("caseSensitive", True))
                for number, (one, some) in zip(numbers, waiting, strict=True)
            ]
            await writing.stage(held.database, staged, trace, progress)
            await writing.settle(held.database, numbers, trace)
        except Refused as refused:
            await writing.drop_staged(held.database, numbers, trace)
            place = numbers.index(refused.edition)
            taken.refused.append((named(waiting[place][0]), refused.problem.issues[0].text))
            del waiting[place]
            continue
        except BaseException:
            await asyncio.shield(writing.drop_staged(held.database, numbers, trace))
            raise
        for number, (one, some) in zip(numbers, waiting, strict=True):
            found["CodeSystem", one["id"]] = number, len(some)
        break
    return found


async def _commit(held: Held, changes: Sequence[Change], headlines: Sequence[Headline], trace: Trace) -> None:
    rows = [*writing.named(headlines, trace.at), enqueue(SWEEP, {}, trace, due=_later(trace))]
    held.changed()
    await held.repository.commit(Unit(changes, trace, rows=rows))
    held.changed()


def _later(trace: Trace) -> datetime:
    return trace.at + 2 * writing.PATIENCE


def _id(resource: Json, there: dict[tuple[str, str], Headline], used: dict[tuple[str, str], tuple[str, str]]) -> str:
    """An id for a new resource: its own when free, else one made of its URL and version."""
    kind, url, version = resource["resourceType"], resource.get("url", ""), resource.get("version", "")
    for id in (resource.get("id", ""), heads.slug(url), heads.slug(url, version)):
        if id and (kind, id) not in there and (kind, id) not in used:
            return str(id)
    return heads.slug(f"{url}|{version}", blake2b(f"{url}|{version}".encode(), digest_size=6).hexdigest())


def _mark(resource: Json) -> str:
    return blake2b(serialise(resource), digest_size=12).hexdigest()
