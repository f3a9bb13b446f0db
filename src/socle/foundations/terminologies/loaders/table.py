"""A table, CSV or TSV, with a mapping file (TOML or YAML) that says which column is what.

    [system]                     # url is required; the rest goes to the CodeSystem
    url = "https://exemple.fr/CodeSystem/actes"
    version = "2026"
    name = "Actes"
    [columns]                    # code is required; a column by its name in the header, or by its number from 1
    code = "CODE"
    display = "LIBELLE"
    parents = {column = "PERE", separator = "|"}
    status = {column = "ETAT", inactive = ["F"]}
    [[designations]]
    column = "LIBELLE_COURT"
    language = "fr"
    [[properties]]
    column = "TARIF"
    code = "tarif"
    type = "decimal"

The encoding and the delimiter are detected and said, or told under [file].
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

import yaml

from socle.foundations.terminologies.loaders.item import Item, Options
from socle.foundations.terminologies.loaders.source import Place
from socle.foundations.terminologies.loaders.text import Row, delimiter_of, encoding_of, quoted_rows
from socle.foundations.terminologies.loaders.watch import Watch
from socle.foundations.terminologies.model import Concept, Designation, Head, Json, Loaded, Property, PropertyType
from socle.kernel.outcome import Kind, Problem, system_said

_LARGEST: Final = 256 * 1024
_SECTIONS: Final = {
    "system": {
        "url",
        "version",
        "name",
        "title",
        "oid",
        "language",
        "publisher",
        "description",
        "copyright",
        "case_sensitive",
    },
    "file": {"encoding", "delimiter", "quote", "header", "skip"},
    "columns": {"code", "display", "definition", "parents", "status", "abstract"},
}
_DESIGNATION: Final = {"column", "language", "use", "use_system"}
_PROPERTY: Final = {"column", "code", "type", "uri", "description", "separator", "system", "decimal"}
_CHECKS: Final[dict[str, str]] = {
    "integer": r"-?\d{1,18}",
    "decimal": r"-?\d{1,30}(\.\d{1,30})?([eE][-+]?\d{1,3})?",
    "boolean": r"true|false",
    "dateTime": r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?",
    "code": r"\S+( \S+)*",
}


@dataclass(frozen=True, slots=True)
class Column:
    """Where a value is: a position from 0, and what parts several values."""

    position: int
    name: str
    separator: str = ""
    values: frozenset[str] = frozenset()

    def of(self, row: Row) -> list[str]:
        """Its values in a row, blanks at the edges removed; none when empty."""
        text = row.values[self.position].strip()
        parts = text.split(self.separator) if self.separator else [text]
        return [part.strip() for part in parts if part.strip()]


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A mapping file, read and checked."""

    file: str
    system: Mapping[str, Any]
    reading: Mapping[str, Any]
    columns: Mapping[str, Any]
    designations: tuple[Mapping[str, Any], ...]
    properties: tuple[Mapping[str, Any], ...]


def load(place: Place, names: list[str], options: Options, watch: Watch) -> Iterator[Item]:
    """One code system a file. Raises: Problem(INVALID) when the mapping is absent or wrong, or names absent columns."""
    if options.mapping is None:
        raise Problem.of(
            Kind.INVALID,
            "Une table demande un fichier de correspondance (--mapping FICHIER). Le plus court, en TOML :\n"
            '[system]\nurl = "https://…"\n[columns]\ncode = "CODE"\ndisplay = "LIBELLE"',
            "A table needs a mapping file (--mapping FILE). The shortest, in TOML:\n"
            '[system]\nurl = "https://…"\n[columns]\ncode = "CODE"\ndisplay = "NAME"',
            rule="csv-mapping",
        )
    mapping = read_mapping(options.mapping)
    for name in names:
        yield _table(place, name, mapping, options, watch)


