"""The OpenAPI files of the guides (Annuaire, MSSanté): each operation is there, with each of its parameters and bodies.

The files stand beside the project; `python -m scripts.openapi` tries the same ones at random on a running house.
"""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import httpx
import pytest
from tests.kernel.fhir.packages.making import needs_official
from tests.shared import SHARED

FILES = {"AsServerDPCapabilityStatement": 11, "AsMssServerCapabilityStatement": 4}
VALUES = {
    "_format": "application/fhir+json",
    "_pretty": "true",
    "_summary": "true",
    "_elements": "id",
    "_lastUpdated": "gt2026-01-01",
    "active": "true",
}
PATCHES: dict[str, Any] = {
    "application/fhir+json": {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "delete"},
                    {"name": "path", "valueString": "{type}.telecom.where(value = 'nobody')"},
                ],
            }
        ],
    },
    "application/json-patch+json": [{"op": "test", "path": "/resourceType", "value": "{type}"}],
}


def operations(file: str) -> Iterator[tuple[str, str, list[str], list[str]]]:
    """(method, path, names of the query's parameters, media types of the body) of every operation."""
    document = json.loads((SHARED / "openapi" / f"{file}.openapi.json").read_text("utf-8-sig"))
    known = document["components"]["parameters"]
    for path, item in document["paths"].items():
        for method in ("get", "patch", "post", "put", "delete"):
            if method in item:
                given = [
                    known[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
                    for one in item[method].get("parameters", [])
                ]
                bodies = item[method].get("requestBody", {}).get("content", {})
                yield method, path, [one["name"] for one in given if one["in"] == "query"], list(bodies)


async def one_of(api: httpx.AsyncClient, kind: str) -> str:
    """The id of a resource that is there; "none" when there is none."""
    found = (await api.get(f"/{kind}?_count=1")).json().get("entry", [])
    return found[0]["resource"]["id"] if found else "none"


@needs_official
@pytest.mark.parametrize(("file", "count"), FILES.items())
async def test_each_operation_is_there_with_each_of_its_parameters(
    api: httpx.AsyncClient, file: str, count: int
) -> None:
    asked = list(operations(file))
    assert len(asked) == count
    for method, path, names, bodies in asked:
        kind = path.split("/")[1]
        url = path.replace("{rid}", await one_of(api, kind)) if "{rid}" in path else path
        for name, media in product(names, bodies or [""]):
            more: dict[str, Any] = {}
            if media:
                said = json.dumps(PATCHES[media]).replace("{type}", kind)
                more = {"content": said, "headers": {"Content-Type": media}}
            answer = await api.request(method, url, params={name: VALUES.get(name, "x")}, **more)
            expected = 404 if url.endswith("/none") else 200
            assert answer.status_code == expected, (method, path, name, media, answer.text)
            assert answer.headers["content-type"].startswith("application/fhir+json")
