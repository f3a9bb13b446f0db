"""Arguments of an operation: in the URL or in a Parameters resource, which is the same thing."""

from typing import Any

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.endpoint import Call
from socle.kernel.store import Json


def argument(call: Call, name: str) -> str:
    """The value of `name`, "" when it is not given."""
    given = call.parameters.get(name)
    if given:
        return given[0]
    for parameter in _parameters(call):
        if parameter.get("name") == name:
            return _text(next((value for key, value in parameter.items() if key.startswith("value")), ""))
    return ""


def required(call: Call, name: str, fr: str, en: str) -> str:
    """The value of `name`. Raises: Problem(INVALID) saying what it is for when it is not given."""
    value = argument(call, name)
    if not value:
        raise Problem.of(
            Kind.INVALID,
            f"Il manque le paramètre « {name} » : {fr}.",
            f"The parameter “{name}” is missing: {en}.",
            expression=f"Parameters.parameter.where(name = '{name}')",
            rule="Paramètres de l'opération",
        )
    return value


def version(call: Call) -> int | None:
    """The version that the caller saw, None when it says nothing. Raises: Problem(INVALID) when it is no number."""
    text = argument(call, "version")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Problem.of(
            Kind.INVALID,
            "« version » est le numéro de version de l'identité que vous avez lue (meta.versionId).",
            "“version” is the version number of the identity that you read (meta.versionId).",
            rule="Paramètres de l'opération",
        )
    return int(text)


def resource(call: Call, resource_type: str) -> Json:
    """The resource posted: the body itself, or the parameter “resource” of a Parameters.

    Raises: Problem(INVALID) when there is none of this type.
    """
    body = call.body or {}
    if body.get("resourceType") == resource_type:
        return body
    for parameter in _parameters(call):
        found = parameter.get("resource", {})
        if found.get("resourceType") == resource_type:
            return dict(found)
    raise Problem.of(
        Kind.INVALID,
        f"Envoyez un {resource_type}, seul ou dans le paramètre « resource » d'un Parameters.",
        f"Send a {resource_type}, alone or in the parameter “resource” of a Parameters.",
        rule="Paramètres de l'opération",
    )


def answer(**values: Any) -> Json:
    """A Parameters resource: strings, booleans, integers, resources; None is left out, lists repeat."""
    parameters = [
        {"name": name.rstrip("_").replace("_", "-"), **_value(each)}
        for name, value in values.items()
        for each in (value if isinstance(value, list) else [value])
        if each is not None
    ]
    return {"resourceType": "Parameters", "parameter": parameters}


def _value(value: Any) -> Json:
    match value:
        case bool():
            return {"valueBoolean": value}
        case int():
            return {"valueInteger": value}
        case {"resourceType": _}:
            return {"resource": value}
        case {"part": _}:
            return dict(value)
        case _:
            return {"valueString": str(value)}


def _parameters(call: Call) -> list[Json]:
    body = call.body or {}
    return list(body.get("parameter", ())) if body.get("resourceType") == "Parameters" else []


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):  # Coding, CodeableConcept
        coding = value.get("coding") or [value]
        return str(coding[0].get("code", ""))
    return str(value)
