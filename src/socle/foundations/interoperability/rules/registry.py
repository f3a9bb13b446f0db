"""The file of specifications, read strictly: a key that is not known, a state that does not exist are faults of the file."""

import tomllib
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from socle.foundations.interoperability.model import Certainty, Day, Layer, Specification, State, Step

_TEXTS: Final = ("id", "title", "summary", "layer", "standard", "publisher")
_MAY: Final = ("canonical", "package")
_LISTS: Final = ("chapters", "modules")
_STEP: Final = ("version", "state", "on", "certainty", "source")
_STEP_MAY: Final = ("label", "note")
_T = TypeVar("_T")


def read(text: str) -> tuple[Specification, ...]:
    """The specifications of a file, in its order. Raises: ValueError that names the specification and the key."""
    document = tomllib.loads(text)
    if set(document) != {"specification"}:
        raise ValueError("a file of specifications has [[specification]] and nothing else")
    found = [_specification(one) for one in document["specification"]]
    twice = {one.id for one in found if sum(other.id == one.id for other in found) > 1}
    if twice:
        raise ValueError(f"given twice: {', '.join(sorted(twice))}")
    return tuple(found)


def _specification(facts: Mapping[str, Any]) -> Specification:
    name = str(facts.get("id", "?"))
    _keys(name, facts, (*_TEXTS, *_LISTS, "steps"), _MAY)
    values = {key: str(facts.get(key, "")) for key in (*_TEXTS, *_MAY)}
    steps = tuple(_step(name, one) for one in facts["steps"])
    if not steps:
        raise ValueError(f"{name}: no step")
    return Specification(
        **{**values, "layer": _made(name, "layer", Layer, values["layer"])},  # type: ignore[arg-type]
        chapters=tuple(facts["chapters"]),
        modules=tuple(facts["modules"]),
        steps=steps,
    )


def _step(name: str, facts: Mapping[str, Any]) -> Step:
    where = f"{name} {facts.get('version', '?')}"
    _keys(where, facts, _STEP, _STEP_MAY)
    return Step(
        str(facts["version"]),
        _made(where, "state", State, facts["state"]),
        _made(where, "on", Day, facts["on"]),
        _made(where, "certainty", Certainty, facts["certainty"]),
        str(facts["source"]),
        str(facts.get("label", "")),
        str(facts.get("note", "")),
    )


def _made(name: str, key: str, make: Callable[[Any], _T], value: Any) -> _T:
    try:
        return make(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name}: {key}: {error}") from None


def _keys(name: str, facts: Mapping[str, Any], must: tuple[str, ...], may: tuple[str, ...]) -> None:
    missing, unknown = set(must) - set(facts), set(facts) - {*must, *may}
    if missing or unknown:
        raise ValueError(f"{name}: missing {sorted(missing)}, unknown {sorted(unknown)}")
