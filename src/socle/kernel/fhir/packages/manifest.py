"""package.json: who a package is and what it depends on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from socle.kernel.fhir.json import parse
from socle.kernel.fhir.packages.archive import RULE, printable
from socle.kernel.outcome import Kind, Problem

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*", re.ASCII | re.IGNORECASE)
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,99}", re.ASCII)
_ASKED: Final = re.compile(r"[0-9A-Za-z.+_*^~-]{0,100}", re.ASCII)
_R4: Final = re.compile(r"4\.0(\.\d+)?|4\.0\.x|R4", re.ASCII)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The identity of a package.

    canonical      base of its canonical URLs, "" when not said
    fhir_versions  versions of FHIR that it is made for, () when not said
    dependencies   {package name: version asked}
    """

    name: str
    version: str
    canonical: str = ""
    title: str = ""
    type: str = ""
    date: str = ""
    fhir_versions: tuple[str, ...] = ()
    dependencies: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """`name#version`, as packages are named."""
        return f"{self.name}#{self.version}"


def manifest_of(data: bytes, path: Path) -> Manifest:
    """The manifest that package.json states.

    Raises: Problem(MALFORMED | INVALID) naming the member that is wrong; Problem(RULE_VIOLATED) for another FHIR than R4.
    """
    said = parse(data)
    if not isinstance(said, dict):
        raise _wrong(path, "package.json", "un objet JSON est attendu", "a JSON object is expected")
    name, version = _text(said, "name", path), _text(said, "version", path)
    if not _NAME.fullmatch(name) or len(name) > 200:
        raise _wrong(path, "name", "« nom.de.paquet » est attendu", "“package.name” is expected")
    if not _VERSION.fullmatch(version):
        raise _wrong(path, "version", "un numéro de version est attendu", "a version number is expected")
    versions = said.get("fhirVersions", said.get("fhir-version-list", []))
    if not isinstance(versions, list) or not all(isinstance(one, str) for one in versions):
        raise _wrong(path, "fhirVersions", "une liste de textes est attendue", "a list of strings is expected")
    if versions and not any(_R4.fullmatch(one) for one in versions):
        shown = ", ".join(printable(one) for one in versions[:5])
        raise Problem.of(
            Kind.RULE_VIOLATED,
            f"{path.name} est fait pour FHIR {shown} ; la maison parle FHIR R4 (4.0.1). Prenez la déclinaison R4 du paquet.",
            f"{path.name} is made for FHIR {shown}; the house speaks FHIR R4 (4.0.1). Take the package's R4 variant.",
            rule=RULE,
            expression="fhirVersions",
        )
    asked = said.get("dependencies") or {}
    if not isinstance(asked, dict) or not all(
        _NAME.fullmatch(one) and isinstance(value, str) and _ASKED.fullmatch(value) for one, value in asked.items()
    ):
        raise _wrong(path, "dependencies", "{nom: version} est attendu", "{name: version} is expected")
    return Manifest(
        name,
        version,
        _text(said, "canonical", path, default=""),
        _text(said, "title", path, default=""),
        _text(said, "type", path, default=""),
        _text(said, "date", path, default=""),
        tuple(versions),
        dict(asked),
    )


def _text(said: dict[str, Any], name: str, path: Path, *, default: str | None = None) -> str:
    value = said.get(name, default)
    if not isinstance(value, str) or "\0" in value:
        raise _wrong(path, name, "un texte est attendu", "a string is expected")
    return value


def _wrong(path: Path, member: str, fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"{path.name}, package.json, « {member} » : {fr}.",
        f"{path.name}, package.json, “{member}”: {en}.",
        rule=RULE,
        expression=member,
    )
