"""The registry of specifications: those that ship with the house, with the steps that its editors recorded. Public."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from socle.foundations.interoperability import store
from socle.foundations.interoperability.model import Layer, Move, Specification, State, Step
from socle.foundations.interoperability.permissions import SPECIFICATIONS
from socle.foundations.interoperability.rules import lifecycle, registry
from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, decide
from socle.kernel.store.database import Database
from socle.kernel.store.definitions import plain
from socle.kernel.zone import ZONE

LONGEST = 500  # characters of each field that an editor fills in
_GAPS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which specifications: every part that is given must hold."""

    words: str = ""
    state: State | None = None
    layer: Layer | None = None
    chapter: str = ""
    module: str = ""


@cache
def shipped() -> tuple[Specification, ...]:
    """The specifications of `specifications.toml`, in its order."""
    return registry.read((files("socle.foundations.interoperability") / "specifications.toml").read_text("utf-8"))


async def every(database: Database) -> list[Specification]:
    """Every specification with its whole history."""
    recorded = await store.recorded(database)
    return [lifecycle.told(one, recorded.get(one.id, ())) for one in shipped()]


def chosen(among: list[Specification], asked: Asked) -> list[Specification]:
    """Those that are asked for, in order."""
    words = _words(asked.words)
    return [
        one
        for one in among
        if asked.state in (None, one.current.state)
        and asked.layer in (None, one.layer)
        and (not asked.chapter or asked.chapter in one.chapters)
        and (not asked.module or asked.module in one.modules)
        and all(f" {word}" in _said(one) for word in words)
    ]


def _said(one: Specification) -> str:
    """The words by which a specification is found, each after a blank."""
    said = (one.id, one.title, one.summary, one.standard, one.package, one.canonical)
    return " " + " ".join(_words(" ".join(said)))


def _words(text: str) -> list[str]:
    return _GAPS.sub(" ", plain(text)).split()


async def one(database: Database, id: str) -> Specification:
    """A specification with its history. Raises: Problem(NOT_FOUND)."""
    found = next((each for each in shipped() if each.id == id), None)
    if found is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Cette spécification n'est pas au registre. Cherchez-la dans la liste.",
            "This specification is not in the registry. Look for it in the list.",
            rule=lifecycle.OURS,
        )
    return lifecycle.told(found, await _steps(database, id))


async def record(database: Database, id: str, move: Move, *, by: Actor, trace: Trace) -> Specification:
    """Record a step of a specification's life; answers it as it is then.

    Raises: Problem(FORBIDDEN | NOT_FOUND); Problem(RULE_VIOLATED) with an issue for each field that is wrong, its
    expression being the name of the field; Problem(CONFLICT) when somebody recorded a step meanwhile.
    """
    decide(by, SPECIFICATIONS).or_raise(Kind.FORBIDDEN)
    steps = await _steps(database, id)
    found = await one(database, id)
    faults = lifecycle.faults(found, move, trace.at.astimezone(ZONE).date())
    if faults:
        raise Problem(Kind.RULE_VIOLATED, *faults)
    try:
        await store.record(database, id, len(steps) + 1, move, trace)
    except Problem as problem:
        if problem.kind is not Kind.CONFLICT:
            raise
        raise Problem.of(
            Kind.CONFLICT,
            "Quelqu'un vient d'enregistrer une étape de cette spécification : relisez son histoire, puis recommencez.",
            "Somebody has just recorded a step of this specification: read its history again, then start again.",
            rule=lifecycle.OURS,
        ) from problem
    return await one(database, id)


async def _steps(database: Database, id: str) -> list[Step]:
    return (await store.recorded(database, id)).get(id, [])
