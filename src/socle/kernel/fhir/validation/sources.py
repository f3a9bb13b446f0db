"""Texts to validate: JSON, XML, NDJSON, archives of these; each judged with the place of its faults in the text."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from socle.kernel.fhir import xml
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.knowledge import Codes, Library
from socle.kernel.fhir.validation.places import with_places
from socle.kernel.fhir.validation.validate import Report, validate
from socle.kernel.outcome import Kind, Problem

LARGEST: Final = 100_000_000  # octets of one text
MOST: Final = 100_000  # texts of an archive or of NDJSON
_ALL: Final = 1_000_000_000  # octets of an archive, unpacked
_ENDS: Final = (".json", ".xml", ".ndjson")


@dataclass(frozen=True, slots=True)
class Source:
    """A text and its name: the file's, with the line of an NDJSON or the member of an archive."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Judged:
    """A text and what is wrong with it."""

    source: Source
    report: Report


def sources(name: str, data: bytes) -> Iterator[Source]:
    """The texts that a file holds: itself, its lines (NDJSON), its members (zip).

    Raises: Problem(TOO_LARGE | MALFORMED), at any moment.
    """
    if data[:4] == b"PK\x03\x04":
        yield from _members(name, data)
    elif name.endswith(".ndjson"):
        for number, line in enumerate(data.split(b"\n"), start=1):
            if number > MOST:
                raise _too_many(name)
            if line.strip():
                yield Source(f"{name}:{number}", line)
    elif len(data) > LARGEST:
        raise _too_large(name)
    else:
        yield Source(name, data)


def judge_text(
    source: Source,
    library: Library,
    codes: Codes,
    *,
    profiles: Sequence[str] = (),
    now: datetime | None = None,
    language: str = "",
) -> Report:
    """The report on a text; one that cannot be read is a report too."""
    try:
        resource = read_text(source.data)
    except Problem as problem:
        issues = tuple(replace(one, severity="fatal", code=one.code or problem.kind.code) for one in problem.issues)
        return Report(issues, (), ())
    report = validate(resource, library, codes, profiles=profiles, now=now, language=language)
    return replace(report, issues=with_places(report.issues, source.data))


def read_text(data: bytes) -> Any:
    """The resource of a JSON or XML text. Raises: Problem(MALFORMED | INVALID)."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return xml.read(data).resource
    return parse(data)


def _members(name: str, data: bytes) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [one for one in archive.infolist() if not one.is_dir() and one.filename.endswith(_ENDS)]
            if len(infos) > MOST:
                raise _too_many(name)
            if sum(one.file_size for one in infos) > _ALL:
                raise _too_large(name)
            for info in infos:
                with archive.open(info) as member:
                    content = member.read(LARGEST + 1)  # whatever size the archive declares
                if len(content) > LARGEST:
                    raise _too_large(f"{name}/{info.filename}")
                if info.filename.endswith(".ndjson"):
                    yield from sources(f"{name}/{info.filename}", content)
                else:
                    yield Source(f"{name}/{info.filename}", content)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Problem.of(
            Kind.MALFORMED,
            f"{name} n'est pas une archive zip lisible : refaites-la sans chiffrement.",
            f"{name} is not a readable zip archive: make it again without encryption.",
        ) from error


def _too_large(name: str) -> Problem:
    return Problem.of(
        Kind.TOO_LARGE,
        f"{name} dépasse 100 Mo (1 Go pour une archive) ; coupez-le.",
        f"{name} exceeds 100 MB (1 GB for an archive); split it.",
        rule="SOCLE-VALIDATE-SIZE",
    )


def _too_many(name: str) -> Problem:
    return Problem.of(
        Kind.TOO_LARGE,
        f"{name} contient plus de {MOST} textes ; coupez-le.",
        f"{name} holds more than {MOST} texts; split it.",
        rule="SOCLE-VALIDATE-SIZE",
    )
