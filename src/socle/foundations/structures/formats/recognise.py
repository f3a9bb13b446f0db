"""Which format a file is in, by what it begins with; and what a whole reading says."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from socle.foundations.structures.formats.feed_xml import read_xml
from socle.foundations.structures.formats.finess_plus import read_json
from socle.foundations.structures.formats.item import Fault, Found
from socle.foundations.structures.formats.open_csv import read_csv
from socle.foundations.structures.formats.source import RULE, Progress, Source
from socle.kernel.outcome import Text

_BEGINNINGS: Final = (b"finess;", b"structure", b"geolocalisation;")


@dataclass(frozen=True, slots=True)
class Reading:
    """A file being read: what it says, one thing after the other."""

    found: Iterator[Found]


@contextmanager
def read(source: Source, progress: Progress = lambda octets: None) -> Iterator[Reading]:
    """Open a file and read it. Raises: Problem(NOT_FOUND) when it is not there any more."""
    with source.open(progress) as file:
        yield Reading(_safe(file, source.name))


def _safe(file: BinaryIO, name: str) -> Iterator[Found]:
    try:
        yield from _reader(file, name)
    except (EOFError, zlib.error, zipfile.BadZipFile, OSError) as error:
        yield Fault(
            name,
            0,
            "",
            RULE,
            Text(
                f"Le fichier compressé est coupé ou abîmé ({error}). Téléchargez-le de nouveau.",
                f"The packed file is cut or damaged ({error}). Download it again.",
            ),
            fatal=True,
        )


def _reader(file: BinaryIO, name: str) -> Iterator[Found]:
    begin = cast("_Peeks", file).peek(512)[:512]
    text = begin.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        yield from read_xml(file, name)
    elif text.startswith(b"{"):
        if begin.startswith(b"\xef\xbb\xbf"):
            file.read(3)
        yield from read_json(file, name)
    elif text.lower().startswith(_BEGINNINGS):
        yield from read_csv(file, name)
    else:
        shown = text[:30].decode("utf-8", errors="replace").splitlines()
        yield Fault(
            name,
            1,
            "",
            RULE,
            Text(
                f"Ce n'est pas un fichier du FINESS : il commence par « {shown[0] if shown else ''} ». Sont lus : CSV ouvert "
                "(finess;etalab;…), flux XML (<fluxfiness>, <fluxarhgos>), FINESS+ (JSON).",
                f"This is no file of the FINESS: it begins with “{shown[0] if shown else ''}”. Read are: open CSV "
                "(finess;etalab;…), XML feeds (<fluxfiness>, <fluxarhgos>), FINESS+ (JSON).",
            ),
            fatal=True,
        )


class _Peeks(BinaryIO):
    def peek(self, size: int = 0, /) -> bytes:
        raise NotImplementedError
