"""Loaders: one file a format. Each reads in constant memory and names the lines that it refuses (`watch.Fault`).

`read` finds the format of what it is given and yields what it holds.
"""

from collections.abc import Iterator

from socle.foundations.terminologies.loaders import claml, fhir, loinc, rf2, svs, table
from socle.foundations.terminologies.loaders.item import Item, Options
from socle.foundations.terminologies.loaders.source import Place, find, opened
from socle.foundations.terminologies.loaders.watch import Fault, Watch
from socle.kernel.outcome import Kind, Problem

__all__ = ["FORMATS", "Fault", "Item", "Options", "Watch", "opened", "read", "recognise"]

FORMATS = ("fhir", "svs", "claml", "loinc", "rf2", "csv")
_START = 1 << 16


def read(place: Place, format: str, options: Options, watch: Watch) -> Iterator[Item]:
    """Code systems, value sets, maps of the file, folder or zip at `place`; `format` one of FORMATS, or "auto".

    Raises: Problem(INVALID | MALFORMED | TOO_LARGE), naming the file, the line and the rule.
    """
    if format == "auto":
        format = recognise(place)
        watch.note(f"format {format} (reconnu)", f"format {format} (recognised)")
    match format:
        case "rf2":
            yield from rf2.load(place, options, watch)
        case "loinc":
            yield from loinc.load(place, options, watch)
        case "fhir":
            yield from fhir.load(place, _some(place, r"\.(json|ndjson|xml)$", format), options, watch)
        case "svs":
            yield from svs.load(place, _some(place, r"\.xml$", format), options, watch)
        case "claml":
            yield from claml.load(place, _some(place, r"\.(xml|claml)$", format), options, watch)
        case "csv":
            yield from table.load(place, _some(place, r"\.(csv|tsv|txt|tab|tabs)$", format), options, watch)
        case _:
            raise Problem.of(
                Kind.INVALID,
                f"Format « {format} » inconnu : auto, {', '.join(FORMATS)}.",
                f"Unknown format “{format}”: auto, {', '.join(FORMATS)}.",
                rule="format",
            )


def recognise(place: Place) -> str:
    """The format of a place, by the names of its files and the start of the first. Raises: Problem(INVALID) when none fits."""
    if find(place, r"(^|/)x?sct2_Concept_[^/]*\.txt$"):
        return "rf2"
    if find(place, r"(^|/)Loinc\.csv$"):
        return "loinc"
    for name in place.names():
        with place.open(name) as stream:
            start = stream.read(_START)
        text = start.decode("utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
        bare = text.lstrip("\ufeff \t\r\n")
        if bare.startswith("{"):
            return "fhir"
        if bare.startswith("<"):
            if "RetrieveValueSetResponse" in text or "RetrieveMultipleValueSetsResponse" in text:
                return "svs"
            if "<ClaML" in text or ":ClaML" in text:
                return "claml"
            if "http://hl7.org/fhir" in text:
                return "fhir"
        elif name.lower().endswith((".csv", ".tsv", ".txt", ".tab", ".tabs")):
            return "csv"
    raise Problem.of(
        Kind.INVALID,
        f"{place.name} : format non reconnu. Dites-le avec --format : {', '.join(FORMATS)}.",
        f"{place.name}: format not recognised. Tell it with --format: {', '.join(FORMATS)}.",
        rule="format",
    )


def _some(place: Place, pattern: str, format: str) -> list[str]:
    """The files of that kind; a file given alone is taken whatever its name."""
    names = place.names()
    found = names if len(names) == 1 else find(place, pattern)
    if not found:
        raise Problem.of(
            Kind.INVALID,
            f"{place.name} : aucun fichier du format {format}.",
            f"{place.name}: no file of format {format}.",
            rule="format",
        )
    return found
