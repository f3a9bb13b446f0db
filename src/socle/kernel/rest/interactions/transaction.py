"""transaction: all entries or none, in one unit of the store, with one trace. Source: FHIR R4 http.html#trules.

Order: DELETE, POST, PUT and PATCH, then GET. What the reads of a transaction ask is checked before the commit and
answered after it: they see the transaction done.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.conditional import Ask, find_all, read_found, several
from socle.kernel.rest.entries import entry_request, located, refusal_entry, response_entry
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.interactions.create import existing
from socle.kernel.rest.interactions.delete import removing
from socle.kernel.rest.interactions.patch import one, patching
from socle.kernel.rest.interactions.read import gone, not_found
from socle.kernel.rest.interactions.search import check_query
from socle.kernel.rest.interactions.update import aim, replacing
from socle.kernel.rest.negotiate import negotiate
from socle.kernel.rest.part import check_parameters
from socle.kernel.rest.permit import permit
from socle.kernel.rest.receive import understand
from socle.kernel.rest.render import bundle
from socle.kernel.rest.resolve import Links
from socle.kernel.rest.trace import met
from socle.kernel.rest.transacted import Part, refuse_twice
from socle.kernel.rest.written import PATCHES, admitted, again, deleted, expectation, written
from socle.kernel.store import ABSENT, Json, Op, Stored, Unit, Within

_ORDER: Final = {"delete": 0, "create": 1, "update": 2, "patch": 2}
_BREATH: Final = 50  # entries between two turns of the event loop


async def transaction(x: Exchange, entries: list[Json]) -> Answer:
    """200 with one answer per entry. Raises: Problem of the first entry that cannot be; nothing is then stored."""
    parts = await _parts(x, entries)
    writes = [part for part in parts if part.x.column in _ORDER]
    if writes:
        await _commit(x, parts, writes)
    done = [await _answer(x, part) for part in parts]
    return Answer(200, bundle("transaction-response", done, id=x.server.new_id()))


async def _parts(x: Exchange, entries: list[Json]) -> list[Part]:
    """The entries as requests, each permitted, then each checked."""
    parts: list[Part] = []
    for i, entry in enumerate(entries):
        at = f"Bundle.entry[{i}]"
        try:
            part = Part(at, entry_request(x, entry, at), str(entry.get("fullUrl", "")), entry.get("resource"))
            x.personal = x.personal or part.x.personal
            if part.x.column == "operation":
                raise Problem.of(
                    Kind.INVALID,
                    "Une opération ne se fait pas dans une transaction : envoyez-la seule.",
                    "An operation is not made inside a transaction: send it alone.",
                )
            negotiate(part.x)
            permit(part.x)
        except Problem as problem:
            raise located(problem, at) from problem
        parts.append(part)
    for i, part in enumerate(parts):
        if i % _BREATH == _BREATH - 1:
            await asyncio.sleep(0)
        try:
            _check(part)
        except Problem as problem:
            raise located(problem, part.at) from problem
    if not x.ground:
        x.ground = next((part.x.ground for part in parts), "")
    grounds = [part.x.ground for part in parts if part.x.column in _ORDER]
    if grounds:  # the trace says why the writes were allowed
        x.ground, x._trace = grounds[0], None
    return parts


def _check(part: Part) -> None:
    """What can be refused before anything is looked up."""
    x = part.x
    if x.column == "search":
        check_query(x)
    elif x.column in ("read", "vread"):
        check_parameters(x)
    elif x.column != "history":
        if x.column in ("create", "update"):
            part.urns = understand(x, x.content)
        if x.column == "create":
            part.condition(x.headers.get("if-none-exist"))
        elif not x.id:
            part.condition(x.query)
        else:
            x.accept_only()
        part.expect = expectation(x) if x.column != "create" else ABSENT


async def _commit(x: Exchange, parts: list[Part], writes: list[Part]) -> None:
    store = x.server.store
    conditional = [part for part in writes if part.criteria is not None]

    async def decide(tx: Within) -> Unit:
        return await _unit(x, parts, writes, tx, again=True)

    async def attempt() -> Sequence[Stored]:
        if conditional:
            locks = sorted({part.criteria.lock for part in conditional if part.criteria is not None})
            return await store.exclusive(locks, decide)
        return await store.commit(await _unit(x, parts, writes, None, again=retry))

    named = any(part.expect > ABSENT for part in writes)  # a version: what it refuses is refused at once
    retry = not named and any(part.x.column == "patch" for part in writes)
    try:
        done = await again(attempt, retry, PATCHES)
    except Problem as problem:
        if problem.kind is not Kind.PRECONDITION_FAILED or any(issue.expression for issue in problem.issues):
            raise
        raise await _placed(problem, writes) from problem
    for part, stored in zip(_ordered(writes), done, strict=True):
        part.stored = stored


async def _placed(problem: Problem, writes: list[Part]) -> Problem:
    """The store's refusal of a version, with the entry whose `ifMatch` it refuses: the store knows of no entry."""
    for part in writes:
        if part.expect > ABSENT and part.id:
            current = await part.x.server.repository.read(part.x.type, part.id)
            if (current.version if current is not None and not current.deleted else ABSENT) != part.expect:
                return located(problem, f"{part.at}.request.ifMatch")
    return problem


