"""Versions: what a canonical says, which version is meant, which of several is the newest.

Source: FHIR R4 references.html#canonical, datatypes.html#coding, valueset-operation-expand.html (system-version,
check-system-version, force-system-version).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, TypeVar

from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.entries import Edition

_DATE: Final = re.compile(r"\d{4}-\d\d(-\d\d)?")
_PART: Final = re.compile(r"(\d+)|([^\d.\-+_/ ]+)")
_PREFERENCE: Final = {"active": 2, "draft": 1, "unknown": 1, "retired": 0}
T = TypeVar("T")


def split(canonical: str) -> tuple[str, str]:
    """(URL, version) of a canonical, version "" when it names none; a fragment is left out.

    An expression constraint (SNOMED CT) may hold a bar or a hash, which say nothing of a version there.
    """
    if "?fhir_vs=ecl/" in canonical:
        return canonical, ""
    url, _, version = canonical.partition("|")
    return url.partition("#")[0], version


def joined(url: str, version: str) -> str:
    """The canonical of a URL and a version."""
    return f"{url}|{version}" if version else url


@lru_cache(maxsize=4096)
def order(version: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts versions as readers do: 1.2 before 1.10, 2.0.0-ballot before 2.0.0, dates by date.

    Dates come before numbers: HL7 dated its v3 systems (2018-08-12) before it numbered them (9.0.0).
    """
    if _DATE.fullmatch(version):
        return (0, 0, version), (1, 1, "")
    release, _, rest = version.partition("-") if re.match(r"v?\d+\.\d", version) else (version, "", "")
    parts = [
        (2, int(number[:18]), "") if number else (1, 0, word.casefold()) for number, word in _PART.findall(release)
    ]
    parts.append((0, 0, rest.casefold()) if rest else (1, 1, ""))
    return tuple(parts)


def matches(wanted: str, version: str) -> bool:
    """Whether `version` is what is wanted: the same; "1.x" and "1.*" take any 1.something."""
    if wanted == version or not wanted:
        return True
    parts = re.split(r"[.]", wanted)
    if not any(part in ("x", "X", "*") for part in parts):
        return False
    found = version.split(".")
    return all(
        part in ("x", "X", "*") or (place < len(found) and found[place] == part) for place, part in enumerate(parts)
    )


def newest(editions: Iterable[Edition], wanted: str = "") -> Edition | None:
    """The edition that a version means; without one, the newest of those in force. None when there is none."""
    found = [edition for edition in editions if matches(wanted, edition.version) or edition.timeless]
    if len(found) < 2:
        return found[0] if found else None
    return max(found, key=lambda e: (e.version == wanted, _PREFERENCE.get(e.status, 1), order(e.version)))


@dataclass(frozen=True, slots=True)
class VersionRules:
    """What the caller says of versions, by URL of the system.

    default  used when nothing else names a version
    check    the version that is used must be this one
    force    used whatever else is said
    sets     of value sets, by their URL: used when what imports them names no version
    latest   the newest version held is taken for one that is not held
    """

    default: Mapping[str, str] = field(default_factory=dict)
    check: Mapping[str, str] = field(default_factory=dict)
    force: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    latest: bool = False

    def chosen(self, system: str, said: str) -> str:
        """The version of `system` to look for, when the resource or the coding says `said` ("" nothing)."""
        if system in self.force:
            return self.force[system]
        default, check = self.default.get(system, ""), self.check.get(system, "")
        for own in (default, check):
            if said and own and matches(said, own):
                return own  # "1.x" in a value set leaves the choice to the caller
        return said or default or check

    def by_all(self, names: Callable[[str], Iterable[str]]) -> "VersionRules":
        """The same, of each system by all of its names: what a URL says holds where its OID is written."""

        def spread(said: Mapping[str, str]) -> dict[str, str]:
            return {name: version for system, version in said.items() for name in names(system)} | dict(said)

        return replace(self, default=spread(self.default), check=spread(self.check), force=spread(self.force))

    def accept(self, edition: Edition, system: str) -> None:
        """Refuse the edition that a check excludes. Raises: Problem(RULE_VIOLATED)."""
        wanted = self.check.get(system, "")
        if wanted and not matches(wanted, edition.version):
            raise Problem.of(
                Kind.RULE_VIOLATED,
                f"La version {edition.version or '(aucune)'} de {system} serait utilisée, alors que "
                f"« check-system-version » demande {wanted}. Changez l'une ou l'autre.",
                f"Version {edition.version or '(none)'} of {system} would be used, whereas “check-system-version” asks "
                f"for {wanted}. Change one or the other.",
                rule="FHIR R4 valueset-operation-expand.html",
                code="exception",
                topic="version-error",
            )


def rules(
    default: Iterable[str] = (),
    check: Iterable[str] = (),
    force: Iterable[str] = (),
    *,
    sets: Iterable[str] = (),
    latest: bool = False,
) -> VersionRules:
    """Rules from parameters written "system|version". Raises: Problem(INVALID) for one without a version."""
    return VersionRules(
        _read("system-version", default),
        _read("check-system-version", check),
        _read("force-system-version", force),
        _read("default-valueset-version", sets),
        latest,
    )


def _read(name: str, canonicals: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for canonical in canonicals:
        url, _, version = canonical.partition("|")
        if not url or not version:
            raise Problem.of(
                Kind.INVALID,
                f"« {name} » s'écrit « système|version », par exemple http://loinc.org|2.78 (reçu : {canonical[:200]}).",
                f"“{name}” is written “system|version”, for example http://loinc.org|2.78 (received: {canonical[:200]}).",
                expression=f"Parameters.parameter.where(name = '{name}')",
                rule="FHIR R4 valueset-operation-expand.html",
            )
        found[url] = version
    return found
