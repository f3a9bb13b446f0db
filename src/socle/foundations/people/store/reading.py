"""The files of an extraction, line by line: zip or folder, whatever the encoding, in constant memory."""

import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from socle.foundations.people.model.colonnes import Sorte
from socle.foundations.people.rules.boites import is_heading
from socle.foundations.people.rules.entetes import Entete, read_entete
from socle.foundations.people.rules.lignes import cleaned, has_control
from socle.foundations.people.store.pieces import last_beginning
from socle.kernel.lines import Decoder
from socle.kernel.outcome import Kind, Problem

BLOCK: Final = 1 << 20
TAIL: Final = 1 << 16  # octets at the end of a block in which a piece is looked for
LONGEST: Final = 100_000  # octets of a line
RULE: Final = "SOCLE-ANNUAIRE-FILE"
_SUFFIXES: Final = (".txt", ".csv")
_DAMAGES: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError)


@dataclass(frozen=True, slots=True)
class Fichier:
    """A file of a source: its name, its size unpacked, and the archive that it is in (None: a file of the disk)."""

    name: str
    size: int
    path: Path
    member: str = ""


@dataclass(slots=True)
class Lecture(Decoder):
    """How reading went: lines that were not UTF-8 (`other`), lines with control characters."""

    nettoyees: int = 0


def fichiers(source: Path) -> list[Fichier]:
    """The text files of a zip, a folder or a single file, in the order of their names.

    Raises: Problem(NOT_FOUND | INVALID) that says what is wrong and what to do.
    """
    if source.is_dir():
        found = [
            Fichier(one.name, one.stat().st_size, one)
            for one in sorted(source.iterdir())
            if one.is_file() and one.suffix.lower() in _SUFFIXES
        ]
        archives = sorted(source.glob("*.zip"))
        if not found and len(archives) == 1:
            return fichiers(archives[0])
    elif not source.is_file():
        raise Problem.of(
            Kind.NOT_FOUND,
            f"{source} : aucun fichier ni dossier de ce nom.",
            f"{source}: no file or folder of that name.",
            rule=RULE,
        )
    elif source.suffix.lower() == ".zip":
        found = _members(source)
    else:
        found = [Fichier(source.name, source.stat().st_size, source)]
    if not found:
        raise Problem.of(
            Kind.INVALID,
            f"{source.name} : aucun fichier texte (.txt, .csv) dedans.",
            f"{source.name}: no text file (.txt, .csv) in it.",
            rule=RULE,
        )
    return found


def _members(source: Path) -> list[Fichier]:
    try:
        with zipfile.ZipFile(source) as archive:
            return [
                Fichier(one.filename.rpartition("/")[2], one.file_size, source, one.filename)
                for one in sorted(archive.infolist(), key=lambda one: one.filename)
                if not one.is_dir() and Path(one.filename).suffix.lower() in _SUFFIXES
            ]
    except _DAMAGES as error:
        raise _damaged(source.name) from error


def _damaged(name: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"{name} : l'archive est tronquée ou abîmée ; rien n'a été chargé. Téléchargez-la de nouveau.",
        f"{name}: the archive is truncated or damaged; nothing was loaded. Download it again.",
        rule=RULE,
    )


def empreinte(files: list[Fichier]) -> str:
    """By which the same source is known again: names, sizes, dates."""
    told = "\n".join(f"{one.name} {one.size} {one.path.stat().st_mtime_ns}" for one in files)
    return sha256(told.encode()).hexdigest()[:32]


@contextmanager
def _opened(file: Fichier) -> Iterator[IO[bytes]]:
    if not file.member:
        with file.path.open("rb") as stream:
            yield stream
        return
    with zipfile.ZipFile(file.path) as archive, archive.open(file.member) as member:
        yield member


def premiere(file: Fichier) -> tuple[str, bool]:
    """The first line of a file, and whether it is alone. Raises: Problem(INVALID)."""
    try:
        with _opened(file) as stream:
            first = stream.readline(LONGEST)
            alone = bool(first) and not stream.read(1)
    except _DAMAGES as error:
        raise _damaged(file.name) from error
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Problem.of(
            Kind.INVALID,
            f"{file.name} : le fichier est en UTF-16 ; enregistrez-le en UTF-8.",
            f"{file.name}: the file is in UTF-16; save it as UTF-8.",
            rule=RULE,
        )
    return decoded(first, Lecture()).removeprefix("\ufeff"), alone


def entete(file: Fichier) -> Entete:
    """How to read a file. Raises: Problem(INVALID)."""
    first, alone = premiere(file)
    found = read_entete(first, file.name)
    if alone and found.heading and found.sorte is Sorte.ACTIVITE:
        raise headings_alone(file.name)
    return found


def headings_alone(name: str) -> Problem:
    """A file that says nothing but its columns."""
    return Problem.of(
        Kind.INVALID,
        f"{name} : l'en-tête est seul, sans une ligne de données ; rien n'a été chargé. Reprenez le fichier tel qu'il est "
        "publié.",
        f"{name}: the headings are alone, without a line of data; nothing was loaded. Take the file as it is published.",
        rule=RULE,
    )


def boites_parmi(files: list[Fichier]) -> bool:
    """Whether these files are the extraction of mailboxes, and not that of professionals.

    Raises: Problem(INVALID) when both are there.
    """
    found = {is_heading(premiere(file)[0]) for file in files}
    if len(found) > 1:
        raise Problem.of(
            Kind.INVALID,
            "L'extraction MSSanté et celle des professionnels se chargent l'une après l'autre : donnez d'abord PS_LibreAcces, "
            "puis Extraction_Correspondance_MSSante.",
            "The extraction of mailboxes and that of professionals are loaded one after the other: first give PS_LibreAcces, "
            "then Extraction_Correspondance_MSSante.",
            rule=RULE,
        )
    return found == {True}


def decoded(line: bytes, lecture: Lecture) -> str:
    """The text of a line, without what no column may hold."""
    text = lecture.text(line)
    if not text.isprintable() and has_control(text):
        lecture.nettoyees += 1
        text = cleaned(text)
    return text


def blocs(file: Fichier, offset: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """The lines of a file by blocks of about a megabyte, each with the offset after it, from an offset on.

    Raises: Problem(INVALID) when the archive ends too early.
    """
    for after, octets in morceaux(file, offset):
        yield after, octets.removesuffix(b"\n").split(b"\n")


def morceaux(file: Fichier, offset: int = 0) -> Generator[tuple[int, bytes], None, None]:
    """`blocs` as octets: whole lines, cut between two pieces where there are.

    Raises: Problem(INVALID) when the archive ends too early.
    """
    try:
        with _opened(file) as stream:
            if offset:
                stream.seek(offset)
            rest = b""
            while block := stream.read(BLOCK):
                offset += len(block)
                octets = rest + block
                cut = last_beginning(octets, max(0, len(octets) - TAIL)) or octets.rfind(b"\n") + 1
                rest = octets[cut:]
                if len(rest) > LONGEST and not cut:
                    raise _endless(file.name)
                if cut:
                    yield offset - len(rest), octets[:cut]
            if rest:
                yield offset, rest
    except _DAMAGES as error:
        raise _damaged(file.name) from error


def _endless(name: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"{name} : une ligne dépasse {LONGEST} octets ; ce n'est pas une extraction de l'Annuaire.",
        f"{name}: a line is longer than {LONGEST} octets; this is no extraction of the Annuaire.",
        rule=RULE,
    )
