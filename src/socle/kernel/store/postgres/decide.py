"""What a unit does to what is stored: versions, tombstones, refusals. No input or output here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from socle.kernel.audit import Action, Event
from socle.kernel.fhir.keys import resource_key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.contract import ABSENT, ANY, Change, Op, Put, Stored, Unit
from socle.kernel.store.postgres.rows import Version, delete_version, put_version, type_name

_ACTIONS = {Op.CREATE: Action.CREATE, Op.UPDATE: Action.UPDATE, Op.DELETE: Action.DELETE}


@dataclass(slots=True)
class Current:
    """Where a resource stands: its current version, perhaps a tombstone. `rid` is 0 until it has a row.

    Not changed but replaced, so that a refused unit is undone by what was there.
    """

    rid: int
    type: str
    id: str
    version: int
    updated: datetime
    deleted: bool
    subject: str | None


Answer = Version | Stored  # Stored: a deletion of nothing


def currents(rows: Iterable[Mapping[str, Any]]) -> dict[int, Current]:
    """The answer of the LOOK_UP statement, by key."""
    return {
        row["key"]: Current(
            row["rid"],
            type_name(row["type"]),
            row["fid"],
            row["version"],
            row["updated"],
            row["deleted"],
            row["subject"],
        )
        for row in rows
    }


def keys(unit: Unit) -> list[int]:
    """The key of what each change of the unit is about."""
    return [resource_key(change.type, change.id) for change in unit.changes]


def decide(unit: Unit, keys: Sequence[int], state: dict[int, Current], now: datetime) -> tuple[list[Answer], set[str]]:
    """Apply the unit's changes to `state`, in order; answers what each made, and the persons concerned.

    keys  those of the unit (`keys`)
    A refused unit leaves `state` as it was. Raises: Problem(CONFLICT | PRECONDITION_FAILED).
    """
    answers: list[Answer] = []
    persons: set[str | None] = set()
    before: dict[int, Current | None] = {}
    try:
        for change, key in zip(unit.changes, keys, strict=True):
            current = state.get(key)
            _check(change, current)
            before.setdefault(key, current)
            if current is not None:
                persons.add(current.subject)
            answer = _apply(change, key, current, state, now)
            answers.append(answer)
            persons.add(answer.subject)
    except Problem:
        for key, old in before.items():
            if old is None:
                state.pop(key, None)
            else:
                state[key] = old
        raise
    return answers, {person for person in persons if person}


def _check(change: Change, current: Current | None) -> None:
    if current and (current.id != change.id or current.type != change.type):
        raise Problem.of(
            Kind.CONFLICT,
            "Cet identifiant ne peut pas être utilisé ici : sa clé interne est déjà prise. Choisissez-en un autre.",
            "This id cannot be used here: its internal key is already taken. Choose another.",
        )
    expect = ABSENT if isinstance(change, Put) and change.fresh else change.expect
    if expect == ANY:
        return
    if expect == ABSENT:
        if current and not current.deleted:
            raise Problem.of(
                Kind.CONFLICT,
                f"{change.type}/{change.id} existe déjà (version {current.version}). Choisissez un autre id.",
                f"{change.type}/{change.id} already exists (version {current.version}). Choose another id.",
            )
        return
    found = current.version if current else 0
    if found != expect:
        fr = f"en version {found}" if found else "absente"
        en = f"at version {found}" if found else "absent"
        raise Problem.of(
            Kind.PRECONDITION_FAILED,
            f"{change.type}/{change.id} est {fr}, la version {expect} était attendue. Relisez-la, puis recommencez.",
            f"{change.type}/{change.id} is {en}, version {expect} was expected. Read it again, then retry.",
            rule="FHIR R4 http.html#concurrency",
        )


def _apply(change: Change, key: int, current: Current | None, state: dict[int, Current], now: datetime) -> Answer:
    subject = current.subject if current is not None else None
    absent = current is None or current.deleted
    if absent and not isinstance(change, Put):
        return Stored(change.type, change.id, 0, now, Op.DELETE, b"", subject)
    rid, number = (current.rid, current.version + 1) if current is not None else (0, 1)
    if current is not None and current.updated > now:
        now = current.updated
    if isinstance(change, Put):
        subject = change.keys.subject
        state[key] = Current(rid, change.type, change.id, number, now, False, subject)
        return put_version(change, number, now, Op.CREATE if absent else Op.UPDATE, rid, key)
    state[key] = Current(rid, change.type, change.id, number, now, True, subject)
    return delete_version(change, number, now, subject, rid)


def decide_fresh(unit: Unit, now: datetime) -> tuple[list[Answer], set[str]]:
    """As `decide`, for a unit of fresh Puts alone: nothing needs to be looked up."""
    puts = [change for change in unit.changes if isinstance(change, Put)]
    answers: list[Answer] = [put_version(put, 1, now, Op.CREATE) for put in puts]
    return answers, {answer.subject for answer in answers if answer.subject}


def note_fresh(answers: Iterable[Answer], state: dict[int, Current]) -> None:
    """Tell `state` what a fresh unit creates, for the units that come after it in the same transaction."""
    for a in answers:
        if isinstance(a, Version):
            state.setdefault(a.key, Current(0, a.type, a.id, a.version, a.updated, False, a.subject))


def is_fresh(unit: Unit) -> bool:
    """Whether a unit only creates resources whose ids were just drawn."""
    return all(isinstance(change, Put) and change.fresh for change in unit.changes)


def events(unit: Unit, answers: Sequence[Answer], persons: Iterable[str]) -> list[Event]:
    """What to record of a unit: its changes as one event, and its notes.

    A unit that only executes a module's statements is told by its notes when it has some, else by an event of its own.
    """
    if not unit.changes:
        return list(unit.notes) or [Event(unit.trace, Action.EXECUTE)]
    kinds = {answer.op for answer in answers}
    event = Event(
        unit.trace,
        _ACTIONS[kinds.pop()] if len(kinds) == 1 else Action.EXECUTE,
        entities=tuple(f"{a.type}/{a.id}/_history/{a.version}" if a.version else f"{a.type}/{a.id}" for a in answers),
        concerns=tuple(sorted(persons)),
    )
    return [event, *unit.notes]
