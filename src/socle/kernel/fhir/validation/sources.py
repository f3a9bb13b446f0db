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
_KINDS: Final = (  # what people send by mistake, by its first octets
    (b"\x89PNG", "une image PNG", "a PNG image"),
    (b"\xff\xd8\xff", "une image JPEG", "a JPEG image"),
    (b"GIF8", "une image GIF", "a GIF image"),
    (b"%PDF-", "un PDF", "a PDF"),
    (b"\x1f\x8b", "un fichier compressé (gzip, tgz)", "a compressed file (gzip, tgz)"),
    (b"7z\xbc\xaf", "une archive 7z", "a 7z archive"),
    (b"Rar!", "une archive RAR", "a RAR archive"),
    (b"PK\x03\x04", "une archive dans une archive", "an archive within an archive"),
    (b"\xd0\xcf\x11\xe0", "un document de bureautique", "an office document"),
    (b"{\\rtf", "un document RTF", "an RTF document"),
    (b"\xff\xfe", "un texte en UTF-16", "a text in UTF-16"),
    (b"\xfe\xff", "un texte en UTF-16", "a text in UTF-16"),
    (b"MSH|", "un message HL7 v2", "an HL7 v2 message"),
)


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
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):  # the second: an archive with nothing in it
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
    """The resource of a JSON or XML text. Raises: Problem(MALFORMED | INVALID), saying what a file of another kind is."""
    for first, fr, en in _KINDS:
        if data.startswith(first):
            raise Problem.of(
                Kind.MALFORMED,
                f"C'est {fr}, et non une ressource : envoyez du FHIR en JSON ou en XML (UTF-8), du NDJSON, ou un zip de ces "
                "fichiers.",
                f"This is {en}, not a resource: send FHIR in JSON or XML (UTF-8), NDJSON, or a zip of these files.",
                code="structure",
            )
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
