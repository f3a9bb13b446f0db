"""A house with packages: profiles small enough to be read whole, and the pages of that house in a browser."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

from tests.clock import Clock
from tests.conftest import _administer, _of
from tests.foundations.interoperability.houses import START, TRACE, Sandbox, opened_sandbox
from tests.kernel.fhir.packages.making import package, resource

from socle.foundations.interoperability.actions import install_packages
from socle.kernel.policy import Actor, Means
from socle.kernel.store.embedded import EmbeddedPostgres

OPERATOR = Actor("op", "Exploitant", frozenset({"operator"}), Means.API_KEY)
BASE = "http://hl7.org/fhir/StructureDefinition/"
PROFILE = "https://exemple.fr/StructureDefinition/patient-suivi"
CHILD = "https://exemple.fr/StructureDefinition/patient-suivi-ville"
EXTENSION = "https://exemple.fr/StructureDefinition/surnom"
ORPHAN = "https://exemple.fr/StructureDefinition/sans-parent"
VALUE_SET = "https://exemple.fr/ValueSet/situations"
_numbers = count(1)


def structure(url: str, base: str, elements: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A StructureDefinition that constrains another."""
    facts = {"kind": "resource", "type": "Patient", "abstract": False, "version": "1.0.0", "name": "N"}
    return resource(
        "StructureDefinition",
        url,
        baseDefinition=base,
        derivation="constraint",
        differential={"element": list(elements)},
        **{**facts, **more},
    )


STRUCTURES = [
    structure(
        PROFILE,
        BASE + "Patient",
        [
            {"id": "Patient", "path": "Patient", "constraint": [{
                "key": "suivi-1", "severity": "error", "human": "Un nom ou un identifiant.",
                "expression": "name.exists() or identifier.exists()", "source": PROFILE}]},
            {"id": "Patient.identifier", "path": "Patient.identifier", "min": 1, "slicing": {
                "discriminator": [{"type": "value", "path": "system"}], "rules": "open"}},
            {"id": "Patient.identifier:ins", "path": "Patient.identifier", "sliceName": "ins", "min": 0, "max": "1",
             "mustSupport": True},
            {"id": "Patient.identifier:ins.system", "path": "Patient.identifier.system", "min": 1,
             "patternUri": "urn:oid:1.2.250.1.213.1.4.10"},
            {"id": "Patient.maritalStatus", "path": "Patient.maritalStatus",
             "binding": {"strength": "required", "valueSet": f"{VALUE_SET}|1.0.0"}},
            {"id": "Patient.photo", "path": "Patient.photo", "max": "0"},
        ],
        title="Patient suivi à l'hôpital",
    ),
    structure(CHILD, PROFILE, [{"id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1}],
              title="Patient suivi en ville"),
    structure(
        EXTENSION,
        BASE + "Extension",
        [{"id": "Extension", "path": "Extension", "max": "1"},
         {"id": "Extension.url", "path": "Extension.url", "fixedUri": EXTENSION},
         {"id": "Extension.value[x]", "path": "Extension.value[x]", "min": 1, "type": [{"code": "string"}]}],
        kind="complex-type",
        type="Extension",
        title="Surnom",
        context=[{"type": "element", "expression": "Patient.name"}],
    ),
    structure(ORPHAN, "https://ailleurs.fr/absent", [{"id": "Patient.name", "path": "Patient.name", "min": 1}],
              title="Sans parent"),
]  # fmt: skip


def shelf(folder: Path) -> Path:
    """The package of these structures."""
    return package(
        folder,
        "exemple.fhir.suivi",
        resources=STRUCTURES,
        dependencies={"hl7.fhir.r4.core": "4.0.1", "exemple.absent": "2.0.0"},
        canonical="https://exemple.fr",
        title="Suivi d'exemple",
    )


async def stocked(sandbox: Sandbox, folder: Path) -> Sandbox:
    """The house with that package installed."""
    await install_packages(sandbox.opened.database, [shelf(folder)], allow_missing=True, by=OPERATOR, trace=TRACE)
    return sandbox


class Served:
    """A whole house with that package, opened in the loop that serves it. `keys` are there once it serves."""

    def __init__(self, postgres: EmbeddedPostgres, template: str, folder: Path) -> None:
        self._server, self._template, self._folder = postgres.dsn, template, folder
        self._app: Any = None
        self.keys: dict[str, str] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        async with AsyncExitStack() as stack:
            await receive()
            name = f"shelves_{next(_numbers)}"
            await _administer(self._server, f"CREATE DATABASE {name} TEMPLATE {self._template}")
            house = opened_sandbox(_of(self._server, name), self._folder, Clock(START), demo=True)
            opened = await stack.enter_async_context(house)
            await stocked(opened, self._folder)
            self._app, self.keys = opened.app, opened.keys
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


__all__ = ["START", "STRUCTURES", "Served", "shelf", "stocked", "structure"]
