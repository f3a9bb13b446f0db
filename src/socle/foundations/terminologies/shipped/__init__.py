"""The French code systems that ship with the house, from `systems.toml`."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final

from socle.foundations.terminologies.model import OWN, Json

VERSION: Final = "2026"
PACKAGE: Final = f"{OWN}#{VERSION}"
_OID: Final = "urn:oid:"


def resources() -> Iterator[Json]:
    """CodeSystem, NamingSystem, ValueSet and ConceptMap resources."""
    said = tomllib.loads((files(__package__) / "systems.toml").read_text(encoding="utf-8"))
    for one in said["system"]:
        yield _system(one)
        if one.get("also"):
            yield _naming(one)
    for one in said["value_set"]:
        yield _value_set(one)
    for one in said["map"]:
        yield _map(one)


def _head(kind: str, one: dict[str, Any]) -> Json:
    head: Json = {"resourceType": kind, "id": one["id"], "url": one["url"]}
    if "oid" in one:
        head["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": _OID + one["oid"]}]
    name = "".join(part.capitalize() for part in one["id"].split("-"))
    return head | {
        "version": VERSION,
        "name": name,
        "title": one["title"],
        "status": "draft",
        "experimental": False,
        "publisher": "Socle",
    }


def _system(one: dict[str, Any]) -> Json:
    system = _head("CodeSystem", one) | {"language": "fr-FR", "caseSensitive": True, "content": one["content"]}
    if "value_set" in one:
        system["valueSet"] = one["value_set"]
    system["count"] = len(one["concepts"])
    system["concept"] = [
        {"code": code, "display": french, "designation": [{"language": "en", "value": english}]}
        for code, french, english in one["concepts"]
    ]
    return system


def _naming(one: dict[str, Any]) -> Json:
    """Several URLs name one French code system: the OID is the stable key."""
    uris = [one["url"], *one["also"]]
    return {
        "resourceType": "NamingSystem",
        "id": one["id"],
        "name": "".join(part.capitalize() for part in one["id"].split("-")),
        "status": "draft",
        "kind": "codesystem",
        "date": VERSION,
        "uniqueId": [
            {"type": "oid", "value": one["oid"], "preferred": True},
            *({"type": "uri", "value": uri} for uri in uris),
        ],
    }


def _value_set(one: dict[str, Any]) -> Json:
    include = []
    for part in one["include"]:
        displays = part.get("displays", [""] * len(part["codes"]))
        concepts = [
            {"code": code, **({"display": display} if display else {})}
            for code, display in zip(part["codes"], displays, strict=True)
        ]
        include.append({"system": part["system"], "concept": concepts})
    return _head("ValueSet", one) | {"compose": {"include": include}}


def _map(one: dict[str, Any]) -> Json:
    elements = [{"code": a, "target": [{"code": b, "equivalence": "wider"}]} for a, b in one["pairs"]]
    group = {"source": one["source"], "target": one["target"], "element": elements}
    return _head("ConceptMap", one) | {"group": [group]}
