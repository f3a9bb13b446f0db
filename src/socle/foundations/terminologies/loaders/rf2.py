"""SNOMED CT, release format 2: a snapshot, in its zip or its folder; an extension may lie beside the edition it extends.

Concepts, descriptions with their acceptability in each language reference set, relationships (inferred, or stated when
asked) with their role groups, concrete values, and membership of reference sets. The files are joined by concept on disk, so
memory does not grow with them. Source: SNOMED International, Release File Specifications; HL7, Using SNOMED CT with FHIR.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from socle.foundations.terminologies.loaders.item import Item, Options
from socle.foundations.terminologies.loaders.joining import Parts
from socle.foundations.terminologies.loaders.source import Place
from socle.foundations.terminologies.loaders.text import tab_rows
from socle.foundations.terminologies.loaders.watch import Watch
from socle.foundations.terminologies.model import Concept, Designation, Head, Json, Loaded, Property, PropertyType
from socle.kernel.outcome import Kind, Problem

URL: Final = "http://snomed.info/sct"
OID: Final = "2.16.840.1.113883.6.96"
IS_A: Final = "116680003"
FSN: Final = "900000000000003001"
SYNONYM: Final = "900000000000013009"
DEFINITION: Final = "900000000000550004"
INFERRED: Final = "900000000000011006"
STATED: Final = "900000000000010007"
PREFERRED: Final = "900000000000548007"
DEFINED: Final = "900000000000073002"
INTERNATIONAL: Final = "900000000000207008"
MEMBER_OF: Final = "memberOf"
PREFERRED_USE: Final = ("preferredForLanguage", "http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra")

_NAME: Final = r"(^|/)x?{}[^/]*Snapshot[^/]*\.txt$"
_CONCEPT: Final = ("id", "effectiveTime", "active", "moduleId", "definitionStatusId")
_DESCRIPTION: Final = ("id", "effectiveTime", "active", "moduleId", "conceptId", "languageCode", "typeId", "term")
_RELATIONSHIP: Final = (
    "id",
    "effectiveTime",
    "active",
    "moduleId",
    "sourceId",
    "destinationId",
    "relationshipGroup",
    "typeId",
    "characteristicTypeId",
)
_CONCRETE: Final = (*_RELATIONSHIP[:5], "value", *_RELATIONSHIP[6:])
_REFSET: Final = ("id", "effectiveTime", "active", "moduleId", "refsetId", "referencedComponentId")
_LANGUAGE: Final = (*_REFSET, "acceptabilityId")
_ASSOCIATION: Final = (*_REFSET, "targetComponentId")
# For the check digit of Verhoeff: multiplication in the dihedral group D5, and what each position does to a digit.
_D: Final = tuple(
    tuple(map(int, row))
    for row in (
        *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
        *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
    )
)
_P: Final = tuple(
    tuple(map(int, row))
    for row in [
        "0123456789",
        "1576283094",
        "5803796142",
        "8916043527",
        "9453126870",
        "4286573901",
        "2793806415",
        "7046913258",
    ]
)


def check_digit(digits: str) -> str:
    """The digit that ends an identifier of SNOMED CT whose others are `digits`. Source: Verhoeff; SNOMED CT SCTID."""
    check = 0
    for position, digit in enumerate(reversed(digits), 1):
        check = _D[check][_P[position % 8][int(digit)]]
    return str(_D[check].index(0))


def is_sctid(text: str) -> bool:
    """Is it an identifier of SNOMED CT: 6 to 18 digits, the last of which checks the others?"""
    if not (6 <= len(text) <= 18 and text.isascii() and text.isdigit()) or text[0] == "0":
        return False
    return check_digit(text[:-1]) == text[-1]


def load(place: Place, options: Options, watch: Watch) -> Iterator[Item]:
    """One version of SNOMED CT, its URI as version. Raises: Problem(INVALID) when the files of a snapshot are not there."""
    files = _files(place, options.stated)
    version = options.version or _version(place, files)
    parts = [*files.concepts, *files.descriptions, *files.languages, *files.relationships, *files.concrete]
    parts += [*files.memberships, *files.associations]
    octets = sum(place.size(name) for name in parts)
    watch.expect(octets)
    resource: Json = {
        "resourceType": "CodeSystem",
        "url": URL,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{OID}"}],
        "version": version,
        "name": "SNOMED_CT",
        "title": "SNOMED CT",
        "status": "active",
        "publisher": "SNOMED International",
        "copyright": "SNOMED International. L'usage de SNOMED CT demande une licence (affilié ou pays membre).",
        "caseSensitive": False,
        "hierarchyMeaning": "is-a",
        "compositional": True,
        "versionNeeded": False,
        "content": "complete",
        "property": [
            {"code": "inactive", "uri": "http://snomed.info/field/Concept.active", "type": "boolean"},
            {"code": "sufficientlyDefined", "uri": f"{URL}/id/{DEFINED}", "type": "boolean"},
            {"code": "moduleId", "uri": "http://snomed.info/field/Concept.moduleId", "type": "code"},
            {"code": "effectiveTime", "uri": "http://snomed.info/field/Concept.effectiveTime", "type": "dateTime"},
            {"code": MEMBER_OF, "type": "code", "description": "Reference sets of which the concept is a member"},
        ],
    }
    yield Loaded(
        Head(URL, version, resource, (OID,)), _concepts(place, files, octets, options, watch), told={"file": place.name}
    )


class _Files:
    """The files of a snapshot, by what they hold."""

    def __init__(self, place: Place, stated: bool) -> None:
        names = place.names()

        def find(stem: str) -> list[str]:
            wanted = re.compile(_NAME.format(stem), re.IGNORECASE)
            return [name for name in names if wanted.search(name)]

        self.concepts = find("sct2_Concept_")
        self.names = find("sct2_Description_")
        self.descriptions = self.names + find("sct2_TextDefinition_")
        self.languages = find("der2_cRefset_Language")
        self.inferred = find("sct2_Relationship_")
        self.stated = find("sct2_StatedRelationship_")
        self.concrete = find("sct2_RelationshipConcreteValues_")
        self.relationships = self.stated if stated else self.inferred
        self.memberships = find("der2_Refset_[A-Za-z]*Simple") or find("der2_Refset_")
        self.associations = find("der2_cRefset_Association")
        self.modules = find("der2_ssRefset_ModuleDependency")


def _files(place: Place, stated: bool) -> _Files:
    files = _Files(place, stated)
    relationships = "sct2_StatedRelationship" if stated else "sct2_Relationship"
    for there, stem in (
        (files.concepts, "sct2_Concept"),
        (files.names, "sct2_Description"),
        (files.relationships, relationships),  # without them nothing is under anything, and nobody would see it
    ):
        if not there:
            raise Problem.of(
                Kind.INVALID,
                f"{place.name} : aucun fichier {stem}_Snapshot….txt. Donnez une livraison RF2 avec son dossier Snapshot.",
                f"{place.name}: no file {stem}_Snapshot….txt. Give an RF2 release with its Snapshot folder.",
                rule="rf2-files",
            )
    return files


def _version(place: Place, files: _Files) -> str:
    """`http://snomed.info/sct/{module}/version/{date}`: the module on which no other depends, the latest date of the names."""
    dates = re.findall(r"_(\d{8})\.txt$", "\n".join(files.concepts), re.MULTILINE)
    depends: dict[str, set[str]] = {}
    for name in files.modules:
        for row in tab_rows(place, name, _REFSET, Watch(keep_going=True)):
            if row.values[2] == "1":
                depends.setdefault(row.values[3], set()).add(row.values[5])
    targets = {target for each in depends.values() for target in each}
    tops = sorted((module for module in depends if module not in targets), key=lambda each: (-len(depends[each]), each))
    return f"{URL}/{tops[0] if tops else INTERNATIONAL}" + (f"/version/{max(dates)}" if dates else "")


def _concepts(place: Place, files: _Files, octets: int, options: Options, watch: Watch) -> Iterator[Concept]:
    characteristic = STATED if options.stated else INFERRED
    with Parts(octets) as parts:
        _put_descriptions(place, files, octets, parts, watch)
        for name in files.concepts:
            for row in tab_rows(place, name, _CONCEPT, watch):
                id, time, active, module, status = row.values[:5]
                if not is_sctid(id):
                    watch.reject(
                        name,
                        row.line,
                        1,
                        "rf2-sctid",
                        f"« {id[:40]} » n'est pas un identifiant de SNOMED CT (6 à 18 chiffres, clé de Verhoeff).",
                        f"“{id[:40]}” is no SNOMED CT identifier (6 to 18 digits, Verhoeff check).",
                    )
                elif active not in ("0", "1"):
                    watch.reject(name, row.line, 3, "rf2-active", "active vaut 0 ou 1.", "active is 0 or 1.")
                else:
                    parts.put(id, "c", time, active, module, status)
        for name in files.relationships:
            for row in tab_rows(place, name, _RELATIONSHIP, watch):
                values = row.values
                if values[2] == "1" and values[8] == characteristic:
                    parts.put(values[4], "p" if values[7] == IS_A else "r", values[7], values[5], values[6])
        for name in files.concrete:
            for row in tab_rows(place, name, _CONCRETE, watch):
                values = row.values
                if values[2] == "1" and values[8] == characteristic:
                    parts.put(values[4], "v", values[7], values[5], values[6])
        for name in files.memberships:
            for row in tab_rows(place, name, _REFSET, watch):
                if row.values[2] == "1" and row.values[5][-3:-1] in ("00", "10"):
                    parts.put(row.values[5], "m", row.values[4])
        for name in files.associations:
            for row in tab_rows(place, name, _ASSOCIATION, watch):
                if row.values[2] == "1" and row.values[5][-3:-1] in ("00", "10"):
                    parts.put(row.values[5], "a", row.values[4], row.values[6])
        for id, rows in parts.groups():
            if "c" in rows:
                yield _concept(id, rows, options.language)


def _put_descriptions(place: Place, files: _Files, octets: int, parts: Parts, watch: Watch) -> None:
    """Active descriptions, by concept, with the reference sets in which they are preferred or acceptable."""
    size = sum(place.size(name) for name in (*files.descriptions, *files.languages))
    with Parts(size) as joined:
        for name in files.descriptions:
            for row in tab_rows(place, name, _DESCRIPTION, watch):
                values = row.values
                if values[2] != "1":
                    continue
                if not values[7].strip():
                    watch.reject(
                        name, row.line, 8, "rf2-term", "une description n'a pas de terme.", "a description has no term."
                    )
                    continue
                joined.put(values[0], "d", values[4], values[5], values[6], values[7])
        for name in files.languages:
            for row in tab_rows(place, name, _LANGUAGE, watch):
                if row.values[2] == "1":
                    joined.put(row.values[5], "l", row.values[4], row.values[6])
        for _, rows in joined.groups():
            accepted = rows.get("l", [])
            preferred = [refset for refset, acceptability in accepted if acceptability == PREFERRED]
            for concept, language, kind, term in rows.get("d", ()):
                parts.put(concept, "d", language, kind, term, preferred, bool(accepted))


def _concept(id: str, rows: dict[str, list[list[Any]]], language: str) -> Concept:
    time, active, module, status = max(rows["c"])
    names = sorted(rows.get("d", ()), key=lambda name: (name[0], name[1] != FSN, not name[3], name[2]))
    properties = [
        Property("moduleId", module, "code"),
        Property("effectiveTime", f"{time[:4]}-{time[4:6]}-{time[6:]}", "dateTime"),
        Property("sufficientlyDefined", "true" if status == DEFINED else "false", "boolean"),
    ]
    properties += [
        Property(kind, target, "code", int(group) if group.isdigit() else 0)
        for kind, target, group in rows.get("r", ())
    ]
    properties += [_concrete(*values) for values in rows.get("v", ())]
    properties += [Property(refset, target, "code") for refset, target in rows.get("a", ())]
    properties += [Property(MEMBER_OF, refset, "code") for refset in dict.fromkeys(row[0] for row in rows.get("m", ()))]
    return Concept(
        code=id,
        display=_display(names, language),
        definition=next((term for _, kind, term, _, _ in names if kind == DEFINITION), ""),
        parents=tuple(dict.fromkeys(target for _, target, _ in rows.get("p", ()))),
        designations=tuple(_designation(each) for each in names if each[1] != DEFINITION),
        properties=tuple(properties),
        inactive=active == "0",
    )


def _display(names: list[list[Any]], language: str) -> str:
    """The preferred synonym in the language asked, else in English, else the fully specified name."""
    first = language.split("-")[0]

    def rank(name: list[Any]) -> tuple[int, int]:
        spoken, kind, _, preferred, accepted = name
        return (
            0 if spoken == first else 1 if spoken == "en" else 2,
            0 if kind == SYNONYM and preferred else 1 if kind == FSN else 2 if accepted else 3,
        )

    usable = [name for name in names if name[1] != DEFINITION]
    return str(min(usable, key=rank)[2]) if usable else ""


def _designation(name: list[Any]) -> Designation:
    language, kind, term, preferred, _ = name
    if kind == SYNONYM and preferred:
        return Designation(term, language, *PREFERRED_USE)
    return Designation(term, language, kind, URL)


def _concrete(kind: str, value: str, group: str) -> Property:
    """A concrete value: `#10` a number, `"text"`, `true`."""
    number = int(group) if group.isdigit() else 0
    type: PropertyType = "string"
    if value.startswith("#"):
        value = value[1:]
        type = "decimal" if "." in value else "integer"
    elif value in ("true", "false"):
        type = "boolean"
    else:
        value = value.strip('"')
    return Property(kind, value, type, number)
