"""The XML feeds: `fluxfiness` (`fluxarhgos` for FINESS_AMM), an `horodatage` (who sends, to whom, which version, of which day),
then records.

Read record by record, in whatever thread; a DOCTYPE is refused, so there is no entity and nothing to fetch.
Source: XSDs cs1400101 to cs1400107, cs1400109, cs1600101, cs1600102, V4.1; FINESS_AMM V9.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final
from xml.parsers import expat

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
    "disciplineenseignee": SHAPES["xml-training"],
    "autreactivite": SHAPES["xml-other"],
    "activitesoumiseareco": SHAPES["xml-recognised"],
    "activiteamm": SHAPES["xml-amm"],
}
_ROOTS: Final = ("fluxfiness", "fluxarhgos")
# What happened to an authorisation, in the feeds of other and of recognised activities: told apart, and not kept.
_EVENTS: Final = frozenset({"evenement", "avenant"})
# Lists in a record of FINESS_AMM: which element of theirs is kept, under which name; "" for those that are passed over.
_LISTS: Final = {
    "listecommunesHAD": ("inseecode", "communes"),
    "listeetablissementsPSY": ("nofinesset", "etablissementspsy"),
    "listeevenements": ("", ""),
}
_RENAMED: Final = {"codeautorarhgos": "noautorarhgos"}
# An agreement bears the tag of establishments (cs1400107): it is told by its field.
_AGREEMENT: Final = "noconv"
# The feeds of activities, equipment and places repeat who the structure is, in short: what is there says nothing new.
_WHOLE: Final = {"structureej": "statutjuridique", "structureet": "categagretab"}
_RULE: Final = "FINESS, flux XML V4.1"
_MOST_FIELDS: Final = 200
_LONGEST: Final = 10_000  # characters of a field
_CHUNK: Final = 1 << 16
_DEEPEST: Final = 3  # fluxfiness, record, field


@dataclass(slots=True)
class _Record:
    tag: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    wrong: Fault | None = None


class _Stop(Exception):
    """The file is not what it should be: nothing more is read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class _Reader:
    """Records as they end; `done` has those that wait to be taken."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.done: list[_Record] = []
        self._path: list[str] = []
        self._record: _Record | None = None
        self._text: list[str] = []
        self._length = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._say
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise _Stop(
            _fault(
                self.name,
                1,
                "",
                "un DOCTYPE n'a pas sa place dans un flux",
                "a DOCTYPE has no place in a feed",
                fatal=True,
            )
        )

    def _start(self, tag: str, _: object) -> None:
        line = self.parser.CurrentLineNumber
        self._path.append(tag)
        depth = len(self._path)
        if depth == 1 and tag not in _ROOTS:
            raise _Stop(
                _fault(
                    self.name,
                    line,
                    "",
                    f"la racine est « {tag} » ; un flux du FINESS a « fluxfiness » (« fluxarhgos » pour FINESS_AMM)",
                    f"the root is “{tag}”; a feed of the FINESS has “fluxfiness” (“fluxarhgos” for FINESS_AMM)",
                    fatal=True,
                )
            )
        if depth == 2:
            self._record = _Record(tag, line)
        elif depth > _DEEPEST and self._path[2] in _LISTS:
            pass
        elif depth > _DEEPEST and self._record is not None:
            self._refuse(
                line,
                tag,
                f"« {tag} » est trop profond : un champ n'a que du texte",
                f"“{tag}” is too deep: a field has only text",
            )
        elif depth == 3 and self._record is not None:
            if tag in self._record.values:
                self._refuse(line, tag, f"« {tag} » est répété", f"“{tag}” is repeated")
            elif len(self._record.values) >= _MOST_FIELDS:
                self._refuse(line, tag, f"plus de {_MOST_FIELDS} champs", f"more than {_MOST_FIELDS} fields")
        self._text, self._length = [], 0

    def _refuse(self, line: int, field: str, fr: str, en: str) -> None:
        assert self._record is not None
        self._record.wrong = self._record.wrong or _fault(self.name, line, field, fr, en)

    def _say(self, text: str) -> None:
        if len(self._path) >= _DEEPEST and self._length <= _LONGEST:
            self._text.append(text)
            self._length += len(text)

    def _end(self, tag: str) -> None:
        if len(self._path) >= _DEEPEST and self._path[2] in _LISTS:
            self._list(tag)
        elif len(self._path) == 3 and self._record is not None and len(self._record.values) < _MOST_FIELDS:
            if self._length > _LONGEST:
                self._refuse(
                    self.parser.CurrentLineNumber,
                    tag,
                    f"plus de {_LONGEST} caractères",
                    f"more than {_LONGEST} characters",
                )
            self._record.values[_RENAMED.get(tag, tag)] = "".join(self._text).strip()
        if len(self._path) == 2 and self._record is not None:
            self.done.append(self._record)
            self._record = None
        self._path.pop()

    def _list(self, tag: str) -> None:
        """An element of a list ends: it is one more word of what is kept of the list, if it is."""
        wanted, name = _LISTS[self._path[2]]
        if tag == wanted and self._record is not None:
            said = f"{self._record.values.get(name, '')} {''.join(self._text).strip()}".strip()
            if len(said) > _LONGEST:
                self._refuse(
                    self.parser.CurrentLineNumber,
                    tag,
                    f"plus de {_LONGEST} caractères",
                    f"more than {_LONGEST} characters",
                )
            else:
                self._record.values[name] = said


def read_xml(file: BinaryIO, name: str) -> Iterator[Found]:
    """What a feed says, in order."""
    reader = _Reader(name)
    known = False
    refused: tuple[str, Text] | None = None
    first = True
    events = 0
    last = b""
    try:
        while True:
            data = file.read(_CHUNK)
            last = (last + data)[-200:]
            reader.parser.Parse(data, not data)
            records, reader.done = reader.done, []
            for one in records:
                if first and one.tag != "horodatage":
                    yield _fault(
                        name,
                        one.line,
                        "horodatage",
                        "l'enveloppe n'a pas d'horodatage",
                        "the envelope has no horodatage",
                    )
                first = False
                known = known or one.tag in _RECORDS
                if one.tag in _EVENTS:
                    events += 1
                    continue
                refused = refused or _unread(one.tag)
                if refused is None:
                    yield from _record(one, name)
            if not data:
                break
    except _Stop as stop:
        yield stop.fault
        return
    except expat.ExpatError as error:
        for one in reader.done:
            yield from _record(one, name)
        yield _broken(file, last, error, name)
        return
    if events:
        yield Fault(
            name,
            0,
            "",
            _RULE,
            Text(
                f"{events} événements ou avenants d'autorisations ne sont pas gardés : le répertoire tient l'état des activités.",
                f"{events} events or amendments of authorisations are not kept: the register has the state of activities.",
            ),
            severe=False,
        )
    if refused:
        named, why = refused
        yield _fault(
            name,
            0,
            "",
            f"ce flux n'est pas lu : {why.fr}. Retirez-le de la liste (premier enregistrement : « {named} »)",
            f"this feed is not read: {why.en}. Take it off the list (first record: “{named}”)",
        )
    elif not known:
        yield _fault(
            name,
            0,
            "",
            f"aucun enregistrement connu ({', '.join(_RECORDS)}) : ce flux n'est pas de ceux que le répertoire lit",
            f"no known record ({', '.join(_RECORDS)}): the register does not read this feed",
        )


def _unread(tag: str) -> tuple[str, Text] | None:
    """(tag, why) of a record of a feed that is known and not read."""
    if tag.startswith("nomencl"):
        return tag, Text(
            "c'est une nomenclature (cs11001, cs15001, cs16002, cs16003) ; les libellés viennent avec chaque ligne des autres "
            "flux, et une nomenclature se charge dans les terminologies (socle import terminology)",
            "it is a nomenclature (cs11001, cs15001, cs16002, cs16003); labels come with each line of the other feeds, and a "
            "nomenclature is loaded into the terminologies (socle import terminology)",
        )
    return None


def _broken(file: BinaryIO, last: bytes, error: expat.ExpatError, name: str) -> Fault:
    """A file that ends before its root does is cut; otherwise it is wrong."""
    while data := file.read(_CHUNK):
        last = (last + data)[-200:]
    cut = not last.rstrip().endswith(tuple(f"</{root}>".encode() for root in _ROOTS))
    said = expat.ErrorString(error.code)
    return Fault(
        name,
        error.lineno,
        "",
        _RULE,
        Text(
            "Le fichier est coupé : il finit avant la balise qui ferme le flux. Téléchargez-le de nouveau."
            if cut
            else f"XML mal formé, colonne {error.offset + 1} : {said}.",
            "The file is cut: it ends before the tag that closes the feed. Download it again."
            if cut
            else f"Malformed XML, column {error.offset + 1}: {said}.",
        ),
        fatal=True,
    )


def _record(one: _Record, name: str) -> Iterator[Found]:
    if one.tag == "horodatage":
        return
    shape = _RECORDS.get(one.tag)
    if shape is None:
        yield _fault(
            name,
            one.line,
            one.tag,
            f"« {one.tag} » n'est pas un enregistrement connu",
            f"“{one.tag}” is not a known record",
        )
        return
    if one.wrong is not None:
        yield one.wrong
        return
    if one.tag == "structureet" and _AGREEMENT in one.values:
        shape = SHAPES["xml-agreement"]
        if not one.values[_AGREEMENT]:
            return  # an establishment without any
    elif one.tag in _WHOLE and _WHOLE[one.tag] not in one.values:
        return
    unknown = sorted(set(one.values) - shape.fields - {"nofinesset", "nofinessej", "nofiness"})
    if unknown:
        yield _fault(
            name,
            one.line,
            unknown[0],
            f"« {unknown[0]} » n'est pas un champ de « {one.tag} »",
            f"“{unknown[0]}” is not a field of “{one.tag}”",
        )
        return
    yield from made(shape, one.values, name, one.line)


def _fault(name: str, line: int, field: str, fr: str, en: str, *, fatal: bool = False) -> Fault:
    return Fault(name, line, field, _RULE, Text(f"{fr[0].upper()}{fr[1:]}.", f"{en[0].upper()}{en[1:]}."), fatal=fatal)
