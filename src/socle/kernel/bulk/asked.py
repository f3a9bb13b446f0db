"""What an export is asked for. Source: FHIR Bulk Data Access IG 2.0.0, export.html#query-parameters."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

from socle.kernel.fhir.temporal import interval
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.parameter import Context
from socle.kernel.search.repository import Repository
from socle.kernel.store import Json
from socle.kernel.zone import ZONE

Level = Literal["system", "patient", "group"]
PARAMETERS: Final = ("_outputFormat", "_since", "_type", "_typeFilter", "_elements", "patient")
NDJSON: Final = ("application/fhir+ndjson", "application/ndjson", "ndjson")
MOST_FILTERS: Final = 50
MOST_PATIENTS: Final = 10_000
_RULE: Final = "FHIR Bulk Data Access 2.0.0 export.html#query-parameters"
_ELEMENT: Final = re.compile(r"(?:([A-Z][A-Za-z]+)\.)?([a-z][A-Za-z]*)", re.ASCII)
_PATIENT: Final = re.compile(r"Patient/([A-Za-z0-9\-.]{1,64})", re.ASCII)
_SHAPING: Final = frozenset({"_sort", "_count", "_include", "_revinclude", "_summary", "_elements", "_total", "_type"})


@dataclass(frozen=True, slots=True)
class Export:
    """An export, understood.

    group     id of the Group whose members are wanted, "" at the other levels
    types     resource types wanted; () for all that the level gives
    since     only what changed after that moment, ISO 8601, "" for everything
    filters   (type, query) of each `_typeFilter`: a resource is wanted when one of its type's holds
    elements  (type or "", element) of `_elements`
    patients  ids of the patients wanted, () for all
    """

    level: Level
    group: str = ""
    types: tuple[str, ...] = ()
    since: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    elements: tuple[tuple[str, str], ...] = ()
    patients: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Export":
        """As it was kept."""
        pairs = {name: tuple(tuple(pair) for pair in kept[name]) for name in ("filters", "elements")}
        return cls(**{**kept, **pairs, "types": tuple(kept["types"]), "patients": tuple(kept["patients"])})

    def elements_of(self, resource_type: str) -> tuple[str, ...]:
        """The elements wanted of a type; () for all."""
        return tuple(name for of, name in self.elements if of in ("", resource_type))


def understood(
    level: Level,
    group: str,
    given: Mapping[str, Sequence[str]],
    body: Json | None,
    repository: Repository,
    now: datetime,
) -> Export:
    """The export that a kick-off asks for, by the URL's parameters or a Parameters resource.

    Raises: Problem(INVALID) naming the parameter.
    """
    values = _together(given, body)
    output = values.pop("_outputFormat", [])
    if any(one not in NDJSON for one in output):
        raise _wrong(
            "_outputFormat",
            f"les fichiers sont en NDJSON seulement ({NDJSON[0]})",
            f"files are NDJSON only ({NDJSON[0]})",
        )
    types = tuple(dict.fromkeys(_list(values.pop("_type", []))))
    for name in types:
        _check_type(name, "_type", repository)
    if level != "system":
        for name in types:
            if name != "Patient" and not repository.definitions.patient_compartment(name):
                raise _wrong(
                    "_type",
                    f"« {name} » n'est pas au compartiment d'un patient : demandez-le par un export du système",
                    f"“{name}” is not in a patient's compartment: ask for it by an export of the system",
                )
    since = values.pop("_since", [])
    filters = tuple(_filter(text, types, repository, now) for text in _list_of_queries(values.pop("_typeFilter", [])))
    if len(filters) > MOST_FILTERS:
        raise _wrong("_typeFilter", f"au plus {MOST_FILTERS} filtres", f"at most {MOST_FILTERS} filters")
    elements = tuple(_element(text, repository) for text in _list(values.pop("_elements", [])))
    patients = tuple(dict.fromkeys(_patient(text) for text in _list(values.pop("patient", []))))
    if patients and level == "system":
        raise _wrong(
            "patient",
            "il ne vaut que pour les patients et les groupes (Patient/$export, Group/[id]/$export)",
            "it is only for patients and groups (Patient/$export, Group/[id]/$export)",
        )
    if len(patients) > MOST_PATIENTS:
        raise _wrong("patient", f"au plus {MOST_PATIENTS} patients", f"at most {MOST_PATIENTS} patients")
    if "includeAssociatedData" in values:
        raise _wrong(
            "includeAssociatedData",
            "ce serveur n'y ajoute rien d'autre ; demandez les types voulus par _type",
            "this server adds nothing else; ask for the types you want by _type",
        )
    if values:
        name = next(iter(values))
        known = ", ".join(PARAMETERS)
        raise _wrong(name, f"inconnu ; paramètres possibles : {known}", f"unknown; possible parameters: {known}")
    return Export(level, group, types, _moment(since), filters, elements, patients)


def _together(given: Mapping[str, Sequence[str]], body: Json | None) -> dict[str, list[str]]:
    values = {name: list(some) for name, some in given.items()}
    if body is None:
        return values
    if body.get("resourceType") != "Parameters":
        raise Problem.of(
            Kind.INVALID,
            "Le corps d'un $export est une ressource Parameters, ou vide.",
            "The body of an $export is a Parameters resource, or empty.",
            rule=_RULE,
        )
    for rank, part in enumerate(body.get("parameter", ())):
        name = part.get("name", "")
        if not name:  # R4 lets extensions stand for it, which is of no use here
            raise Problem.of(
                Kind.INVALID,
                "Chaque paramètre a un nom (name).",
                "Each parameter has a name.",
                expression=f"Parameters.parameter[{rank}].name",
                rule=_RULE,
            )
        said = next((value for key, value in part.items() if key.startswith("value")), None)
        if isinstance(said, dict):
            said = said.get("reference", "")
        if not isinstance(said, str):
            raise _wrong(name, "donnez-lui une valeur (valueString …)", "give it a value (valueString …)")
        values.setdefault(name, []).append(said)
    return values


def _list(values: Sequence[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _list_of_queries(values: Sequence[str]) -> list[str]:
    """Filters apart: a comma separates two when a type and "?" follow it (a comma may also be part of a query)."""
    return [part for value in values for part in re.split(r",(?=[A-Z][A-Za-z]+\?)", value) if part]


def _check_type(name: str, parameter: str, repository: Repository) -> None:
    if name not in repository.register.types:
        raise _wrong(
            parameter, f"ce registre ne contient pas de « {name[:60]} »", f"this register holds no “{name[:60]}”"
        )


def _moment(values: Sequence[str]) -> str:
    if not values:
        return ""
    if len(values) > 1:
        raise _wrong("_since", "une seule date", "one date only")
    try:
        text = values[0].replace(" ", "+")  # a "+" that nobody escaped
        return interval(text, ZONE)[0].isoformat()
    except Problem:
        raise _wrong(
            "_since", "attend un instant : 2026-11-22T10:00:00Z", "expects an instant: 2026-11-22T10:00:00Z"
        ) from None


def _filter(text: str, types: Sequence[str], repository: Repository, now: datetime) -> tuple[str, str]:
    name, mark, query = text.partition("?")
    _check_type(name, "_typeFilter", repository)
    if not mark or (types and name not in types):
        raise _wrong(
            "_typeFilter",
            f"« {text[:60]} » : écrivez Type?recherche, d'un type demandé par _type",
            f"“{text[:60]}”: write Type?search, of a type asked for by _type",
        )
    pairs = pairs_of(query)
    for parameter, _ in pairs:
        if parameter.partition(":")[0] in _SHAPING:
            raise _wrong(
                "_typeFilter",
                f"« {parameter} » ne choisit rien : n'y mettez que des critères",
                f"“{parameter}” chooses nothing: only put criteria there",
            )
    repository.parser.parse(pairs, name, Context(now, repository.bases))  # refused now rather than in the background
    return name, query


def pairs_of(query: str) -> list[tuple[str, str]]:
    """The (name, value) pairs of a query. Raises: Problem(INVALID) when it is no UTF-8."""
    try:
        return parse_qsl(query, keep_blank_values=True, encoding="utf-8", errors="strict")
    except ValueError:
        raise _wrong(
            "_typeFilter", "ce n'est pas de l'UTF-8 encodé en pourcents", "this is no percent-encoded UTF-8"
        ) from None


def _element(text: str, repository: Repository) -> tuple[str, str]:
    found = _ELEMENT.fullmatch(text)
    if found is None:
        raise _wrong("_elements", "attend des éléments : id, Patient.name", "expects elements: id, Patient.name")
    of, name = found[1] or "", found[2]
    if of:
        _check_type(of, "_elements", repository)
        elements = repository.definitions.elements(of)
        if name not in elements and name != "id" and f"{name}[x]" not in elements:
            raise _wrong("_elements", f"« {of} » n'a pas d'élément « {name} »", f"“{of}” has no element “{name}”")
    return of, name


def _patient(text: str) -> str:
    found = _PATIENT.fullmatch(text)
    if found is None:
        raise _wrong("patient", "attend des références : Patient/123", "expects references: Patient/123")
    return found[1]


def _wrong(name: str, fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.INVALID, f"« {name[:60]} » : {fr}.", f"“{name[:60]}”: {en}.", expression=f"http.{name[:60]}", rule=_RULE
    )
