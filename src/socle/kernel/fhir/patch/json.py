"""JSON Patch. Source: RFC 6902, FHIR R4 http.html#patch."""

from copy import deepcopy
from typing import Any, Final

import jsonpatch
import jsonpointer

from socle.kernel.fhir.patch.patch import Bounds, Json, does_not_apply, no_patch, too_many
from socle.kernel.outcome import Kind, Problem

RULE: Final = "RFC 6902"
_OPERATIONS: Final = frozenset({"add", "remove", "replace", "move", "copy", "test"})


class JsonPatch:
    """The operations of a JSON Patch, in order; decimals keep their digits."""

    __slots__ = ("_bounds", "_operations")

    def __init__(self, operations: Any, bounds: Bounds) -> None:
        """Raises: Problem(INVALID) naming the first that RFC 6902 does not allow, Problem(TOO_COSTLY)."""
        if not isinstance(operations, list) or not operations:
            raise no_patch(
                "Un JSON Patch est une liste d'opérations.", "A JSON Patch is a list of operations.", "", RULE
            )
        if len(operations) > bounds.operations:
            raise too_many("JSON Patch", bounds.operations, RULE)
        for i, operation in enumerate(operations):
            _check(operation, f"[{i}]")
        self._operations: list[Json] = operations
        self._bounds = bounds

    def apply(self, resource: Json) -> Any:
        """The resource after the operations.

        Raises: Problem(RULE_VIOLATED) when one does not apply, Problem(TOO_COSTLY) when copies would make too many
        values (a few doublings are enough to fill a memory).
        """
        result: Any = resource
        budget = self._bounds.copied
        for i, operation in enumerate(deepcopy(self._operations)):  # what they add may change afterwards
            try:
                if operation["op"] == "copy":
                    budget -= _size(jsonpointer.JsonPointer(operation["from"]).resolve(result))
                    if budget < 0:
                        raise Problem.of(
                            Kind.TOO_COSTLY,
                            "Ce patch copie trop de valeurs.",
                            "This patch copies too many values.",
                            rule=RULE,
                        )
                result = jsonpatch.JsonPatch([operation]).apply(result, in_place=True)
            except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError, KeyError) as error:
                fr, en = _why(result, operation)
                raise does_not_apply(f"[{i}]", f"{operation['op']} {operation['path'][:100]}", fr, en, RULE) from error
        return result


def _check(operation: Any, at: str) -> None:
    name = operation.get("op") if isinstance(operation, dict) else None
    if not isinstance(name, str) or name not in _OPERATIONS:
        names = ", ".join(sorted(_OPERATIONS))
        raise no_patch(
            f"Chaque opération a un « op » parmi {names}.", f"Each operation has an “op” among {names}.", at, RULE
        )
    paths = ["path", "from"] if operation["op"] in ("move", "copy") else ["path"]
    for name in paths:
        path = operation.get(name)
        if not isinstance(path, str) or (path and not path.startswith("/")) or len(path) > 1_000:
            raise no_patch(
                f"« {name} » est un pointeur JSON, par exemple /name/0/family.",
                f"“{name}” is a JSON pointer, such as /name/0/family.",
                at,
                RULE,
            )
    if operation["op"] in ("add", "replace", "test") and "value" not in operation:
        raise no_patch(f"« {operation['op']} » demande « value ».", f"“{operation['op']}” requires “value”.", at, RULE)


def _why(resource: Any, operation: Json) -> tuple[str, str]:
    """Why an operation does not apply to a resource, in French and in English: the first step that leads nowhere."""
    makes = operation["op"] in ("add", "move", "copy")
    for name in ("from", "path"):
        if name not in operation:
            continue
        there, walked = resource, ""
        steps = operation[name].split("/")[1:]
        for rank, step in enumerate(steps):
            key = step.replace("~1", "/").replace("~0", "~")[:60]
            last = makes and name == "path" and rank == len(steps) - 1
            owner = f"« {walked[:80]} »" if walked else "la ressource"
            owner_en = f"“{walked[:80]}”" if walked else "the resource"
            if isinstance(there, list):
                if not (step == "-" and last) and not (
                    step.isascii()
                    and step.isdigit()
                    and (step == "0" or step[0] != "0")
                    and int(step) < len(there) + last
                ):
                    return (
                        f"{owner} a {len(there)} éléments, numérotés à partir de 0 : « {key} » n'en désigne aucun",
                        f"{owner_en} has {len(there)} items, numbered from 0: “{key}” is none of them",
                    )
                there = None if last else there[int(step)]
            elif isinstance(there, dict):
                if key not in there and not last:
                    return f"{owner} n'a pas de « {key} »", f"{owner_en} has no “{key}”"
                there = there.get(key)
            else:
                return (
                    f"{owner} est une valeur simple, sans rien dedans",
                    f"{owner_en} is a simple value, with nothing inside",
                )
            walked = f"{walked}/{step}"
    if operation["op"] == "test":
        return "la valeur n'est pas celle que « test » attend", "the value is not the one that “test” expects"
    return (
        "son chemin ou sa valeur ne convient pas à la version courante",
        "its path or its value does not suit the current version",
    )


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(_size, value))
    return 1
