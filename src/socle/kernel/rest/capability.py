"""The CapabilityStatement, generated from what is declared: it cannot promise what the pipeline does not obey.

Source: FHIR R4 capabilitystatement.html.
"""

from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

from socle.kernel.fhir.media import JSON, XML
from socle.kernel.rest.endpoint import Endpoint, Interaction, Operation
from socle.kernel.rest.negotiate import JSON_PATCH, XML_PATCH
from socle.kernel.search.parameter import Parameter
from socle.kernel.search.repository import Repository
from socle.kernel.search.sight import INTERNAL
from socle.kernel.store import Json

OF_TYPES: tuple[Interaction, ...] = (
    "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type",
)  # fmt: skip
OF_SYSTEM: tuple[Interaction, ...] = ("transaction", "batch", "search-system", "history-system")
_IMPORT = "https://socle-sante.example/fhir/OperationDefinition/import"  # R4 has none: ours
_IMPORTED = (
    "POST du NDJSON, une ressource par ligne, avec « Prefer: respond-async » ; une opération de Socle. / "
    "POST NDJSON, one resource a line, with “Prefer: respond-async”; an operation of Socle's own."
)
_WEBSOCKET = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-websocket"
_COMMON = ("_id", "_lastUpdated", "_tag", "_profile", "_security", "_source")


def capability_statement(endpoint: Endpoint, repository: Repository, base: str, at: datetime) -> Json:
    """What this server can do, for `GET [base]/metadata`."""
    rest: dict[str, Any] = {
        **_websocket(endpoint, base),
        "mode": "server",
        "security": _security(endpoint),
        "resource": _resources(endpoint, repository),
    }
    whole = [{"code": name} for name in OF_SYSTEM if endpoint.offers(name)]
    if whole:  # an empty list is no FHIR
        rest["interaction"] = whole
    if endpoint.offers("search-system"):
        rest["searchParam"] = [_common(name) for name in _COMMON]
    system = [_operation(one) for one in endpoint.operations if one.level == "system"]
    if endpoint.imports is not None:
        system.append({"name": "import", "definition": _IMPORT, "documentation": _IMPORTED})
    if system:
        rest["operation"] = system
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{base}/metadata",
        "name": _name(endpoint.register.name),
        "title": endpoint.title.fr,
        "status": "active",
        "date": at.isoformat(timespec="seconds"),
        "description": f"{endpoint.title.fr} / {endpoint.title.en}",
        "kind": "instance",
        "software": {"name": "Socle", "version": version("socle")},
        "implementation": {"description": endpoint.title.fr, "url": base},
        "fhirVersion": repository.definitions.version,
        "format": ["application/fhir+json", "json", "application/fhir+xml", "xml"],
        "patchFormat": [JSON_PATCH, XML_PATCH, JSON, XML],
        "rest": [rest],
    }


def terminology_capabilities(endpoint: Endpoint, repository: Repository, base: str, at: datetime) -> Json:
    """TerminologyCapabilities, for `mode=terminology`: who answers; what terminologies it serves is `Endpoint.terminology`."""
    return {
        "resourceType": "TerminologyCapabilities",
        "url": f"{base}/metadata?mode=terminology",
        "name": _name(endpoint.register.name),
        "status": "active",
        "date": at.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "Socle", "version": version("socle")},
        "implementation": {"description": endpoint.title.fr, "url": base},
    }


def _websocket(endpoint: Endpoint, base: str) -> Json:
    """Where subscriptions are bound, which nothing else tells a client of R4. Source: FHIR R4 subscription.html#websocket."""
    if not endpoint.websocket:
        return {}
    address = f"{base.removesuffix(endpoint.base).replace('http', 'ws', 1)}{endpoint.websocket}"
    return {"extension": [{"url": _WEBSOCKET, "valueUri": address}]}


def _name(register: str) -> str:
    return "Socle" + "".join(part.capitalize() for part in register.split("_"))


