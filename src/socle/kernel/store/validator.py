"""Validation in a house: definitions from its packages, codes from its terminologies, both brought as checks ask."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from socle.kernel.fhir.core import core_structure
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.knowledge import Cause, CodeAnswer, CodeQuestion, Codes, Terminology
from socle.kernel.fhir.packages import answering
from socle.kernel.fhir.validation import CoreCodes, Judged, Report, Source, judge_text, validate
from socle.kernel.store.compression import unpack
from socle.kernel.store.database import Database

Json = dict[str, Any]
Key = tuple[str, str]  # (resource type, canonical)

_FRESH: Final = 5.0  # seconds during which packages are taken to be the same
_MOST: Final = 2_000  # definitions remembered
_ROUNDS: Final = 40  # each brings one more level of definitions
_LARGE: Final = 50_000  # octets: longer texts are judged in a thread, so that the house goes on answering


class Validator:
    """The validator of a house; remembers definitions until its packages change."""

    def __init__(self, database: Database, terminology: Terminology) -> None:
        self._database = database
        self._terminology = terminology
        self.known: dict[Key, Json | None] = {}
        self._packages: Any = None
        self._looked = 0.0

    async def judge(
        self, resource: Json, *, profiles: Sequence[str] = (), now: datetime | None = None, language: str = ""
    ) -> Report:
        """The report on a resource that is already read."""
        library, codes = await self._begin()
        for _ in range(_ROUNDS):
            report = await asyncio.to_thread(
                validate, resource, library, codes, profiles=profiles, now=now, language=language
            )
            if not await _more(library, codes):
                break
        return report

    async def judge_texts(
        self, texts: Iterable[Source], *, profiles: Sequence[str] = (), now: datetime | None = None, language: str = ""
    ) -> list[Judged]:
        """The reports on texts, with lines and columns."""
        library, codes = await self._begin()
        out = []
        for source in texts:
            for _ in range(_ROUNDS):
                if len(source.data) > _LARGE:
                    report = await asyncio.to_thread(
                        judge_text, source, library, codes, profiles=profiles, now=now, language=language
                    )
                else:
                    report = judge_text(source, library, codes, profiles=profiles, now=now, language=language)
                if not await _more(library, codes):
                    break
            out.append(Judged(source, report))
            await asyncio.sleep(0)
        return out

    async def _begin(self) -> tuple["_Held", "_Codes"]:
        await self._forget_old()
        library = _Held(self)
        return library, _Codes(self._terminology.codes(), library)

    async def _forget_old(self) -> None:
        moment = time.monotonic()
        if self._packages is not None and moment - self._looked < _FRESH:
            return
        rows = await self._database.query("SELECT max(id) AS last, count(*) AS number FROM house.package WHERE ready")
        packages = (rows[0]["last"], rows[0]["number"])
        if packages != self._packages or len(self.known) > _MOST:
            self.known = {}
        self._packages, self._looked = packages, moment

    async def bring(self, keys: Sequence[Key]) -> None:
        """Definitions from the packages; None for those that no package holds."""
        wanted: dict[Key, list[tuple[str, str]]] = {}  # (type, url) → [(canonical, version asked)]
        for kind, canonical in keys:
            url, _, version = canonical.partition("|")
            wanted.setdefault((kind, url), []).append((canonical, version))
        sql = (
            "SELECT r.type, r.url, r.version, r.body FROM house.package_resource r JOIN house.package p ON p.id = r.package "
            "WHERE p.ready AND r.type = ANY($1) AND r.url = ANY($2) ORDER BY p.id"
        )
        rows = await self._database.query(sql, sorted({kind for kind, _ in wanted}), sorted({url for _, url in wanted}))
        bodies: dict[Key, dict[str, bytes]] = {}
        for row in rows:
            bodies.setdefault((row["type"], row["url"]), {})[row["version"]] = row["body"]
        for (kind, url), asked in wanted.items():
            held = bodies.get((kind, url), {})
            for canonical, version in asked:
                match = answering(version, held)
                exact = match is not None and (match.how == "exact" or not version)
                self.known[kind, canonical] = parse(unpack(held[match.version])) if match and exact else None


class _Held:
    """The Library of one check."""

    def __init__(self, validator: Validator) -> None:
        self._validator = validator
        self._noted: dict[Key, None] = {}

    def structure(self, canonical: str) -> Json | None:
        """A StructureDefinition: the core's when it has that very one, else a package's."""
        return core_structure(canonical) or self.resource("StructureDefinition", canonical)

    def resource(self, resource_type: str, canonical: str) -> Json | None:
        """Any other definition."""
        key = (resource_type, canonical)
        known = self._validator.known
        if key in known:
            return known[key]
        self._noted[key] = None
        return None

    async def fetch(self) -> bool:
        """Bring what was noted."""
        if not self._noted:
            return False
        keys, self._noted = list(self._noted), {}
        await self._validator.bring(keys)
        return any(self._validator.known.get(key) is not None for key in keys)


class _Codes:
    """The Codes of one check: the house's terminologies, then what packages list, then what FHIR R4 publishes."""

    def __init__(self, terms: Codes, library: _Held) -> None:
        self._terms = terms
        self._library = library
        self._listed = CoreCodes(library)

    def judge(self, question: CodeQuestion) -> CodeAnswer:
        """The first answer that tells."""
        answer = self._terms.judge(question)
        if answer.cause in (Cause.UNKNOWN_SYSTEM, Cause.UNKNOWN_VALUE_SET):
            listed = self._listed.judge(question)
            return answer if listed.good is None else listed
        return answer

    def forget(self) -> None:
        """Read packages again: more of them is at hand."""
        self._listed = CoreCodes(self._library)

    async def fetch(self) -> bool:
        """Bring what was noted."""
        return await self._terms.fetch()


async def _more(library: _Held, codes: _Codes) -> bool:
    """Whether something new is at hand."""
    definitions = await library.fetch()
    if definitions:
        codes.forget()
    return await codes.fetch() or definitions
