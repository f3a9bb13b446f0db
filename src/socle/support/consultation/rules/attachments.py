"""What may be joined to a contribution. The content decides; the name and the type that the sender declares do not.

Refused: anything that runs (scripts, macros, programs, pages, vector images), anything that unfolds beyond reason, and
anything that goes on after the end of what it says to be.
"""

import re
import struct
import unicodedata
import zipfile
import zlib
from io import BytesIO
from typing import Final

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.support.consultation.model import LARGEST_ATTACHMENT, MediaType

RULE: Final = "CONS-011"
_EXTENSIONS: Final = {
    MediaType.PDF: ".pdf",
    MediaType.PNG: ".png",
    MediaType.JPEG: ".jpg",
    MediaType.DOCX: ".docx",
    MediaType.ODT: ".odt",
    MediaType.TEXT: ".txt",
}
_MOST_ENTRIES: Final = 2_000
_MOST_UNFOLDED: Final = 100_000_000  # bytes
_MOST_RATIO: Final = 200
_MOST_PIXELS: Final = 60_000_000
_LONGEST_NAME: Final = 120
_ACTIVE_PDF: Final = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)(?![A-Za-z])"
)
_HEXADECIMAL: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_MARKUP: Final = re.compile(r"<\s*(!doctype|html|script|svg|iframe|object|embed|\?xml|\?php|%)", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MACRO: Final = re.compile(
    r"vbaProject|vbaData|(^|/)(Basic|Scripts)/|(^|/)(embeddings|activeX|ObjectReplacements|Object [0-9]+)/|"
    r"\.(bin|exe|dll|com|scr|js|vbs|ps1|bat|cmd|sh|jar|class|html?|svg|swf|zip|docm|dotm)$",
    re.IGNORECASE,
)
_TEMPLATE: Final = re.compile(rb"attachedTemplate|oleObject|frame|subDocument|vbaProject", re.IGNORECASE)


def media_type_of(content: bytes) -> MediaType:
    """What `content` is, all of it checked. Raises: Problem(TOO_LARGE | UNSUPPORTED_MEDIA) that says what is wrong."""
    if len(content) > LARGEST_ATTACHMENT:
        most = LARGEST_ATTACHMENT // 1_000_000
        raise Problem.of(
            Kind.TOO_LARGE,
            f"Ce fichier dépasse {most} Mo : réduisez-le, ou découpez-le.",
            f"This file is larger than {most} MB: make it smaller, or split it.",
            expression="file",
            rule=RULE,
        )
    if not content:
        raise _refused("il est vide", "it is empty")
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(content)
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content.startswith(b"PK\x03\x04"):
        return _document(content)
    return _text(content)


def shown_name(name: str, media_type: MediaType) -> str:
    """A file's name made harmless: no folder, no control, the extension of what it really is."""
    stem = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem = "".join(c for c in stem if c.isprintable() and c not in '<>:"|?*\u202a\u202b\u202c\u202d\u202e')
    head, dot, tail = stem.rpartition(".")
    if dot and 1 <= len(tail) <= 5:
        stem = head
    stem = stem.strip(" .")[:_LONGEST_NAME] or "document"
    return stem + _EXTENSIONS[media_type]


def _pdf(content: bytes) -> MediaType:
    if b"%%EOF" not in content[-1024:]:
        raise _refused("ce PDF est tronqué", "this PDF is cut short")
    plain = _HEXADECIMAL.sub(lambda found: bytes([int(found[1], 16)]), content)
    active = _ACTIVE_PDF.search(plain)
    if active:
        what = active[1].decode()
        raise _refused(
            f"ce PDF contient de quoi agir ou un fichier incorporé (/{what}) : imprimez-le en PDF simple",
            f"this PDF holds something that acts or an embedded file (/{what}): print it as a plain PDF",
        )
    return MediaType.PDF


def _png(content: bytes) -> MediaType:
    at, first = 8, True
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content) or first is not (kind == b"IHDR"):
            break
        if first:
            if length != 13:
                break
            width, height = struct.unpack_from(">II", content, at + 8)
            if width * height > _MOST_PIXELS:
                raise _refused("cette image est démesurée", "this image is beyond measure")
        if zlib.crc32(content[at + 4 : end - 4]) != struct.unpack_from(">I", content, end - 4)[0]:
            break
        if kind == b"IEND":
            if end != len(content):
                raise _refused("quelque chose suit la fin de l'image", "something follows the end of the image")
            return MediaType.PNG
        at, first = end, False
    raise _refused("cette image PNG est abîmée", "this PNG image is damaged")