async def _unit(x: Exchange, parts: list[Part], writes: list[Part], ask: Ask | None, *, again: bool) -> Unit:
    """Everything that the transaction changes, references resolved; `again` when it may have to be made once more."""
    await find_all(x, [part.criteria for part in writes if part.criteria is not None], ask)
    creates = [part.criteria for part in writes if part.criteria is not None and part.x.column == "create"]
    known = await read_found(x, creates, ask) if ask is not None else {}
    gone: set[tuple[str, str]] = set()
    for part in sorted(writes, key=lambda part: _ORDER[part.x.column]):
        await _aim(part, ask, known, gone)
    refuse_twice(writes)
    links = Links(x, parts, writes)
    await links.look_up(ask)
    for i, part in enumerate(_ordered(writes)):
        if i % _BREATH == _BREATH - 1:
            await asyncio.sleep(0)
        try:
            await _change(part, links, ask, again=again)
        except Problem as problem:
            raise located(problem, part.at) from problem
    for part in parts:
        if part.x.column == "read":
            await _readable(part, writes, ask)
    changes = [part.change for part in _ordered(writes) if part.change is not None]
    notes = [met(part.x, part.there) for part in writes if part.there is not None and part.x.personal]
    return Unit(changes, x.trace, notes)


async def _aim(
    part: Part, ask: Ask | None, known: Mapping[tuple[str, str], Stored], gone: set[tuple[str, str]]
) -> None:
    """Which resource an entry writes: drawn, given, or found by its criteria.

    known  read already, by type and id
    gone   what the transaction deletes, which comes first: If-None-Exist no longer finds it
    """
    x = part.x
    part.there, part.nothing = None, False
    part.drawn = part.drawn or x.server.new_id()
    try:
        if x.column == "create":
            if part.criteria is not None and gone:
                part.criteria.refuse_followed(of for of, _ in gone)
            there = await existing(x, part.criteria, ask, known, gone) if part.criteria is not None else []
            part.there = there[0] if there else None
            part.id = there[0].id if there else part.drawn
            return
        found = await part.criteria.find(ask) if part.criteria is not None else []
        if part.criteria is None:
            part.id = x.id
        elif x.column == "update":
            part.id, part.fresh = aim(x, found, part.drawn)
        elif x.column == "patch":
            part.id = one(x, found)
        else:
            if len(found) > 1:
                raise several(x, "DELETE")
            part.id, part.nothing = (found[0], False) if found else ("", True)
        if x.column == "delete" and part.id:
            gone.add((x.type, part.id))
    except Problem as problem:
        raise located(problem, part.at) from problem


async def _change(part: Part, links: Links, within: Ask | None, *, again: bool) -> None:
    """The change that an entry makes, admitted by the register."""
    x, part.change = part.x, None
    if part.there is not None or part.nothing:
        return
    if x.column in ("create", "update"):
        x.content = links.resolved(part, again=again)
    if x.column == "create":
        put = x.server.repository.put(x.content, id=part.id, expect=ABSENT, fresh=True)
        part.change = await admitted(x, put, None)
    elif x.column == "update":
        part.change = await replacing(x, part.id, ABSENT if part.fresh else part.expect, within)
    elif x.column == "patch":
        part.change = await patching(x, part.id, part.expect, within)
    else:
        part.change = await removing(x, part.id, part.expect, within)


def _ordered(writes: Iterable[Part]) -> list[Part]:
    """The writes that change something, in the order of the specification."""
    acting = [part for part in writes if part.there is None and not part.nothing]
    return sorted(acting, key=lambda part: _ORDER[part.x.column])


async def _readable(part: Part, writes: list[Part], within: Ask | None) -> None:
    """Refuse the whole when it reads what will not be there."""
    x = part.x
    for write in writes:
        if (write.x.type, write.id) == (x.type, x.id):
            if write.x.column == "delete":
                raise located(not_found(x), part.at)
            return
    stored = await x.server.repository.read(x.type, x.id, within=within)
    if stored is None:
        raise located(not_found(x), part.at)
    if stored.deleted:
        raise located(gone(x, stored), part.at)


async def _answer(x: Exchange, part: Part) -> bytes:
    inner = part.x
    if inner.column not in _ORDER:
        try:
            return response_entry(x, await x.server.enter(inner))
        except Problem as problem:
            return refusal_entry(x, located(problem, part.at))
    stored: Stored | None = part.stored
    if inner.column == "delete":
        return response_entry(x, deleted(inner, stored))
    if part.there is not None:
        return response_entry(x, written(inner, part.there, 200))
    assert stored is not None
    created = inner.column == "create" or (inner.column == "update" and stored.op is Op.CREATE)
    return response_entry(x, written(inner, stored, 201 if created else 200))