def _security(endpoint: Endpoint) -> Json:
    public = (
        f" Types ouverts sans authentification ({endpoint.read_public.name}) : ceux qui ne concernent personne."
        if endpoint.read_public.public
        else ""
    )
    opened = (
        f" Open without authentication ({endpoint.read_public.name}): types that concern no person."
        if endpoint.read_public.public
        else ""
    )
    return {
        "cors": False,
        "description": (
            "Présentez une clé d'accès : « Authorization: Bearer … ». "
            f"Droits : {endpoint.read.name} pour lire, {endpoint.write.name} pour écrire.{public} "
            "Chaque accès aux données d'une personne laisse une trace.\n\n"
            "Present an access key: “Authorization: Bearer …”. "
            f"Permissions: {endpoint.read.name} to read, {endpoint.write.name} to write.{opened} "
            "Each access to a person's data leaves a trace."
        ),
    }


def _resources(endpoint: Endpoint, repository: Repository) -> list[Json]:
    parameters = {of: repository.indexer.parameters.of(of) for of in endpoint.register.types}
    reverse: dict[str, list[str]] = {of: [] for of in parameters}
    for source, names in parameters.items():
        for one in names.values():
            for target in one.targets if one.type == "reference" else ():
                if target in reverse:
                    reverse[target].append(f"{source}:{one.name}")
    return [_resource(endpoint, of, parameters[of], sorted(reverse[of])) for of in sorted(parameters)]


def _resource(endpoint: Endpoint, of: str, parameters: Mapping[str, Parameter], reverse: list[str]) -> Json:
    offers = {name for name in OF_TYPES if endpoint.offers(name, of)}
    resource: dict[str, Any] = {"type": of}
    if endpoint.extensions.get(of):
        resource = {"extension": list(endpoint.extensions[of]), "type": of}
    if endpoint.profiles.get(of):
        resource["supportedProfile"] = list(endpoint.profiles[of])
    if offers:  # none: what only comes with others (`_include`)
        resource["interaction"] = [{"code": name} for name in OF_TYPES if name in offers]
    resource["versioning"] = "versioned"
    resource["readHistory"] = "vread" in offers
    resource["updateCreate"] = "update" in offers
    resource["conditionalCreate"] = "create" in offers
    resource["conditionalRead"] = "full-support" if "read" in offers else "not-supported"
    resource["conditionalUpdate"] = "update" in offers
    resource["conditionalDelete"] = "single" if "delete" in offers else "not-supported"
    resource["referencePolicy"] = ["literal", "logical"]
    if "search-type" in offers:
        # A parameter that a register declares special itself is one that its sight answers, as another (`Sight.rewritten`).
        rewritten = {name for name, one in endpoint.register.parameters.get(of, {}).items() if one.type == "special"}
        searched = [
            one
            for _, one in sorted(parameters.items())
            if (one.type != "special" or one.name in rewritten) and not one.building and INTERNAL not in one.name
        ]
        includes = [f"{of}:{one.name}" for one in searched if one.type == "reference"]
        if includes:
            resource["searchInclude"] = includes
        if reverse:
            resource["searchRevInclude"] = reverse
        resource["searchParam"] = [_parameter(one) for one in searched]
    operations = [
        _operation(one) for one in endpoint.operations if one.level != "system" and (not one.types or of in one.types)
    ]
    if operations:
        resource["operation"] = operations
    return resource


def _parameter(one: Parameter) -> Json:
    if not one.expression:
        return _common(one.name)
    kind = {"near": "special", "phonetic": "string"}.get(one.type, one.type)
    return {"name": one.name, "type": kind, "documentation": f"FHIRPath: {one.expression}"}


def _common(name: str) -> Json:
    kinds = {"_lastUpdated": "date", "_profile": "uri", "_source": "uri"}
    elements = {
        "_id": "Resource.id",
        "_lastUpdated": "Resource.meta.lastUpdated",
        "_tag": "Resource.meta.tag",
        "_profile": "Resource.meta.profile",
        "_security": "Resource.meta.security",
        "_source": "Resource.meta.source",
    }
    return {"name": name, "type": kinds.get(name, "token"), "documentation": f"FHIRPath: {elements.get(name, name)}"}


def _operation(one: Operation) -> Json:
    definition = one.definition or f"https://socle-sante.example/fhir/OperationDefinition/{one.name}"
    return {"name": one.name, "definition": definition, "documentation": f"{one.text.fr} / {one.text.en}"}
