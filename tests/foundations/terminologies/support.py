"""Hands for the tests of terminologies: a service asked over FHIR, an animal code system, a person who may write."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from socle.foundations.terminologies.actions import Terminologies
from socle.foundations.terminologies.model import Concept, Head, Loaded
from socle.kernel.audit import Trace
from socle.kernel.policy import ANONYMOUS, Actor, Means
from socle.kernel.search.repository import Repository

Json = dict[str, Any]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
URL = "http://test/terminologies/fhir"
LIBRARIAN = Actor("terms-1", "Terminologue", frozenset({"terminologist"}), Means.API_KEY)
ANIMALS = "http://example.org/animals"


def trace() -> Trace:
    """The circumstances of a test."""
    return Trace(LIBRARIAN.id, LIBRARIAN.name, "terminologist", "", "api-key", "", NOW, "terminologies", "test")


class Keys:
    """`Bearer librarian`."""

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        return LIBRARIAN if headers.get("authorization") == "Bearer librarian" else ANONYMOUS


def animals(version: str = "1.0", **changes: Any) -> Json:
    """Animals: a hierarchy, names in two languages, properties, an inactive code, a code that only groups."""
    return {
        "resourceType": "CodeSystem",
        "url": ANIMALS,
        "version": version,
        "name": "Animals",
        "status": "active",
        "content": "complete",
        "caseSensitive": True,
        "language": "en",
        "hierarchyMeaning": "is-a",
        "valueSet": f"{ANIMALS}/all",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3.4"}],
        "property": [
            {"code": "legs", "type": "integer"},
            {"code": "notSelectable", "type": "boolean", "uri": "http://hl7.org/fhir/concept-properties#notSelectable"},
            {"code": "status", "type": "code", "uri": "http://hl7.org/fhir/concept-properties#status"},
            {"code": "food", "type": "string"},
        ],
        "concept": [
            {
                "code": "animal",
                "display": "Animal",
                "property": [{"code": "notSelectable", "valueBoolean": True}],
                "concept": [
                    {
                        "code": "mammal",
                        "display": "Mammal",
                        "definition": "Gives milk.",
                        "concept": [
                            _concept("cat", "Cat", "Chat", 4, "fish"),
                            _concept("dog", "Dog", "Chien", 4, "meat"),
                            {
                                "code": "mammoth",
                                "display": "Mammoth",
                                "property": [{"code": "status", "valueCode": "retired"}],
                            },
                        ],
                    },
                    {
                        "code": "bird",
                        "display": "Bird",
                        "concept": [_concept("hen", "Hen", "Poule élevée", 2, "grain")],
                    },
                ],
            }
        ],
    } | changes


def _concept(code: str, display: str, french: str, legs: int, food: str) -> Json:
    return {
        "code": code,
        "display": display,
        "designation": [{"language": "fr", "value": french}],
        "property": [{"code": "legs", "valueInteger": legs}, {"code": "food", "valueString": food}],
    }


def value_set(url: str, *include: Json, exclude: Sequence[Json] = (), **more: Any) -> Json:
    """A value set of these parts."""
    compose: Json = {"include": list(include)}
    if exclude:
        compose["exclude"] = list(exclude)
    return {"resourceType": "ValueSet", "url": url, "status": "active", "compose": compose | more}


def of_animals(*filters: tuple[str, str, str], codes: Sequence[str] = (), **more: Any) -> Json:
    """A part that takes animals."""
    part: Json = {"system": ANIMALS} | more
    if filters:
        part["filter"] = [{"property": p, "op": op, "value": value} for p, op, value in filters]
    if codes:
        part["concept"] = [{"code": code} for code in codes]
    return part


def chain(size: int, url: str = "http://example.org/chain") -> Loaded:
    """What a loader would give: codes 0 to size - 1, each below the tenth of its number."""
    concepts = (Concept(str(n), f"Concept {n}", parents=(str(n // 10),) if n >= 10 else ()) for n in range(size))
    head = Head(url, "1", {"resourceType": "CodeSystem", "status": "active", "content": "complete"}, ("1.9.9",))
    return Loaded(head, concepts, size)


class Service:
    """The terminology service under test."""

    def __init__(self, http: httpx.AsyncClient, terminologies: Terminologies, register: Repository) -> None:
        self.http = http
        self.terminologies = terminologies
        self.register = register

    @property
    def who(self) -> Json:
        """`by` and `trace` of somebody who may load."""
        return {"by": LIBRARIAN, "trace": trace()}

    async def put(self, resource: Json) -> Json:
        """Create a resource, which must be accepted."""
        response = await self.http.post(f"/{resource['resourceType']}", json=resource)
        assert response.status_code == 201, response.text
        found: Json = response.json()
        return found

    async def ask(self, operation: str, body: Json | None = None, **parameters: Any) -> Json:
        """What an operation answers, which must be 200: "CodeSystem/$lookup"."""
        response = await self.call(operation, body, **parameters)
        assert response.status_code == 200, response.text
        found: Json = response.json()
        return found

    async def call(self, operation: str, body: Json | None = None, **parameters: Any) -> httpx.Response:
        """The response of an operation; `_` in names of parameters stands for `-`."""
        query = {name.replace("_", "-"): value for name, value in parameters.items()}
        if body is not None:
            return await self.http.post(f"/{operation}", json=body, params=query)
        return await self.http.get(f"/{operation}", params=query)

    async def refusal(self, operation: str, body: Json | None = None, **parameters: Any) -> tuple[int, str]:
        """(status, first sentence) of an operation that must be refused."""
        response = await self.call(operation, body, **parameters)
        assert response.status_code >= 400, response.text
        return response.status_code, response.json()["issue"][0]["diagnostics"]


def value(parameters: Json, name: str) -> Any:
    """The value of a parameter of an answer, None when it is not there."""
    for parameter in parameters["parameter"]:
        if parameter["name"] == name:
            return next((v for key, v in parameter.items() if key.startswith("value")), parameter.get("resource"))
    return None


def codes(expanded: Json) -> list[str]:
    """The codes of an expansion, in order."""
    return [one["code"] for one in expanded["expansion"].get("contains", [])]


def parameters(**values: Any) -> Json:
    """A Parameters resource: strings, booleans, codings, concepts, resources; `_` stands for `-`, lists repeat."""
    out = [
        {"name": name.replace("_", "-"), **_typed(one)}
        for name, said in values.items()
        for one in (said if isinstance(said, list) else [said])
    ]
    return {"resourceType": "Parameters", "parameter": out}


def _typed(one: Any) -> Json:
    match one:
        case bool():
            return {"valueBoolean": one}
        case int():
            return {"valueInteger": one}
        case {"resourceType": _}:
            return {"resource": one}
        case {"coding": _}:
            return {"valueCodeableConcept": one}
        case {"code": _}:
            return {"valueCoding": one}
        case {"part": _}:
            return dict(one)
    return {"valueString": one}
