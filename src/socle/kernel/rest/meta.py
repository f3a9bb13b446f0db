"""`$meta`, `$meta-add`, `$meta-delete`: profiles, tags and security labels. Source: FHIR R4 resource-operations.html.

History is not rewritten: a change of labels is a new version, with its trace, and past versions keep theirs. Labels are the
same when their system and code are.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final

import msgspec

from socle.kernel.audit import Action, Event, Outcome
from socle.kernel.fhir import json
from socle.kernel.fhir.check import check
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.rest.endpoint import Call, Endpoint, Operation
from socle.kernel.store import Change, Json, Stored, Unit

MOST: Final = 100_000  # resources with labels that one `$meta` goes through: some seconds, a page at a time
ATTEMPTS: Final = 5
_PAGE: Final = 500
_RULE: Final = "FHIR R4 resource-operations.html#meta"
_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Resource-meta"
_LABELS: Final = ("profile", "security", "tag")
_SEARCHED: Final = ("_profile", "_security", "_tag")


class _Labelled(msgspec.Struct):
    """The only member that is read of a resource."""

    meta: dict[str, Any] = {}


_meta_of = msgspec.json.Decoder(_Labelled).decode


def meta_operations(endpoint: Endpoint) -> tuple[Operation, ...]:
    """What an Endpoint offers: labels are changed where resources can be updated, and as the register's own rule admits."""
    shown = Text("Profils, étiquettes et niveaux de confidentialité.", "Profiles, tags and security labels.")
    added = Text("Ajoute des profils et des étiquettes.", "Adds profiles and labels.")
    removed = Text("Retire des profils et des étiquettes.", "Removes profiles and labels.")
    read = endpoint.read if endpoint.register.personal else endpoint.read_public
    readable = (
        Operation("meta", shown, read, _in_use, "system", writes=False, definition=_DEFINITION),
        Operation("meta", shown, read, _in_use, "type", writes=False, definition=_DEFINITION),
        Operation("meta", shown, read, _of_one, "instance", writes=False, definition=_DEFINITION, versions=True),
    )
    types = tuple(name for name in endpoint.register.types if endpoint.offers("update", name))
    if not types:
        return readable
    changes = (("add", added, with_labels), ("delete", removed, without_labels))
    return (
        *readable,
        *(
            Operation(
                f"meta-{name}",
                said,
                endpoint.write,
                _changing(change, endpoint),
                "instance",
                types,
                definition=f"{_DEFINITION}-{name}",
            )
            for name, said, change in changes
        ),
    )


# — reading —


async def _of_one(call: Call) -> Json:
    """The meta of the current version, or of the one that the path names."""
    repository, version = call.repository, call.version
    if version:
        known = version.isascii() and version.isdigit() and len(version) < 10
        stored = await repository.store.vread(call.resource_type, call.resource_id, int(version)) if known else None
    else:
        stored = await repository.read(call.resource_type, call.resource_id)
    return _answer(json.parse(_there(call, stored).body).get("meta", {}))


async def _in_use(call: Call) -> Json:
    """All the labels that the resources of a type, or of the register, have.

    Raises: Problem(TOO_COSTLY) beyond `MOST` resources with labels.
    """
    found: Json = {}
    async for bodies in _labelled(call):
        for body in bodies:
            found = with_labels(found, _meta_of(body).meta)
    return _answer({name: found[name] for name in _LABELS if name in found})


async def _labelled(call: Call) -> AsyncIterator[list[bytes]]:
    """The bodies of the resources that have a profile, a tag or a security label, a page at a time."""
    repository = call.repository
    store, definitions = repository.store, repository.definitions
    types = (call.resource_type,) if call.resource_type else sorted(repository.register.types)
    left = MOST
    for name in types:
        parameters = repository.indexer.parameters.of(name)
        mask = sum(1 << parameters[one].bit for one in _SEARCHED if one in parameters)
        last = 0
        while True:
            rows = await store.query(
                f"SELECT rid, type, fid, version, updated, deleted, subject, dict, body FROM {store.schema}.resource "  # noqa: S608 - our own name
                "WHERE type = $1 AND NOT deleted AND rid > $2 AND present & $3 <> 0 ORDER BY rid LIMIT $4",
                definitions.type_code(name),
                last,
                mask,
                _PAGE,
            )
            left -= len(rows)
            if left < 0:
                raise Problem.of(
                    Kind.TOO_COSTLY,
                    f"Plus de {MOST} ressources portent des étiquettes : cherchez par _tag, _profile ou _security.",
                    f"More than {MOST} resources have labels: search by _tag, _profile or _security.",
                    rule=_RULE,
                )
            if rows:
                yield [store.stored(row).body for row in rows]
            if len(rows) < _PAGE:
                break
            last = rows[-1]["rid"]