def read_mapping(path: Path) -> TableMapping:
    """The mapping at `path`. Raises: Problem(INVALID) naming the key that is unknown, missing or of the wrong kind."""
    name = path.name
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise _wrong(name, f"plus de {_LARGEST} octets", f"more than {_LARGEST} bytes")
        text = raw.decode("utf-8-sig")
        asked = _yaml(text, name) if path.suffix.lower() in (".yaml", ".yml") else tomllib.loads(text)
    except OSError as error:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"{path} : {system_said(error).fr}.",
            f"{path}: {system_said(error).en}.",
            rule="csv-mapping",
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise _wrong(name, f"illisible : {reason}", f"unreadable: {reason}") from error
    if not isinstance(asked, dict):
        raise _wrong(name, "un tableau de clés est attendu", "a table of keys is expected")
    sections = {*_SECTIONS, "designations", "properties"}
    _only(name, "", asked, sections)
    for section, known in _SECTIONS.items():
        value = asked.setdefault(section, {})
        if not isinstance(value, dict):
            raise _wrong(name, f"[{section}] est un tableau", f"[{section}] is a table")
        _only(name, f"{section}.", value, known)
    for section, known in (("designations", _DESIGNATION), ("properties", _PROPERTY)):
        value = asked.setdefault(section, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise _wrong(name, f"{section} est une liste de tableaux", f"{section} is a list of tables")
        for each in value:
            _only(name, f"{section}.", each, known)
            _required(name, f"{section}.", each, "column")
    for each in asked["properties"]:
        _required(name, "properties.", each, "code")
        if "decimal" in each and (each["decimal"] not in (",", ".") or each.get("type") != "decimal"):
            raise _wrong(
                name,
                'properties.decimal vaut "," ou ".", pour le type decimal',
                'properties.decimal is "," or ".", of the type decimal',
            )
        if each.setdefault("type", "string") not in get_args(PropertyType):
            raise _wrong(
                name,
                f"properties.type « {each['type']} » : {', '.join(get_args(PropertyType))}",
                f"properties.type “{each['type']}”: {', '.join(get_args(PropertyType))}",
            )
    _typed(name, asked)
    _required(name, "system.", asked["system"], "url")
    _required(name, "columns.", asked["columns"], "code")
    return TableMapping(
        name,
        asked["system"],
        asked["file"],
        asked["columns"],
        tuple(asked["designations"]),
        tuple(asked["properties"]),
    )


def _table(place: Place, name: str, mapping: TableMapping, options: Options, watch: Watch) -> Loaded:
    reading = mapping.reading
    quote = str(reading.get("quote", '"'))
    skip = reading.get("skip", 0)
    header = reading.get("header", True)
    if not isinstance(skip, int) or isinstance(skip, bool) or not isinstance(header, bool) or len(quote) > 1:
        raise _wrong(
            mapping.file,
            "file.skip est un nombre de lignes, file.header vaut true ou false, file.quote tient en un caractère",
            "file.skip is a number of lines, file.header is true or false, file.quote is one character",
        )
    asked = str(reading.get("encoding", ""))
    try:
        encoding = encoding_of(place, name, watch, asked)
    except Problem as problem:
        if not asked:
            raise
        text = problem.issues[0].text
        raise _wrong(
            mapping.file, f"file.encoding : {text.fr.rstrip('.')}", f"file.encoding: {text.en.rstrip('.')}"
        ) from None
    delimiter = str(reading.get("delimiter", "")) or delimiter_of(place, name, encoding, watch, quote=quote, skip=skip)
    if len(delimiter) != 1:
        raise _wrong(mapping.file, "file.delimiter tient en un caractère", "file.delimiter is one character")

    def rows(watching: Watch) -> Iterator[Row]:
        return quoted_rows(place, name, encoding, watching, delimiter=delimiter, quote=quote, skip=skip)

    first = next(rows(Watch(keep_going=True)), None)
    if first is None:
        raise Problem.of(Kind.INVALID, f"{name} : aucune ligne.", f"{name}: no line.", rule="csv-empty")
    names = [value.strip() for value in first.values] if header else []
    find = _finder(name, mapping, names, len(first.values))
    shape = _shape(mapping, find)
    watch.expect(place.size(name))
    system = mapping.system
    version = options.version or str(system.get("version", ""))
    url = options.system or str(system["url"])
    oid = str(system.get("oid", "")).removeprefix("urn:oid:")
    return Loaded(
        Head(url, version, _resource(url, version, oid, mapping, options), (oid,) if oid else ()),
        _concepts(rows(watch), name, shape, header, watch),
        told={"file": name},
    )


def _resource(url: str, version: str, oid: str, mapping: TableMapping, options: Options) -> Json:
    system = mapping.system
    resource: Json = {
        "resourceType": "CodeSystem",
        "url": url,
        "version": version,
        "name": re.sub(r"\W+", "_", str(system.get("name") or url.rstrip("/").rsplit("/", 1)[-1])),
        "status": "active",
        "content": "complete",
        "language": str(system.get("language", options.language)),
        "caseSensitive": bool(system.get("case_sensitive", True)),
    }
    resource |= {key: str(system[key]) for key in ("title", "publisher", "description", "copyright") if key in system}
    if oid:
        resource["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{oid}"}]
    if "parents" in mapping.columns:
        resource["hierarchyMeaning"] = "is-a"
    if mapping.properties:
        resource["property"] = [
            {key: each[key] for key in ("code", "uri", "description", "type") if key in each}
            for each in mapping.properties
        ]
    return resource


