"""The standard XML feeds: `fluxfiness`, an `horodatage` (who sends, to whom, which version, of which day), then records.

Read element by element; entities, DTD and the network are refused. Source: XSDs cs1400101 to cs1400109, V4.1.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final, cast

from lxml import etree

from socle.foundations.structures.formats.item import Fault, Found
from socle.foundations.structures.formats.made import made
from socle.foundations.structures.formats.shapes import SHAPES
from socle.kernel.outcome import Text

_RECORDS: Final = {
    "structureej": SHAPES["xml-ej"],
    "structureet": SHAPES["xml-et"],
    "geolocalisation": SHAPES["xml-geo"],
    "activiteoffresoin": SHAPES["xml-activity"],
    "equipmateriellourd": SHAPES["xml-equipment"],
    "equipementsocial": SHAPES["xml-social"],
}
# The feeds of activities, equipment and places repeat who the structure is, in short: what is there says nothing new.
_WHOLE: Final = {"structureej": "statutjuridique", "structureet": "categagretab"}
_RULE: Final = "FINESS, flux XML V4.1"
_MOST_FIELDS: Final = 200


class _Tail:
    """A file of which the last octets are remembered, to tell one that is cut from one that is wrong."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._last = b""

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._last = (self._last + data)[-200:]
        return data

    @property
    def is_cut(self) -> bool:
        """Whether the file ends, and not by the end of its root."""
        while not self._file.closed and self.read(1 << 16):
            pass
        return not self._last.rstrip().endswith(b"</fluxfiness>")


def read_xml(file: BinaryIO, name: str) -> Iterator[Found]:
    """What a feed says, in order."""
    depth = 0
    known = False
    watched = _Tail(file)
    try:
        events = etree.iterparse(
            cast(BinaryIO, watched),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for event, element in events:
            if event == "start":
                depth += 1
                if depth == 1:
                    fault = _envelope(element, name)
                    if fault is not None:
                        yield fault
                        return
                elif depth == 2 and element.getprevious() is None and element.tag != "horodatage":
                    yield _fault(
                        name,
                        _line(element),
                        "horodatage",
                        "l'enveloppe n'a pas d'horodatage",
                        "the envelope has no horodatage",
                    )
                continue
            depth -= 1
            if depth != 1:
                continue
            known = known or element.tag in _RECORDS
            yield from _record(element, name)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        cut = watched.is_cut
        yield Fault(
            name,
            error.lineno or 0,
            "",
            _RULE,
            Text(
                "Le fichier est coupé : il finit avant la balise </fluxfiness>. Téléchargez-le de nouveau."
                if cut
                else f"XML mal formé : {error.msg}.",
                "The file is cut: it ends before </fluxfiness>. Download it again."
                if cut
                else f"Malformed XML: {error.msg}.",
            ),
            fatal=True,
        )
        return
    if not known:
        yield _fault(
            name,
            0,
            "",
            f"aucun enregistrement connu ({', '.join(_RECORDS)}) : ce flux n'est pas de ceux que le répertoire lit",
            f"no known record ({', '.join(_RECORDS)}): the register does not read this feed",
        )


def _envelope(element: "etree._Element", name: str) -> Fault | None:
    info = element.getroottree().docinfo
    if getattr(info, "doctype", ""):
        return _fault(
            name, 1, "", "un DOCTYPE n'a pas sa place dans un flux", "a DOCTYPE has no place in a feed", fatal=True
        )
    if element.tag != "fluxfiness":
        return _fault(
            name,
            1,
            "",
            f"la racine est « {element.tag} » ; un flux du FINESS a « fluxfiness »",
            f"the root is “{element.tag}”; a feed of the FINESS has “fluxfiness”",
            fatal=True,
        )
    return None


def _record(element: "etree._Element", name: str) -> Iterator[Found]:
    tag = str(element.tag)
    if tag == "horodatage":
        return
    line = _line(element)
    shape = _RECORDS.get(tag)
    if shape is None:
        yield _fault(name, line, tag, f"« {tag} » n'est pas un enregistrement connu", f"“{tag}” is not a known record")
        return
    if len(element) > _MOST_FIELDS:
        yield _fault(name, line, tag, f"plus de {_MOST_FIELDS} champs", f"more than {_MOST_FIELDS} fields")
        return
    values: dict[str, str] = {}
    for child in element:
        field = str(child.tag)
        if field in values:
            yield _fault(name, _line(child), field, f"« {field} » est répété", f"“{field}” is repeated")
            return
        values[field] = (child.text or "").strip()
    if tag in _WHOLE and _WHOLE[tag] not in values:
        return
    unknown = sorted(set(values) - shape.fields - {"nofinesset", "nofinessej", "nofiness"})
    if unknown:
        yield _fault(
            name,
            line,
            unknown[0],
            f"« {unknown[0]} » n'est pas un champ de « {tag} »",
            f"“{unknown[0]}” is not a field of “{tag}”",
        )
        return
    yield from made(shape, values, name, line)


def _line(element: "etree._Element") -> int:
    line: int | None = getattr(element, "sourceline", None)
    return line or 0


def _fault(name: str, line: int, field: str, fr: str, en: str, *, fatal: bool = False) -> Fault:
    return Fault(name, line, field, _RULE, Text(f"{fr[0].upper()}{fr[1:]}.", f"{en[0].upper()}{en[1:]}."), fatal=fatal)