def _jpeg(content: bytes) -> MediaType:
    if not content.rstrip(b"\x00").endswith(b"\xff\xd9"):
        raise _refused("cette image JPEG est tronquée, ou suivie d'autre chose", "this JPEG is cut short, or goes on")
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        length = struct.unpack_from(">H", content, at + 2)[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and at + 9 <= len(content):
            height, width = struct.unpack_from(">HH", content, at + 5)
            if width * height > _MOST_PIXELS or not width:
                raise _refused("cette image est démesurée", "this image is beyond measure")
            return MediaType.JPEG
        if length < 2 or marker == 0xDA:
            break
        at += 2 + length
    raise _refused("cette image JPEG est abîmée", "this JPEG image is damaged")


def _document(content: bytes) -> MediaType:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return _unfolded(archive, len(content))
    except (
        zipfile.BadZipFile,
        zlib.error,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        struct.error,
        OverflowError,
        IndexError,
        MemoryError,
    ) as error:
        raise _refused("ce document est illisible", "this document cannot be read") from error


def _unfolded(archive: zipfile.ZipFile, size: int) -> MediaType:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_UNFOLDED:
        raise _refused("il se déplie au-delà du raisonnable", "it unfolds beyond reason")
    if any(entry.file_size > 1_000_000 and entry.file_size > _MOST_RATIO * entry.compress_size for entry in entries):
        raise _refused("il se déplie au-delà du raisonnable", "it unfolds beyond reason")
    if sum(entry.compress_size for entry in entries) > size or len(set(names)) != len(names):
        raise _refused("ses parties se chevauchent", "its parts overlap")
    if any(entry.flag_bits & 1 for entry in entries):
        raise _refused("il est chiffré", "it is encrypted")
    for name in names:
        if name.startswith("/") or ".." in name.split("/") or "\\" in name:
            raise _refused("il contient un chemin interdit", "it holds a forbidden path")
        if _MACRO.search(name):
            raise _refused(
                f"il contient une macro ou un objet incorporé ({name[:80]})",
                f"it holds a macro or an embedded object ({name[:80]})",
            )
    total = 0
    for entry in entries:  # what the directory says is not taken for granted
        with archive.open(entry) as part:
            while block := part.read(65536):
                total += len(block)
                if total > _MOST_UNFOLDED:
                    raise _refused("il se déplie au-delà du raisonnable", "it unfolds beyond reason")
    return _kind(archive, names)


def _kind(archive: zipfile.ZipFile, names: list[str]) -> MediaType:
    if names and names[0] == "mimetype":
        if archive.read("mimetype") == MediaType.ODT.encode() and "content.xml" in names:
            if re.search(rb"<(script:|office:scripts>\s*<)", archive.read("content.xml")):
                raise _refused("il contient un script", "it holds a script")
            return MediaType.ODT
    elif "[Content_Types].xml" in names and "word/document.xml" in names:
        types = archive.read("[Content_Types].xml")
        if b"wordprocessingml.document.main+xml" in types and b"macroEnabled" not in types:
            for name in names:
                if name.endswith(".rels"):
                    for one in re.findall(rb"<Relationship\b[^>]*>", archive.read(name)):
                        if b'"External"' in one and _TEMPLATE.search(one):
                            raise _refused("il va chercher une partie au-dehors", "it fetches a part from outside")
            return MediaType.DOCX
    raise _refused("cette archive n'est ni un document DOCX ni un ODT", "this archive is neither a DOCX nor an ODT")


def _text(content: bytes) -> MediaType:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(
            "son contenu n'est d'aucun type accepté (un texte doit être en UTF-8)",
            "its content is of no accepted type (a text must be in UTF-8)",
        ) from None
    if _CONTROL.search(text):
        raise _refused("son contenu n'est d'aucun type accepté", "its content is of no accepted type")
    if text.lstrip().startswith(("<", "#!", "{\\rtf")) or _MARKUP.search(text):
        raise _refused("c'est une page, une image vectorielle ou un script", "it is a page, a vector image or a script")
    return MediaType.TEXT


def _refused(why_fr: str, why_en: str) -> Problem:
    accepted = "PDF, PNG, JPEG, DOCX, ODT, texte"
    return Problem(
        Kind.UNSUPPORTED_MEDIA,
        Issue(
            Text(
                f"Ce fichier est refusé : {why_fr}. Acceptés, d'après leur contenu : {accepted}.",
                f"This file is refused: {why_en}. Accepted, by their content: {accepted.replace('texte', 'text')}.",
            ),
            ("file",),
            RULE,
        ),
    )
