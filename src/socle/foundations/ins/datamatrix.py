"""The INS datamatrix: what is printed on a document so that the next reader need not type an identity again.

Plain text in an ECC200 symbol, not signed. Header of 26 characters ("IS", version "01", 22 reserved "0"), then
fields: two characters of name, then the value. A variable-length field that is neither full nor last ends with GS
(0x1D).

| field | what | length |
|---|---|---|
| S1 | matricule with its key | 15 |
| S2 | OID | up to 20 |
| S3 | list of given names, capitals | up to 100 |
| S4 | birth name, capitals | up to 100 |
| S5 | sex, M or F | 1 |
| S6 | birth date, JJ-MM-AAAA | 10 |
| S7 | birthplace (INSEE), optional | 5 |

Source: ANS, “Format datamatrix INS”, version 01 of the format; shared facts, section 1.6.
"""

import io
import struct
from dataclasses import dataclass
from typing import Final

import zxingcpp
from PIL import Image, UnidentifiedImageError

from socle.foundations.ins.model import INS, AutoriteAffectation, MatriculeINS, Sexe, TraitsStricts
from socle.kernel.outcome import Kind, Problem

RULE: Final = "ANS Format datamatrix INS"
HEADER: Final = "IS01" + "0" * 22
GS: Final = "\x1d"
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_TEXT: Final = 400  # characters; the longest legal message is 26 + 17 + 22 + 102 + 102 + 3 + 12 + 7 and separators
MAX_IMAGE: Final = 4 * 1024 * 1024  # bytes of a PNG that we agree to open
MAX_PIXELS: Final = 9_000_000  # an A4 page at 300 dpi; about a second to search at worst

_FIXED: Final = {"S1": 15, "S5": 1, "S6": 10, "S7": 5}
_VARIABLE: Final = {"S2": 20, "S3": 100, "S4": 100}
_REQUIRED: Final = ("S1", "S2", "S3", "S4", "S5", "S6")


@dataclass(frozen=True, slots=True)
class Lecture:
    """What a datamatrix says. It proves nothing: it is not signed, and its identity must be verified (RNIV 4.3)."""

    ins: INS
    traits: TraitsStricts

    @property
    def warnings(self) -> tuple[str, ...]:
        """What deserves a word, in French."""
        return self.ins.warnings


def write(ins: INS, traits: TraitsStricts) -> str:
    """The text of the datamatrix. Callers decide whether it may be written at all: `rules.may_transmit_matricule`.

    An incomplete birth date is completed (RNIV EXI PP 19); an unknown birthplace is left out.
    Raises: Problem(RULE_VIOLATED) for an undetermined sex, which the format does not know.
    """
    if traits.sexe is Sexe.I:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            "Le datamatrix INS ne connaît que le sexe M ou F.",
            "The INS datamatrix knows the sex M or F only.",
            rule=RULE,
        )
    fields = [
        ("S1", ins.matricule.value),
        ("S2", ins.oid),
        ("S3", traits.liste_prenoms),
        ("S4", traits.nom_naissance),
        ("S5", traits.sexe.value),
        ("S6", f"{traits.date_naissance.completed():%d-%m-%Y}"),
    ]
    if traits.is_birthplace_known:
        fields.append(("S7", traits.lieu_naissance))
    text = HEADER
    for position, (name, value) in enumerate(fields):
        longest = _VARIABLE.get(name, len(value))
        if len(value) > longest:  # only a list of given names can be that long
            value = value[:longest].rsplit(" ", 1)[0]
        text += name + value
        if len(value) < longest and position < len(fields) - 1:
            text += GS
    return text


def parse(text: str) -> Lecture:
    """What the text of a datamatrix says.

    Raises: Problem(MALFORMED) when it is not one; Problem(INVALID | RULE_VIOLATED) when a value is impossible. Date and
    matricule are not compared: the published example itself does not agree with its own number.
    """
    if len(text) > MAX_TEXT or text[:2] != "IS":
        raise _malformed(
            "ce code n'est pas un datamatrix INS (il ne commence pas par « IS »)", "this is no INS datamatrix"
        )
    if text[2:4] != "01":
        raise _malformed("version du datamatrix INS inconnue (attendue : 01)", "unknown version (01 expected)")
    if len(text) < len(HEADER):
        raise _malformed("datamatrix INS tronqué", "truncated INS datamatrix")
    fields = _fields(text[len(HEADER) :])
    missing = [name for name in _REQUIRED if name not in fields]
    if missing:
        raise _malformed(f"champs absents : {', '.join(missing)}", f"missing fields: {', '.join(missing)}")
    day, month, year = fields["S6"][:2], fields["S6"][3:5], fields["S6"][6:]
    if fields["S6"] != f"{day}-{month}-{year}":
        raise _malformed("S6 n'est pas une date JJ-MM-AAAA", "S6 is not a date DD-MM-YYYY")
    if fields["S5"] not in ("M", "F"):
        raise _malformed("S5 (sexe) n'est ni M ni F", "S5 (sex) is neither M nor F")
    ins = INS(MatriculeINS(fields["S1"][:13], fields["S1"][13:]), AutoriteAffectation.of_oid(fields["S2"]))
    traits = TraitsStricts.of(
        nom_naissance=fields["S4"],
        prenoms=fields["S3"],
        sexe=fields["S5"],
        date_naissance=f"{year}-{month}-{day}",
        lieu_naissance=fields.get("S7", ""),
    )
    return Lecture(ins, traits)


