"""What an extraction may be asked for: the deviations of the ROR from Bulk Data Access, as rules."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from socle.kernel.outcome import Issue, Kind, Problem, Text

OFFER: Final = "HealthcareService"
FORMATS: Final = ("application/fhir+json", "application/json")
WHOLE: Final = "_myCompleteExtract"
PARAMETERS: Final = ("_outputFormat", "_type", "_typeFilter", "_since", "includeAssociatedData")
FILE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}\.[0-9]{1,6}\.json", re.ASCII)
MOST_FILTERS: Final = 50
_RULE: Final = "ROR, extraction asynchrone ($export)"
_SHAPING: Final = frozenset({"_sort", "_count", "_include", "_revinclude", "_summary", "_elements", "_total", "_type"})


@dataclass(frozen=True, slots=True)
class Extraction:
    """An extraction, understood: the offers wanted are those that one of these searches finds, all when there is none."""

    queries: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As kept."""
        return {"queries": list(self.queries)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Extraction":
        """As it was kept."""
        return cls(tuple(kept["queries"]))


def understood(given: Mapping[str, Sequence[str]]) -> Extraction:
    """What the parameters ask for. Raises: Problem(INVALID) naming the parameter."""
    for value in given.get("_outputFormat", ()):
        if value.replace(" ", "+") not in FORMATS:
            raise _wrong(
                "_outputFormat",
                f"les fichiers sont en JSON : {FORMATS[0]}",
                f"files are JSON: {FORMATS[0]}",
            )
    for value in given.get("_type", ()):
        if value != OFFER:
            raise _wrong(
                "_type",
                f"demandez {OFFER} : le reste du graphe vient avec",
                f"ask for {OFFER}: the rest of the graph comes with it",
            )
    for value in given.get("includeAssociatedData", ()):
        if value != WHOLE:
            raise _wrong(
                "includeAssociatedData", f"une seule valeur est possible : {WHOLE}", f"only {WHOLE} is possible"
            )
    since = given.get("_since", ())
    if len(since) > 1:
        raise _wrong("_since", "une seule date", "one date only")
    after = f"_lastUpdated=gt{since[0].replace('+', '%2B').replace(' ', '%2B')}" if since else ""
    queries = [_filter(text) for value in given.get("_typeFilter", ()) for text in re.split(rf",(?={OFFER}\?)", value)]
    if len(queries) > MOST_FILTERS:
        raise _wrong("_typeFilter", f"au plus {MOST_FILTERS} filtres", f"at most {MOST_FILTERS} filters")
    if after:
        queries = [f"{one}&{after}" for one in queries] or [after]
    return Extraction(tuple(queries))


def _filter(text: str) -> str:
    of, mark, query = text.partition("?")
    if of != OFFER or not mark or not query:
        raise _wrong(
            "_typeFilter",
            f"écrivez {OFFER}?critère=valeur (les « & » s'écrivent %26)",
            f"write {OFFER}?criterion=value (“&” is written %26)",
        )
    for part in query.split("&"):
        name = part.partition("=")[0].partition(":")[0]
        if name in _SHAPING:
            raise _wrong(
                "_typeFilter",
                f"« {name} » ne choisit rien : n'y mettez que des critères",
                f"“{name}” chooses nothing: only put criteria there",
            )
    return query


def _wrong(name: str, fr: str, en: str) -> Problem:
    return Problem(Kind.INVALID, Issue(Text(f"« {name} » : {fr}.", f"“{name}”: {en}."), (f"http.{name}",), _RULE))