@dataclass(frozen=True, slots=True)
class _Shape:
    code: Column
    display: Column | None
    definition: Column | None
    parents: Column | None
    status: Column | None
    abstract: Column | None
    designations: tuple[tuple[Column, Mapping[str, Any]], ...]
    properties: tuple[tuple[Column, Mapping[str, Any]], ...]


def _shape(mapping: TableMapping, find: Callable[[str, Any, str], Column]) -> _Shape:
    def column(key: str, values: str = "") -> Column | None:
        return find(f"columns.{key}", mapping.columns[key], values) if key in mapping.columns else None

    code = column("code")
    assert code is not None
    return _Shape(
        code,
        column("display"),
        column("definition"),
        column("parents"),
        column("status", "inactive"),
        column("abstract", "values"),
        tuple((find("designations.column", each["column"], ""), each) for each in mapping.designations),
        tuple((find("properties.column", each, ""), each) for each in mapping.properties),
    )


def _finder(name: str, mapping: TableMapping, names: list[str], width: int) -> Callable[[str, Any, str], Column]:
    def find(key: str, said: Any, values: str) -> Column:
        told: Mapping[str, Any] = said if isinstance(said, dict) else {"column": said}
        if key.startswith("columns."):
            _only(mapping.file, f"{key}.", told, {"column", "separator", *({values} if values else ())})
            _required(mapping.file, f"{key}.", told, "column")
        if values and not isinstance(told.get(values), list):
            raise _wrong(
                mapping.file,
                f'{key} : écrivez {{column = "…", {values} = ["…"]}}',
                f'{key}: write {{column = "…", {values} = ["…"]}}',
            )
        asked = told["column"]
        if isinstance(asked, int) and not isinstance(asked, bool) and 1 <= asked <= width:
            position = asked - 1
        elif isinstance(asked, str) and names.count(asked) == 1:
            position = names.index(asked)
        else:
            there = ", ".join(names) or f"1 … {width}"
            raise _wrong(
                mapping.file,
                f"{key} : la colonne « {asked} » n'est pas, ou pas une seule fois, dans {name} ({there})",
                f"{key}: column “{asked}” is not, or not exactly once, in {name} ({there})",
            )
        return Column(
            position,
            str(asked),
            str(told.get("separator", "")),
            frozenset(map(str, told.get(values, ()) if values else ())),
        )

    return find


