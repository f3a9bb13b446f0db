"""Arguments of an operation: in the URL or in a Parameters resource, which is the same thing."""

from collections.abc import Sequence
from typing import Any, Final

from socle.foundations.terminologies.model import Json
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.endpoint import Call

_MOST: Final = 1_000  # values of one parameter


class Arguments:
    """The arguments of a call. A name that the operation does not know is refused."""

    def __init__(self, call: Call, known: Sequence[str], *, alone: str = "") -> None:
        """Take them from the call. alone: the parameter that a resource posted alone, without Parameters, stands for.

        Raises: Problem(INVALID) for a name that the operation does not know.
        """
        self._given: dict[str, list[Any]] = {}
        for name, values in call.parameters.items():
            if name not in known:
                raise _unknown(name, known)
            self._given[name] = list(values)
        body = call.body
        if body is None:
            return
        if body.get("resourceType") != "Parameters":
            if not alone:
                raise Problem.of(
                    Kind.INVALID,
                    "Envoyez les paramètres dans une ressource Parameters.",
                    "Send the parameters in a Parameters resource.",
                    rule="FHIR R4 operations.html",
                )
            self._given[alone] = [body]
            return
        for parameter in body.get("parameter", ()):
            name = parameter.get("name", "")
            if name not in known:
                raise _unknown(name, known)
            values = self._given.setdefault(name, [])
            if len(values) >= _MOST:
                raise _wrong(name, f"{_MOST} valeurs au plus", f"at most {_MOST} values")
            values.append(_value(parameter))

    def has(self, name: str) -> bool:
        """Whether it is given."""
        return name in self._given

    def every(self, name: str) -> list[Any]:
        """All the values given."""
        return self._given.get(name, [])

    def text(self, name: str) -> str:
        """A string, "" when it is not given. Raises: Problem(INVALID) when it is something else, or given twice."""
        if name not in self._given:
            return ""
        value = self._one(name)
        if value is None:
            return ""
        if isinstance(value, bool | int):
            return str(value).lower()
        if not isinstance(value, str):
            raise _wrong(name, "un texte est attendu", "a text is expected")
        return value

    def texts(self, name: str) -> list[str]:
        """The strings given. Raises: Problem(INVALID)."""
        found = self._given.get(name)
        if not found:
            return []
        if not all(isinstance(one, str) for one in found):
            raise _wrong(name, "des textes sont attendus", "texts are expected")
        return [str(one) for one in found]

    def flag(self, name: str, default: bool) -> bool:
        """A boolean. Raises: Problem(INVALID)."""
        if name not in self._given:
            return default
        value = self._one(name)
        if value is None:
            return default
        if value in (True, "true"):
            return True
        if value in (False, "false"):
            return False
        raise _wrong(name, "true ou false est attendu", "true or false is expected")

    def number(self, name: str) -> int | None:
        """An integer from 0. Raises: Problem(INVALID)."""
        value = self._one(name)
        if value is None:
            return None
        text = str(value)
        if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 10):
            raise _wrong(name, "un nombre entier, 0 ou plus, est attendu", "an integer, 0 or more, is expected")
        return int(text)

    def structure(self, name: str) -> Json | None:
        """A Coding, a CodeableConcept, a resource. Raises: Problem(INVALID)."""
        value = self._one(name) if name in self._given else None
        return None if value is None else _structure(name, value)

    def structures(self, name: str) -> list[Json]:
        """The structures given. Raises: Problem(INVALID)."""
        return [_structure(name, one) for one in self.every(name)]

    def resource(self, name: str, kind: str) -> Json | None:
        """A resource of this type. Raises: Problem(INVALID)."""
        found = self.structure(name)
        if found is not None and found.get("resourceType") != kind:
            raise _wrong(name, f"une ressource {kind} est attendue", f"a {kind} resource is expected")
        return found

    def _one(self, name: str) -> Any:
        values = self._given.get(name)
        if not values:
            return None
        if len(values) > 1:
            raise _wrong(name, "il ne peut être donné qu'une fois", "it can be given only once")
        return values[0]


def _structure(name: str, value: Any) -> Json:
    if not isinstance(value, dict):
        raise _wrong(
            name,
            "une structure est attendue : envoyez les paramètres par POST",
            "a structure is expected: send the parameters by POST",
        )
    return value


def missing(name: str, fr: str, en: str) -> Problem:
    """A parameter is missing; `fr` and `en` say which will do."""
    return Problem.of(
        Kind.INVALID,
        f"Il manque un paramètre : {fr}.",
        f"A parameter is missing: {en}.",
        expression=f"Parameters.parameter.where(name = '{name}')",
        rule="FHIR R4 terminology-service.html",
        code="required",
    )


def _unknown(name: str, known: Sequence[str]) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"Le paramètre « {name[:60]} » n'existe pas ici ; paramètres possibles : {', '.join(known)}.",
        f"The parameter “{name[:60]}” does not exist here; possible parameters: {', '.join(known)}.",
        expression=f"Parameters.parameter.where(name = '{name[:60]}')",
        rule="FHIR R4 operations.html",
        code="not-supported",
    )


def _wrong(name: str, fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"Paramètre « {name[:60]} » : {fr}.",
        f"Parameter “{name[:60]}”: {en}.",
        expression=f"Parameters.parameter.where(name = '{name[:60]}')",
        rule="FHIR R4 operations.html",
        code="value",
    )


def _value(parameter: Json) -> Any:
    for name, value in parameter.items():
        if name.startswith("value"):
            return value
    if "resource" in parameter:
        return parameter["resource"]
    return {"part": parameter.get("part", [])}
