"""The OpenAPI 3.1 document of the API, made from the operations declared and from the JSON Schema of an edition."""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from socle import __version__
from socle.kernel.outcome import Language, Text
from socle.support.doctrine.api.asking import Parameter
from socle.support.doctrine.api.operations import BASE, OPERATIONS, Operation
from socle.support.doctrine.forms import data
from socle.support.doctrine.rules.applies import When
from socle.support.doctrine.rules.difference import Kind
from socle.support.doctrine.rules.search import Kind as Found
from socle.support.doctrine.rules.wording import Change

_PATH: Final = {
    "edition": Text("Année de l'édition, ou « current » pour celle en vigueur.", "Year of the edition, or “current”."),
    "chapter": Text("Identifiant du chapitre, par exemple ins.", "Identifier of the chapter, for instance ins."),
    "requirement": Text("Identifiant, par exemple INS-001.", "Identifier, for instance INS-001."),
}


def document(language: Language, server: str) -> dict[str, Any]:
    """The document, its sentences in `language`."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": Text("La doctrine en données ouvertes", "The doctrine as open data").to(language),
            "version": __version__,
            "description": Text(
                "Lecture seule, sans authentification. Un paramètre inconnu est refusé (400). Réponses avec ETag.",
                "Read-only, no authentication. An unknown parameter is refused (400). Answers carry an ETag.",
            ).to(language),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server or "/"}],
        "paths": {operation.path: {"get": _operation(operation, language)} for operation in OPERATIONS},
        "components": {
            "schemas": _schemas(),
            "responses": {
                "refused": {
                    "description": Text("Demande incomprise", "Request not understood").to(language),
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/operationOutcome"}}},
                },
                "absent": {
                    "description": Text("Il n'y a rien à cette adresse", "There is nothing here").to(language),
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/operationOutcome"}}},
                },
            },
        },
    }


def index() -> dict[str, Any]:
    """What one finds at the root of the API."""
    return {
        "openapi": f"{BASE}/openapi.json",
        "schema": f"{BASE}/edition.schema.json",
        "operations": {operation.id: operation.path for operation in OPERATIONS},
    }


def _operation(operation: Operation, language: Language) -> dict[str, Any]:
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PATH[name].to(language),
            "schema": {"type": "string"},
        }
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    return {
        "operationId": operation.id,
        "summary": operation.summary.to(language),
        "parameters": [*in_path, *(_parameter(one, language) for one in operation.parameters)],
        "responses": {
            "200": {
                "description": operation.summary.to(language),
                "headers": {"ETag": {"schema": {"type": "string"}}, "Cache-Control": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": operation.answer}},
            },
            "304": {"description": "Not Modified"},
            "400": {"$ref": "#/components/responses/refused"},
            **({"404": {"$ref": "#/components/responses/absent"}} if in_path or operation.id == "diff" else {}),
        },
    }


def _parameter(one: Parameter, language: Language) -> dict[str, Any]:
    schema = {"type": "array", "items": one.schema} if one.many else one.schema
    return {
        "name": one.name,
        "in": "query",
        "required": one.required,
        "description": one.text.to(language),
        "schema": schema,
        **({"style": "form", "explode": True} if one.many else {}),
    }


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": dict(properties)}


def _schemas() -> dict[str, Any]:
    """The definitions of the edition's schema, and what only the API answers."""
    defs: dict[str, Any] = orjson.loads(data.schema().replace(b"#/$defs/", b"#/components/schemas/"))["$defs"]
    string, boolean, number = {"type": "string"}, {"type": "boolean"}, {"type": "integer"}
    chapter = defs["chapter"]
    concern = {
        "when": {"enum": [one.value for one in When]},
        "reason": _object({"fr": string, "en": string}),
    }
    head = {
        name: schema for name, schema in defs["edition"]["properties"].items() if name not in ("synthesis", "thanks")
    }
    words = _object({"change": {"enum": [one.value for one in Change]}, "text": string})
    return {
        **defs,
        "editionCard": _object(
            {
                **head,
                "counts": _object({"chapters": number, "requirements": number, "milestones": number}),
                "links": {"type": "object", "additionalProperties": string},
            }
        ),
        "chapterCard": _object({name: one for name, one in chapter["properties"].items() if name != "sections"}),
        "concernedRequirement": _object({**defs["requirement"]["properties"], **concern}),
        "concernedMilestone": _object({**defs["milestone"]["properties"], **concern}),
        "difference": _object(
            {
                "from": string,
                "to": string,
                "kept": number,
                **{
                    name: {
                        "type": "array",
                        "items": _object(
                            {
                                "id": string,
                                "kinds": {"type": "array", "items": {"enum": [one.value for one in Kind]}},
                                "days": {"type": ["integer", "null"]},
                                "wording": {"type": "array", "items": words},
                                "before": {"type": ["object", "null"]},
                                "after": {"type": ["object", "null"]},
                            }
                        ),
                    }
                    for name in ("chapters", "requirements", "milestones")
                },
            }
        ),
        "hit": _object(
            {
                "kind": {"enum": [one.value for one in Found]},
                "id": string,
                "chapter": {"type": ["string", "null"]},
                "title": string,
                "passage": {"type": "array", "items": _object({"text": string, "found": boolean})},
                "score": {"type": "number"},
                "page": string,
            }
        ),
        "operationOutcome": _object({"resourceType": {"const": "OperationOutcome"}, "issue": {"type": "array"}}),
    }
