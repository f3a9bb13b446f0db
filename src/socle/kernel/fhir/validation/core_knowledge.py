"""What can be known without any database: the definitions and codes of FHIR R4 itself, and those of packages read whole."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from socle.kernel.fhir.core import CoreValueSet, core_codes, core_structure, core_value_set
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.knowledge import Cause, CodeAnswer, CodeQuestion, Library
from socle.kernel.fhir.units import unit
from socle.kernel.outcome import Problem, Text

Json = dict[str, Any]

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*|[ixIX](-[A-Za-z0-9]{1,8})+")
_MEDIA = re.compile(r"[A-Za-z0-9!#$&^_.+\-]+/[A-Za-z0-9!#$&^_.+\-]+(\s*;.*)?")
_FORMATS: Final = frozenset({"json", "xml", "ttl"})  # what FHIR writes for its own formats: CapabilityStatement.format
_MOVING: Final = "http://terminology.hl7.org/"  # its code systems go on growing after R4
_GOOD: Final = CodeAnswer(True)


class Shelf:
    """A Library in memory: definitions given to it, then those of the core.

    Of several versions of one canonical, the one asked for; without a version, the last that was put there. A text is
    parsed when it is first asked for.
    """

    def __init__(self, resources: Iterable[Json] = ()) -> None:
        self._held: dict[tuple[str, str], Json | bytes] = {}
        for resource in resources:
            self.put(resource)

    def put(self, resource: Json) -> None:
        """Add a definition."""
        if isinstance(resource.get("url"), str):
            version = resource.get("version")
            self._put(resource["resourceType"], resource["url"], version if isinstance(version, str) else "", resource)

    def put_text(self, resource_type: str, url: str, version: str, body: bytes) -> None:
        """Add a definition as its JSON text."""
        self._put(resource_type, url, version, body)

    def _put(self, kind: str, url: str, version: str, held: Json | bytes) -> None:
        self._held[kind, url] = held
        if version:
            self._held[kind, f"{url}|{version}"] = held

    def structure(self, canonical: str) -> Json | None:
        """A StructureDefinition; those that were put here come before those of the core."""
        return self._find("StructureDefinition", canonical) or core_structure(canonical)

    def problem(self, canonical: str) -> Problem | None:
        """None: nothing is made here."""
        return None

    def resource(self, resource_type: str, canonical: str) -> Json | None:
        """Any other definition."""
        if resource_type == "StructureDefinition":
            return self.structure(canonical)
        return self._find(resource_type, canonical)

    def _find(self, kind: str, canonical: str) -> Json | None:
        held = self._held.get((kind, canonical))
        if not isinstance(held, bytes):
            return held
        found: Json = parse(held)
        for name in (canonical, found["url"], f"{found['url']}|{found.get('version')}"):
            if self._held.get((kind, name)) is held:
                self._held[kind, name] = found
        return found

    async def fetch(self) -> bool:
        """Everything is at hand."""
        return False


class CoreCodes:
    """Codes judged by what FHIR R4 publishes and by the grammars of UCUM, languages and media types.

    shelf  packages whose code systems and value sets are read too, when they are complete and list what they hold
    """

    def __init__(self, shelf: Library | None = None) -> None:
        self._shelf = shelf
        self._systems: dict[str, tuple[frozenset[str], bool] | None] = {}
        self._sets: dict[str, CoreValueSet | None] = {}

    def judge(self, question: CodeQuestion) -> CodeAnswer:
        """The answer, as far as the core tells: no hierarchy is known."""
        if question.below:
            return _GOOD if question.code == question.below else _cannot(Cause.UNKNOWN_SYSTEM, question.system)
        if not question.value_set:
            return self._in_system(question.system, question.code)
        held = self._set(question.value_set)
        if held is None:
            return _cannot(Cause.UNKNOWN_VALUE_SET, question.value_set)
        systems = [question.system] if question.system else list(held.codes)
        unsure: CodeAnswer | None = None
        for system in systems:
            if system not in held.codes:
                continue
            codes = held.codes[system]
            if codes is None:
                answer = self._in_system(system, question.code)
            else:
                answer = _GOOD if question.code in codes else CodeAnswer(False, Cause.NOT_IN_VALUE_SET)
            if answer.good:
                return answer
            if answer.good is None:
                unsure = answer
        if unsure is not None:
            return unsure
        for system in held.open:
            if question.system in ("", system) or not system:
                formal = _FORMAL.get(system)
                if formal is None:
                    return _cannot(Cause.UNKNOWN_SYSTEM, system or question.value_set)
                if formal(question.code):
                    return _GOOD
        return CodeAnswer(False, Cause.NOT_IN_VALUE_SET)

    async def fetch(self) -> bool:
        """Everything is at hand."""
        return False

    def _in_system(self, system: str, code: str) -> CodeAnswer:
        formal = _FORMAL.get(system)
        if formal is not None:
            if formal(code):
                return _GOOD
            return CodeAnswer(
                False,
                Cause.UNKNOWN_CODE,
                Text(f"« {code} » n'est pas bien formé pour {system}", f'"{code}" is not well formed for {system}'),
            )
        if system not in self._systems:
            self._systems[system] = self._of_shelf(system)
        held = self._systems[system]
        if held is not None:
            codes, exact = held
            if (code if exact else code.lower()) in codes:
                return _GOOD
            return CodeAnswer(False, Cause.UNKNOWN_CODE)
        core = core_codes(system)
        if core is None:
            return _cannot(Cause.UNKNOWN_SYSTEM, system)
        if (code if core.exact else code.lower()) in core.codes:
            return _GOOD
        if not core.complete:
            return _cannot(Cause.UNKNOWN_SYSTEM, system)
        if system.startswith(_MOVING):
            return CodeAnswer(
                None,
                Cause.UNKNOWN_SYSTEM,
                Text(
                    f"« {code} » n'est pas dans l'édition de {system} publiée avec FHIR R4 ; installez hl7.terminology.r4 "
                    "(socle fhir install) pour juger d'après une édition plus récente",
                    f'"{code}" is not in the edition of {system} published with FHIR R4; install hl7.terminology.r4 '
                    "(socle fhir install) to judge by a later edition",
                ),
            )
        return CodeAnswer(False, Cause.UNKNOWN_CODE)

    def _of_shelf(self, system: str) -> tuple[frozenset[str], bool] | None:
        found = self._shelf.resource("CodeSystem", system) if self._shelf is not None else None
        if found is None or found.get("content") != "complete":
            return None
        exact = bool(found.get("caseSensitive", True))
        codes = _all(found.get("concept", ()))
        return frozenset(codes if exact else (code.lower() for code in codes)), exact

    def _set(self, canonical: str) -> CoreValueSet | None:
        if canonical not in self._sets:
            self._sets[canonical] = self._listed(canonical, ())
        return self._sets[canonical]

    def _listed(self, canonical: str, seen: tuple[str, ...]) -> CoreValueSet | None:
        """A value set of a package by what it lists; one that asks for more than a list is not told here."""
        bare = canonical.partition("|")[0]
        found = None
        if self._shelf is not None:
            found = self._shelf.resource("ValueSet", canonical) or self._shelf.resource("ValueSet", bare)
        if found is None:
            return core_value_set(canonical) or core_value_set(bare)
        compose = found.get("compose") or {}
        if not compose.get("include") or bare in seen:
            return None
        codes: dict[str, frozenset[str] | None] = {}
        open_: set[str] = set()
        for include in compose["include"]:
            self._include(include, codes, open_, (*seen, bare))
        if compose.get("exclude"):
            open_ |= set(codes) | {str(one.get("system", "")) for one in compose["exclude"]}
            excluded: dict[str, frozenset[str] | None] = {}
            for exclude in compose["exclude"]:
                self._include(exclude, excluded, set(), (*seen, bare))
            if all(codes.get(system) is not None and out is not None for system, out in excluded.items()):
                codes = {
                    system: some - (excluded.get(system) or frozenset()) if some is not None else None
                    for system, some in codes.items()
                }
                open_ -= set(codes)
            else:
                codes = {}
        return CoreValueSet(codes, tuple(sorted(open_)))

    def _include(
        self, include: Json, codes: dict[str, frozenset[str] | None], open_: set[str], seen: tuple[str, ...]
    ) -> None:
        system = str(include.get("system", ""))
        if include.get("valueSet"):
            if system or len(include["valueSet"]) > 1:
                open_.add(system)
                return
            inner = self._listed(include["valueSet"][0], seen)
            if inner is None:
                open_.add("")
                return
            open_.update(inner.open)
            for name, some in inner.codes.items():
                _join(codes, name, some)
        elif include.get("concept"):
            _join(codes, system, frozenset(str(one["code"]) for one in include["concept"]))
        elif include.get("filter"):
            open_.add(system)
        else:
            _join(codes, system, None)


def _join(codes: dict[str, frozenset[str] | None], system: str, some: frozenset[str] | None) -> None:
    held = codes.get(system, frozenset())
    codes[system] = None if some is None or held is None else held | some


def _all(concepts: Iterable[Json]) -> list[str]:
    out = []
    ahead = list(concepts)
    while ahead:
        one = ahead.pop()
        out.append(str(one["code"]))
        ahead += one.get("concept", ())
    return out


def _cannot(cause: Cause, what: str) -> CodeAnswer:
    return CodeAnswer(
        None,
        cause,
        Text(
            f"{what} n'est pas installé ici ; installez le paquet ou la terminologie qui le définit (socle fhir install)",
            f"{what} is not installed here; install the package or the terminology that defines it (socle fhir install)",
        ),
    )


_FORMAL: Final[dict[str, Callable[[str], bool]]] = {
    "urn:ietf:bcp:47": lambda code: _LANGUAGE.fullmatch(code) is not None,
    "urn:ietf:bcp:13": lambda code: _MEDIA.fullmatch(code) is not None or code in _FORMATS,
    "http://unitsofmeasure.org": lambda code: unit(code) is not None,
}