# — changing —


def _changing(change: Callable[[Json, Json], Json], endpoint: Endpoint) -> Callable[[Call], Any]:
    async def handle(call: Call) -> Json:
        """The meta after the change. Raises: Problem."""
        labels = _asked(call)
        for attempt in range(ATTEMPTS):
            stored = _there(call, await call.repository.read(call.resource_type, call.resource_id))
            resource = json.parse(stored.body)
            before = resource.get("meta", {})
            after = change(before, labels)
            if after == before:
                await call.repository.commit(Unit((), call.trace, [_seen(call, stored)]))
                return _answer(before)
            resource["meta"] = after
            check(resource, expected_type=call.resource_type)
            put: Change = call.repository.put(resource, id=stored.id, expect=stored.version)
            try:
                if endpoint.admit is not None and endpoint.admits(stored.type):
                    put = await endpoint.admit(put, stored, call)
                made = (await call.repository.commit(Unit([put], call.trace)))[0]
            except Problem as problem:
                if problem.kind not in (Kind.CONFLICT, Kind.PRECONDITION_FAILED) or attempt == ATTEMPTS - 1:
                    raise
                continue
            return _answer(json.parse(made.body).get("meta", {}))
        raise AssertionError  # the last attempt answers or raises

    return handle


def with_labels(meta: Json, labels: Json) -> Json:
    """`meta` and the labels that it lacks; what it has stays as it is written."""
    out = dict(meta)
    for name in _LABELS:
        known = {_same(one) for one in meta.get(name, ())}
        more = [one for one in _distinct(labels.get(name, ())) if _same(one) not in known]
        if more:
            out[name] = [*meta.get(name, ()), *more]
    return out


def without_labels(meta: Json, labels: Json) -> Json:
    """`meta` less those labels."""
    out = dict(meta)
    for name in _LABELS:
        gone = {_same(one) for one in labels.get(name, ())}
        if gone and name in meta:
            kept = [one for one in meta[name] if _same(one) not in gone]
            if kept:
                out[name] = kept
            else:
                del out[name]
    return out


def _distinct(labels: Iterable[Any]) -> Iterable[Any]:
    return {_same(one): one for one in labels}.values()


def _same(label: Any) -> tuple[str, str]:
    """What makes a label itself: system and code of a Coding; a canonical URL."""
    return (label.get("system", ""), label.get("code", "")) if isinstance(label, dict) else ("", str(label))


def _asked(call: Call) -> Json:
    """The labels to add or take away. Raises: Problem(INVALID)."""
    given = (call.body or {}).get("parameter", [])
    if (call.body or {}).get("resourceType") != "Parameters" or [one.get("name") for one in given] != ["meta"]:
        raise _wrong(
            "Envoyez un Parameters qui a un seul paramètre, « meta ».", "Send a Parameters with one parameter, “meta”."
        )
    labels = given[0].get("valueMeta")
    if not isinstance(labels, dict) or not labels or not set(labels) <= set(_LABELS):
        raise _wrong(
            "« meta » (valueMeta) porte des profile, security et tag, et rien d'autre.",
            "“meta” (valueMeta) holds profile, security and tag, and nothing else.",
        )
    for name in ("security", "tag"):
        if any("code" not in one for one in labels.get(name, ())):
            raise _wrong(f"Chaque « {name} » a un code.", f"Each “{name}” has a code.")
    return labels


def _there(call: Call, stored: Stored | None) -> Stored:
    if stored is None or stored.deleted:
        raise Problem.of(
            Kind.GONE if stored is not None else Kind.NOT_FOUND,
            f"{call.resource_type}/{call.resource_id} n'existe pas, ou plus.",
            f"{call.resource_type}/{call.resource_id} does not exist, or no longer.",
            rule="FHIR R4 http.html#read",
        )
    return stored


def _seen(call: Call, stored: Stored) -> Event:
    """Nothing changes, and labels are shown all the same."""
    entity = f"{stored.type}/{stored.id}/_history/{stored.version}"
    return Event(call.trace, Action.READ, Outcome.SUCCESS, (entity,), (stored.subject,) if stored.subject else ())


def _answer(meta: Json) -> Json:
    return {"resourceType": "Parameters", **({"parameter": [{"name": "return", "valueMeta": meta}]} if meta else {})}


def _wrong(fr: str, en: str) -> Problem:
    return Problem.of(Kind.INVALID, fr, en, expression="Parameters.parameter", rule=_RULE)