def _fields(message: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(message):
        name = message[at : at + 2]
        at += 2
        if name in found:
            raise _malformed(f"champ {name} répété", f"field {name} twice")
        if name in _FIXED:
            value = message[at : at + _FIXED[name]]
            if len(value) < _FIXED[name] or GS in value:
                raise _malformed(f"champ {name} tronqué", f"truncated field {name}")
        elif name in _VARIABLE:
            value = message[at : at + _VARIABLE[name]].split(GS, 1)[0]
            if not value:
                raise _malformed(f"champ {name} vide", f"empty field {name}")
        else:
            raise _malformed("champ inconnu (attendus : S1 à S7)", "unknown field (S1 to S7 expected)")
        found[name] = value
        at += len(value)
        if message[at : at + 1] == GS:
            at += 1
    return found


def _symbol(text: str) -> zxingcpp.Barcode:
    """The symbol, square: the rectangular extensions are not ECC200 and many scanners ignore them."""
    return zxingcpp.create_barcode(text.encode("ascii"), zxingcpp.BarcodeFormat.DataMatrix, force_square=True)


def to_png(text: str, *, module: int = 4) -> bytes:
    """The symbol as PNG, with its quiet zone; `module` is the width of one module in pixels."""
    out = io.BytesIO()
    Image.fromarray(_symbol(text).to_image(scale=module)).save(out, "PNG", optimize=True)
    return out.getvalue()


def to_svg(text: str) -> str:
    """The symbol as SVG to put in a page, with its quiet zone; it scales without blur and prints well."""
    image = Image.fromarray(_symbol(text).to_image(scale=1))
    width, height = image.size
    modules = image.tobytes()  # one byte per module: 0 black, 255 white
    path: list[str] = []
    for y in range(height):
        x = 0
        while x < width:
            run = 0
            while x + run < width and modules[y * width + x + run] < 128:
                run += 1
            if run:
                path.append(f"M{x} {y}h{run}v1h-{run}z")
            x += run or 1
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'shape-rendering="crispEdges">'
        f'<title>Datamatrix INS</title><path fill="#fff" d="M0 0h{width}v{height}H0z"/>'
        f'<path fill="#000" d="{"".join(path)}"/></svg>'
    )


def read_png(data: bytes) -> str:
    """The text of the first datamatrix found in a PNG, GS kept.

    Raises: Problem(TOO_LARGE) beyond 4 MB or 9 million pixels; Problem(MALFORMED) when it is no PNG, or holds no
    datamatrix.
    """
    if len(data) > MAX_IMAGE:
        raise Problem.of(
            Kind.TOO_LARGE,
            "Image trop lourde : 4 Mo au plus.",
            "Image too large: 4 MB at most.",
            rule=RULE,
        )
    if data[:8] != _SIGNATURE or len(data) < 24:
        raise _malformed("ce fichier n'est pas une image PNG lisible", "this file is no readable PNG image")
    width, height = struct.unpack(">II", data[16:24])  # the header, before anything is unpacked
    if width * height > MAX_PIXELS:
        raise Problem.of(
            Kind.TOO_LARGE,
            "Image trop grande : 9 millions de pixels au plus.",
            "Image too large: 9 million pixels at most.",
            rule=RULE,
        )
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            grey = image.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise _malformed("ce fichier n'est pas une image PNG lisible", "this file is no readable PNG image") from error
    for found in zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.DataMatrix])):
        return bytes(found.bytes).decode("ascii", "replace")
    raise _malformed(
        "aucun datamatrix dans cette image ; cadrez-le, à plat et net",
        "no datamatrix in this image; frame it, flat and sharp",
    )


def _malformed(fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.MALFORMED, f"Datamatrix illisible : {fr}.", f"The datamatrix cannot be read: {en}.", rule=RULE
    )
