"""patch: a change to a part of a resource, as a JSON Patch. Source: FHIR R4 http.html#patch, RFC 6902."""

from typing import Any, Final

import jsonpatch
import jsonpointer

from socle.kernel.fhir import json
from socle.kernel.fhir.check import check
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.conditional import Criteria, several
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.interactions.read import gone, not_found
from socle.kernel.rest.written import admitted, again, expectation, precondition, written
from socle.kernel.store import ANY, Change, Json, Tx, Unit

_RULE: Final = "RFC 6902"
_OPERATIONS: Final = frozenset({"add", "remove", "replace", "move", "copy", "test"})


async def patch(x: Exchange) -> Answer:
    """200 with the new version. The result must be legal R4; id and resourceType do not change.

    Raises: Problem(INVALID) for what is no JSON Patch, Problem(RULE_VIOLATED) when it does not apply to the current
    version, Problem(NOT_FOUND | GONE | PRECONDITION_FAILED).
    """
    operations = operations_of(x)
    if not x.id:
        return await _conditional(x, operations)
    x.accept_only()
    expect = expectation(x)

    async def attempt() -> Answer:
        change = await patching(x, x.id, operations, expect)
        return written(x, (await x.server.store.commit(Unit([change], x.trace)))[0], 200)

    return await again(attempt, expect == ANY)


async def patching(x: Exchange, id: str, operations: list[Json], expect: int, within: Tx | None = None) -> Change:
    """The change that applies a patch to the current version of `id`."""
    current = await x.server.repository.read(x.type, id, within=within)
    if current is None:
        raise not_found(x)
    if current.deleted:
        raise gone(x, current)
    if expect not in (ANY, current.version):
        raise precondition(x)
    resource = apply(operations, json.parse(current.body), x.server.settings.limits.copied)
    if not isinstance(resource, dict) or resource.get("resourceType") != x.type or resource.get("id") != id:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            "Un patch ne change ni « resourceType » ni « id ».",
            "A patch changes neither “resourceType” nor “id”.",
            expression=(f"{x.type}.id",),
            rule="FHIR R4 http.html#patch",
        )
    check(resource, expected_type=x.type)
    put = x.server.repository.put(resource, id=id, expect=current.version)
    return await admitted(x, put, current)


async def _conditional(x: Exchange, operations: list[Json]) -> Answer:
    """PATCH [type]?criteria: exactly one match is patched."""
    criteria = Criteria(x, x.query)
    expect = expectation(x)

    async def decide(tx: Tx) -> Unit:
        id = one(x, await criteria.find(tx))
        return Unit([await patching(x, id, operations, expect, tx)], x.trace)

    return written(x, (await x.server.store.exclusive([criteria.lock], decide))[0], 200)


def one(x: Exchange, found: list[str]) -> str:
    """The only match of a conditional patch. Raises: Problem(NOT_FOUND | PRECONDITION_FAILED)."""
    if len(found) > 1:
        raise several(x, "PATCH")
    if not found:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Les critères ne désignent aucune ressource : il n'y a rien à modifier.",
            "The criteria designate no resource: there is nothing to change.",
            rule="FHIR R4 http.html#patch",
        )
    return found[0]


def operations_of(x: Exchange) -> list[Json]:
    """The operations in the body.

    Raises: Problem(INVALID) naming the first that RFC 6902 does not allow, Problem(TOO_COSTLY) beyond the limit.
    """
    operations, most = x.content, x.server.settings.limits.patch
    if not isinstance(operations, list) or not operations:
        raise _wrong("Un JSON Patch est une liste d'opérations.", "A JSON Patch is a list of operations.", "")
    if len(operations) > most:
        raise Problem.of(
            Kind.TOO_COSTLY,
            f"Un JSON Patch compte au plus {most} opérations.",
            f"A JSON Patch has at most {most} operations.",
            rule=_RULE,
        )
    for i, operation in enumerate(operations):
        _check(operation, f"[{i}]")
    return operations


def _check(operation: Any, at: str) -> None:
    if not isinstance(operation, dict) or operation.get("op") not in _OPERATIONS:
        names = ", ".join(sorted(_OPERATIONS))
        raise _wrong(f"Chaque opération a un « op » parmi {names}.", f"Each operation has an “op” among {names}.", at)
    paths = ["path", "from"] if operation["op"] in ("move", "copy") else ["path"]
    for name in paths:
        path = operation.get(name)
        if not isinstance(path, str) or (path and not path.startswith("/")) or len(path) > 1_000:
            raise _wrong(
                f"« {name} » est un pointeur JSON, par exemple /name/0/family.",
                f"“{name}” is a JSON pointer, such as /name/0/family.",
                at,
            )
    if operation["op"] in ("add", "replace", "test") and "value" not in operation:
        raise _wrong(f"« {operation['op']} » demande « value ».", f"“{operation['op']}” requires “value”.", at)


def apply(operations: list[Json], document: Json, budget: int) -> Any:
    """The document after the operations; decimals keep their digits.

    Raises: Problem(RULE_VIOLATED) when one does not apply, Problem(TOO_COSTLY) when copies would make more than
    `budget` values (a few doublings are enough to fill a memory).
    """
    result: Any = document
    for i, operation in enumerate(operations):
        try:
            if operation["op"] == "copy":
                budget -= _size(jsonpointer.JsonPointer(operation["from"]).resolve(result))
                if budget < 0:
                    raise Problem.of(
                        Kind.TOO_COSTLY,
                        "Ce patch copie trop de valeurs.",
                        "This patch copies too many values.",
                        rule=_RULE,
                    )
            result = jsonpatch.JsonPatch([operation]).apply(result, in_place=True)
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError, KeyError) as error:
            text = Problem.of(
                Kind.RULE_VIOLATED,
                f"L'opération {i} du patch ({operation['op']} {operation['path'][:100]}) ne s'applique pas à la "
                "version courante : rien n'a changé.",
                f"Operation {i} of the patch ({operation['op']} {operation['path'][:100]}) does not apply to the "
                "current version: nothing has changed.",
                expression=f"[{i}]",
                rule=_RULE,
                code="processing",
            )
            raise text from error
    return result


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(_size, value))
    return 1


def _wrong(fr: str, en: str, at: str) -> Problem:
    return Problem.of(Kind.INVALID, fr, en, expression=(at,) if at else (), rule=_RULE, code="structure")
