"""Value sets given with what asks for them (contained), judged by what they list. Source: FHIR R4 valueset.html#compose.

What they name elsewhere, a code system or another value set, is asked of the terminologies as any other. A filter is not
evaluated here: where it decides, nothing is told.
"""

from collections.abc import Callable, Iterable
from typing import Any

from socle.kernel.fhir.knowledge import CodeQuestion
from socle.kernel.fhir.validation.values import objects

Json = dict[str, Any]
Judge = Callable[[CodeQuestion], bool | None]


def in_given_set(value_set: Json, system: str, code: str, judge: Judge) -> bool | None:
    """Whether a value set holds a code; None when it cannot be told. `judge`: the terminologies."""
    compose = value_set.get("compose")
    if type(compose) is not dict:
        return _expanded(value_set.get("expansion"), system, code)
    included = _any(_held(one, system, code, judge) for one in objects(compose.get("include")))
    if included is False:
        return False
    excluded = _any(_held(one, system, code, judge) for one in objects(compose.get("exclude")))
    return _all([included, None if excluded is None else not excluded])


def _held(part: Json, system: str, code: str, judge: Judge) -> bool | None:
    """Whether an include (or an exclude) takes a code: each thing that it says must hold."""
    said: list[bool | None] = []
    named, concepts = part.get("system"), part.get("concept")
    if type(named) is str:
        said.append(named == system)
        if part.get("filter"):
            said.append(None)
        elif type(concepts) is list:
            said.append(any(one.get("code") == code for one in objects(concepts)))
        else:
            version = part.get("version")
            said.append(judge(CodeQuestion(named, code, version if type(version) is str else "")))
    said += [judge(CodeQuestion(system, code, value_set=str(canonical))) for canonical in part.get("valueSet") or ()]
    return _all(said) if said else False


def _expanded(expansion: Any, system: str, code: str) -> bool | None:
    """Whether an expansion lists a code; without one nothing is known."""
    if type(expansion) is not dict:
        return None
    waiting = objects(expansion.get("contains"))
    while waiting:
        one = waiting.pop()
        if (one.get("system"), one.get("code")) == (system, code) and one.get("abstract") is not True:
            return True
        waiting += objects(one.get("contains"))
    return False


def _all(verdicts: list[bool | None]) -> bool | None:
    return False if False in verdicts else None if None in verdicts else True


def _any(verdicts: Iterable[bool | None]) -> bool | None:
    found = list(verdicts)
    return True if True in found else None if None in found else False
