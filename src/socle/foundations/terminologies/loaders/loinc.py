"""LOINC, in its zip or its folder: terms, parts, hierarchy, answer lists, French variants.

Files: LoincTable/Loinc.csv; below AccessoryFiles, PartFile (Part, LoincPartLink_Primary), ComponentHierarchyBySystem (or
MultiAxialHierarchy), AnswerFile (AnswerList, LoincAnswerListLink), LinguisticVariants (fr…LinguisticVariant). Only the first
must be there. AccessoryFiles/PanelsAndForms repeats some of these names for the terms of panels alone: it is left aside. They
are joined by code on disk, so memory does not grow with them. Source: LOINC Users' Guide; HL7, Using LOINC with FHIR (R4
loinc.html, where the filter `copyright` is).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from socle.foundations.terminologies.loaders.item import Item, Options
from socle.foundations.terminologies.loaders.joining import Parts
from socle.foundations.terminologies.loaders.source import Place, find
from socle.foundations.terminologies.loaders.text import Row, encoding_of, quoted_rows
from socle.foundations.terminologies.loaders.watch import Watch
from socle.foundations.terminologies.model import Concept, Designation, Head, Json, Loaded, Property
from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.filters import AXES, LOINC

URL: Final = LOINC
OID: Final = "2.16.840.1.113883.6.1"
_CODE: Final = re.compile(r"\d{1,7}-\d")
_TEXTS: Final = (
    "CLASS",
    "CLASSTYPE",
    "ORDER_OBS",
    "EXAMPLE_UCUM_UNITS",
    "VersionFirstReleased",
    "VersionLastChanged",
    "STATUS_REASON",
    "PanelType",
)
_NAMES: Final = ("SHORTNAME", "CONSUMER_NAME", "DisplayName")
_EXTRACT: Final = re.compile(r"(^|/)PanelsAndForms/", re.IGNORECASE)
_MOST_NAMED: Final = 20  # codes whose check digit does not fit, in what is told
_NOTICE: Final = "EXTERNAL_COPYRIGHT_NOTICE"
_INACTIVE: Final = frozenset({"DEPRECATED", "DISCOURAGED"})
_VARIANT_NAMES: Final = (
    ("LONG_COMMON_NAME", "LONG_COMMON_NAME"),
    ("SHORTNAME", "SHORTNAME"),
    ("LinguisticVariantDisplayName", "LinguisticVariantDisplayName"),
)


def load(place: Place, options: Options, watch: Watch) -> Iterator[Item]:
    """The code system, then a value set for each answer list. Raises: Problem(INVALID) without LoincTable/Loinc.csv."""
    table = _one(place, r"(^|/)Loinc\.csv$")
    if not table:
        raise Problem.of(
            Kind.INVALID,
            f"{place.name} : aucun fichier Loinc.csv. Donnez le zip complet de LOINC, ou le dossier qui en vient.",
            f"{place.name}: no file Loinc.csv. Give the complete zip of LOINC, or the folder that comes from it.",
            rule="loinc-files",
        )
    version = options.version or _version(place, table)
    files = _files(place, options)
    octets = sum(place.size(name) for name in (table, *files.values()))
    watch.expect(octets)
    resource: Json = {
        "resourceType": "CodeSystem",
        "url": URL,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{OID}"}],
        "version": version,
        "name": "LOINC",
        "title": "LOINC",
        "status": "active",
        "publisher": "Regenstrief Institute, Inc.",
        "copyright": "LOINC est © Regenstrief Institute, Inc. ; sa licence : https://loinc.org/license",
        "caseSensitive": False,
        "hierarchyMeaning": "is-a",
        "content": "complete",
        "property": [
            *({"code": axis, "type": "Coding", "uri": f"{URL}/property/{axis}"} for axis in AXES),
            *({"code": name, "type": "string", "uri": f"{URL}/property/{name}"} for name in ("STATUS", *_TEXTS)),
            {"code": "answer-list", "type": "Coding", "uri": f"{URL}/property/answer-list"},
            {"code": "PartTypeName", "type": "string"},
            {"code": "copyright", "type": "string", "description": "LOINC, or 3rdParty beside it."},
        ],
    }
    yield Loaded(
        Head(URL, version, resource, (OID,)), _concepts(place, table, files, octets, watch), told={"file": table}
    )
    if answers := files.get("answers"):
        yield from _answer_lists(place, answers, version)


def _files(place: Place, options: Options) -> dict[str, str]:
    """The accessory files that are there, by what they hold; variants by "variant:fr-FR"."""
    found = {
        "parts": _one(place, r"(^|/)Part\.csv$"),
        "links": _one(place, r"(^|/)LoincPartLink_Primary\.csv$"),
        "hierarchy": _one(place, r"(^|/)ComponentHierarchyBySystem\.csv$")
        or _one(place, r"(^|/)MultiAxialHierarchy\.csv$"),
        "answers": _one(place, r"(^|/)AnswerList\.csv$"),
        "answer-links": _one(place, r"(^|/)LoincAnswerListLink\.csv$"),
    }
    spoken = options.language.split("-")[0]
    for name in find(place, r"(^|/)[a-z]{2}[A-Z]{2}\d+LinguisticVariant\.csv$"):
        language, country = name.rsplit("/", 1)[-1][:2], name.rsplit("/", 1)[-1][2:4]
        if language.lower() in ("fr", spoken):
            found[f"variant:{language.lower()}-{country.upper()}"] = name
    return {kind: name for kind, name in found.items() if name}


def _version(place: Place, table: str) -> str:
    """The version that the archive's name tells, else the latest of the table's VersionLastChanged."""
    told = re.search(r"(\d+\.\d+)", place.name)
    if told:
        return told[1]
    latest = (0, 0)
    for row in _rows(place, table, (), Watch(keep_going=True), optional=("VersionLastChanged",)):
        found = re.fullmatch(r"(\d+)\.(\d+)", row[1][0])
        if found:
            latest = max(latest, (int(found[1]), int(found[2])))
    return f"{latest[0]}.{latest[1]:02}" if latest != (0, 0) else ""


def _rows(
    place: Place, name: str, columns: Sequence[str], watch: Watch, *, optional: Sequence[str] = ()
) -> Iterator[tuple[int, list[str]]]:
    """(line, the values of `columns` then of `optional`, "" where the file has no such column).

    Raises: Problem(INVALID) naming the column that is not there.
    """
    encoding = encoding_of(place, name, Watch(keep_going=True))
    if encoding not in ("utf-8", "utf-8-sig"):
        watch.note(f"{name} : encodage {encoding} (détecté)", f"{name}: encoding {encoding} (detected)")
    rows = quoted_rows(place, name, encoding, watch)
    header: Row | None = next(rows, None)
    names = header.values if header else []
    missing = [column for column in columns if column not in names]
    if missing:
        raise Problem.of(
            Kind.INVALID,
            f"{name}:1 : il manque la colonne {', '.join(missing)}.",
            f"{name}:1: column {', '.join(missing)} is missing.",
            rule="loinc-columns",
        )
    places = [names.index(column) if column in names else -1 for column in (*columns, *optional)]
    for row in rows:
        yield row.line, [row.values[at] if at >= 0 else "" for at in places]


def _concepts(place: Place, table: str, files: dict[str, str], octets: int, watch: Watch) -> Iterator[Concept]:
    required = ("LOINC_NUM", "COMPONENT", "STATUS", "LONG_COMMON_NAME")
    optional = (*AXES, *_TEXTS, *_NAMES, _NOTICE)
    unchecked: list[str] = []
    with Parts(octets) as parts:
        for line, values in _rows(place, table, required, watch, optional=optional):
            if not _CODE.fullmatch(values[0]):
                watch.reject(
                    table,
                    line,
                    1,
                    "loinc-num",
                    f"« {values[0][:40]} » n'est pas un code LOINC (chiffres, tiret, clé).",
                    f"“{values[0][:40]}” is no LOINC code (digits, hyphen, check digit).",
                )
                continue
            if not is_loinc(values[0]) and len(unchecked) < _MOST_NAMED:
                unchecked.append(values[0])
            parts.put(values[0], "t", *values[2:])
        if unchecked:  # a few of those that LOINC publishes are so: the table has the last word
            named = ", ".join(unchecked)
            watch.note(
                f"{table} : clé de contrôle inexacte, codes pris tels que publiés : {named}",
                f"{table}: check digit that does not fit, codes taken as published: {named}",
            )
        _put_accessories(place, files, parts, watch)
        for code, rows in parts.groups():
            yield from _concept(code, rows, optional)


def _put_accessories(place: Place, files: dict[str, str], parts: Parts, watch: Watch) -> None:
    for kind, name in files.items():
        match kind:
            case "parts":
                for _, values in _rows(
                    place, name, ("PartNumber", "PartTypeName", "PartName", "PartDisplayName", "Status"), watch
                ):
                    parts.put(values[0], "part", *values[1:])
            case "links":
                for _, values in _rows(place, name, ("LoincNumber", "PartNumber", "Property"), watch):
                    axis = values[2].rsplit("/", 1)[-1]
                    if axis in AXES:
                        parts.put(values[0], "axis", axis, values[1])
            case "hierarchy":
                for _, values in _rows(place, name, ("CODE", "IMMEDIATE_PARENT", "CODE_TEXT"), watch):
                    parts.put(values[0], "up", *values[1:])
            case "answers":
                for _, values in _rows(
                    place, name, ("AnswerListId", "AnswerListName", "AnswerStringId", "DisplayText"), watch
                ):
                    parts.put(values[0], "list", values[1])
                    if values[2]:
                        parts.put(values[2], "answer", values[3])
            case "answer-links":
                for _, values in _rows(place, name, ("LoincNumber", "AnswerListId"), watch):
                    parts.put(values[0], "answers", values[1])
            case _:
                language = kind.removeprefix("variant:")
                columns = tuple(column for column, _ in _VARIANT_NAMES)
                for _, values in _rows(place, name, ("LOINC_NUM",), watch, optional=columns):
                    parts.put(values[0], "variant", language, *values[1:])


def _concept(code: str, rows: dict[str, list[list[Any]]], columns: Sequence[str]) -> Iterator[Concept]:
    parents = tuple(dict.fromkeys(parent for parent, _ in rows.get("up", ()) if parent))
    if "t" in rows:
        yield _term(code, rows, parents, columns)
    elif "part" in rows:
        kind, name, display, status = rows["part"][0]
        yield Concept(
            code=code,
            display=display or name,
            parents=parents,
            designations=(Designation(name, "en", "PartName"),) if display and display != name else (),
            properties=(Property("PartTypeName", kind), Property("STATUS", status)),
            inactive=status.upper() in _INACTIVE,
        )
    elif "list" in rows:
        yield Concept(code=code, display=rows["list"][0][0], parents=parents)
    elif "answer" in rows:
        yield Concept(code=code, display=rows["answer"][0][0], parents=parents)
    elif "up" in rows:
        yield Concept(code=code, display=rows["up"][0][1], parents=parents)


def _term(code: str, rows: dict[str, list[list[Any]]], parents: tuple[str, ...], columns: Sequence[str]) -> Concept:
    status, long_name, *rest = rows["t"][0]
    told = dict(zip(columns, rest, strict=True))
    links = dict(rows.get("axis", ()))
    properties = [Property("STATUS", status)]
    for axis in AXES:
        if axis in links:
            properties.append(Property(axis, f"{URL}|{links[axis]}", "Coding"))
        elif told[axis]:
            properties.append(Property(axis, told[axis]))
    properties += [Property(name, told[name]) for name in _TEXTS if told[name]]
    properties.append(Property("copyright", "3rdParty" if told[_NOTICE] else "LOINC"))
    properties += [Property("answer-list", f"{URL}|{row[0]}", "Coding") for row in rows.get("answers", ())]
    designations = [Designation(told[name], "en", name, URL) for name in _NAMES if told[name]]
    for language, *names in rows.get("variant", ()):
        designations += [
            Designation(value, language, use, URL)
            for (_, use), value in zip(_VARIANT_NAMES, names, strict=True)
            if value
        ]
    return Concept(
        code=code,
        display=long_name,
        parents=parents,
        designations=tuple(designations),
        properties=tuple(properties),
        inactive=status in _INACTIVE,
    )


def _answer_lists(place: Place, name: str, version: str) -> Iterator[Item]:
    """`http://loinc.org/vs/LL…`, its answers in order; the file keeps the rows of a list together."""
    current: Json | None = None
    columns = ("AnswerListId", "AnswerListName", "AnswerListOID", "AnswerStringId", "DisplayText")
    for _, (id, title, oid, answer, text) in _rows(place, name, columns, Watch(keep_going=True)):
        if current is None or current["url"] != f"{URL}/vs/{id}":
            if current is not None and current["compose"]["include"][0]["concept"]:
                yield current
            current = {
                "resourceType": "ValueSet",
                "url": f"{URL}/vs/{id}",
                "version": version,
                "name": id,
                "title": title,
                "status": "active",
                "compose": {"include": [{"system": URL, "version": version, "concept": []}]},
            }
            if oid:
                current["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{oid}"}]
        if answer:
            concept = {"code": answer, "display": text} if text else {"code": answer}
            current["compose"]["include"][0]["concept"].append(concept)
    if current is not None and current["compose"]["include"][0]["concept"]:
        yield current


def is_loinc(text: str) -> bool:
    """Digits, a hyphen, and the check digit that LOINC computes modulo 10 (Luhn). Source: LOINC Users' Guide, appendix C."""
    if not _CODE.fullmatch(text):
        return False
    digits, check = text.split("-")
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return (10 - total % 10) % 10 == int(check)


def _one(place: Place, pattern: str) -> str:
    return next((name for name in find(place, pattern) if not _EXTRACT.search(name)), "")