def _concepts(rows: Iterator[Row], name: str, shape: _Shape, header: bool, watch: Watch) -> Iterator[Concept]:
    if header:
        next(rows, None)
    checks = {kind: re.compile(pattern) for kind, pattern in _CHECKS.items()}
    for row in rows:
        codes = shape.code.of(row)
        if not codes or "  " in codes[0]:
            watch.reject(
                name,
                row.line,
                shape.code.position + 1,
                "csv-code",
                f"colonne {shape.code.name} : un code est attendu, sans deux espaces de suite.",
                f"column {shape.code.name}: a code is expected, without two spaces in a row.",
            )
            continue
        properties = _properties(row, shape, checks, name, watch)
        if properties is None:
            continue
        yield Concept(
            line=row.line,
            code=codes[0],
            display=_first(shape.display, row),
            definition=_first(shape.definition, row),
            parents=tuple(dict.fromkeys(shape.parents.of(row))) if shape.parents else (),
            designations=tuple(
                Designation(
                    value, str(told.get("language", "")), str(told.get("use", "")), str(told.get("use_system", ""))
                )
                for column, told in shape.designations
                for value in column.of(row)
            ),
            properties=properties,
            inactive=shape.status is not None and bool(shape.status.values & set(shape.status.of(row))),
            abstract=shape.abstract is not None and bool(shape.abstract.values & set(shape.abstract.of(row))),
        )


def _properties(
    row: Row, shape: _Shape, checks: Mapping[str, re.Pattern[str]], name: str, watch: Watch
) -> tuple[Property, ...] | None:
    found = []
    for column, told in shape.properties:
        kind: PropertyType = told["type"]
        for value in column.of(row):
            written = f"{told.get('system', '')}|{value}" if kind == "Coding" else value
            if told.get("decimal") == ",":
                written = value.replace(",", ".", 1)
            if (check := checks.get(kind)) is not None and not check.fullmatch(written):
                comma = kind == "decimal" and checks[kind].fullmatch(value.replace(",", ".", 1)) is not None
                watch.reject(
                    name,
                    row.line,
                    column.position + 1,
                    "csv-type",
                    f"colonne {column.name} : « {value[:60]} » n'est pas de type {kind}"
                    + (' ; si sa virgule est décimale, dites decimal = "," sous cette propriété.' if comma else "."),
                    f"column {column.name}: “{value[:60]}” is not of type {kind}"
                    + ('; if its comma is decimal, say decimal = "," under this property.' if comma else "."),
                )
                return None
            found.append(Property(str(told["code"]), written, kind))
    return tuple(found)


def _first(column: Column | None, row: Row) -> str:
    return next(iter(column.of(row)), "") if column else ""


def _typed(file: str, asked: Mapping[str, Any]) -> None:
    """Refuse a value of another kind than is read. Raises: Problem(INVALID) naming the key."""
    if not isinstance(asked["system"].get("case_sensitive", True), bool):
        raise _wrong(file, "system.case_sensitive vaut true ou false", "system.case_sensitive is true or false")
    said = [("system", asked["system"]), ("file", asked["file"])]
    said += [(section, each) for section in ("designations", "properties") for each in asked[section]]
    for section, values in said:
        for key, value in values.items():
            if isinstance(value, (dict, list)):
                raise _wrong(
                    file, f"{section}.{key} est un texte ou un nombre", f"{section}.{key} is a text or a number"
                )


def _yaml(text: str, name: str) -> Any:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _wrong(name, "les alias YAML ne sont pas lus", "YAML aliases are not read")
    return yaml.safe_load(text)


def _only(file: str, prefix: str, told: Mapping[str, Any], known: set[str]) -> None:
    for key in told:
        if key not in known:
            listed = ", ".join(sorted(known))
            raise _wrong(
                file, f"clé inconnue {prefix}{key} ; connues : {listed}", f"unknown key {prefix}{key}; known: {listed}"
            )


def _required(file: str, prefix: str, told: Mapping[str, Any], key: str) -> None:
    if key not in told or told[key] in ("", None):
        raise _wrong(file, f"il manque {prefix}{key}", f"{prefix}{key} is missing")


def _wrong(file: str, fr: str, en: str) -> Problem:
    return Problem.of(Kind.INVALID, f"{file} : {fr}.", f"{file}: {en}.", rule="csv-mapping")
