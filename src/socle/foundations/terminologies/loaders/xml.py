"""XML read as it comes, element by element: constant memory, lines and columns kept, no DTD and no entity.

A DOCTYPE that names an external DTD (ClaML files carry one) is passed over, never fetched, where the loader says so; one that
declares anything is refused, whatever it declares. Only the five entities of XML exist.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from socle.foundations.terminologies.loaders.source import Place
from socle.foundations.terminologies.loaders.watch import Watch
from socle.kernel.fhir.xml.faults import said_by_expat
from socle.kernel.outcome import Kind, Problem

_CHUNK: Final = 1 << 18
_DEEPEST: Final = 64
_LARGEST: Final = 4 << 20  # characters of one element that is kept whole


@dataclass(slots=True)
class Node:
    """An element: local name, attributes by local name ("xml:lang" is "lang"), texts and elements in order."""

    name: str
    attributes: dict[str, str]
    line: int
    column: int
    content: list["Node | str"] = field(default_factory=list)

    def get(self, name: str) -> str:
        """An attribute, "" when absent."""
        return self.attributes.get(name, "")

    def children(self, name: str) -> Iterator["Node"]:
        """Its elements of that name."""
        return (each for each in self.content if isinstance(each, Node) and each.name == name)

    def text(self) -> str:
        """All its text, blanks made single."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        for each in self.content:
            if isinstance(each, str):
                yield each
            else:
                yield " "
                yield from each._pieces()
                yield " "


def elements(
    place: Place,
    name: str,
    kept: Iterable[str],
    watch: Watch,
    *,
    doctype: bool = False,
    opened: Iterable[str] = (),
    each_of_root: bool = False,
    root: bool = False,
) -> Iterator[Node]:
    """Elements of the names in `kept`, whole, and those in `opened` as soon as they begin (attributes alone), in order.

    each_of_root  every child of the root is kept, whatever its name
    root          only the root is looked at: what follows is not read

    Raises: Problem(MALFORMED) naming line and column when the XML is not well formed, declares a DTD or an entity, is too
    deep, or holds an element that is too large. Those are never passed over: what follows cannot be trusted.
    """
    reader = _Reader(name, frozenset(kept), frozenset(opened), doctype, each_of_root)
    with place.open(name, watch) as stream:
        while True:
            chunk = stream.read(_CHUNK)
            reader.feed(chunk)
            yield from reader.taken()
            if not chunk or (root and reader.begun):
                return


class _Reader:
    def __init__(
        self, file: str, kept: frozenset[str], opened: frozenset[str], doctype: bool, each_of_root: bool
    ) -> None:
        self._file = file
        self._kept = kept
        self._opened = opened
        self._doctype = doctype
        self._each_of_root = each_of_root
        self.begun = False
        self._stack: list[Node] = []
        self._depth = 0
        self._size = 0
        self._ready: list[Node] = []
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._declared_doctype
        parser.EntityDeclHandler = self._declared_entity
        parser.SkippedEntityHandler = self._skipped_entity
        self._parser = parser

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            why_fr, why_en = said_by_expat(error.code)
            fr, en = f"XML mal formé : {why_fr}", f"XML is not well formed: {why_en}"
            if expat.ErrorString(error.code) == expat.errors.XML_ERROR_INVALID_TOKEN:  # most often that
                fr += ", ou d'un autre encodage que celui que dit sa première ligne"
                en += ", or in another encoding than its first line says"
            raise self._malformed("xml", fr, en, error.lineno, error.offset + 1) from None
        except (LookupError, ValueError) as error:
            raise self._malformed(
                "encoding", f"encodage non reconnu ({error})", f"encoding not recognised ({error})", 1, 1
            ) from None

    def taken(self) -> list[Node]:
        ready, self._ready = self._ready, []
        return ready

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self.begun = True
        if self._depth > _DEEPEST:
            raise self._malformed(
                "xml-depth", f"plus de {_DEEPEST} éléments emboîtés", f"more than {_DEEPEST} nested elements"
            )
        local = name.rpartition(" ")[2]
        kept = bool(self._stack) or local in self._kept or (self._each_of_root and self._depth == 2)
        if not kept and local not in self._opened:
            return
        node = Node(
            local,
            {key.rpartition(" ")[2]: value for key, value in attributes.items()},
            self._parser.CurrentLineNumber,
            self._parser.CurrentColumnNumber + 1,
        )
        if not kept:
            self._ready.append(node)
            return
        self._grow(sum(map(len, attributes.values())) + 64)
        if self._stack:
            self._stack[-1].content.append(node)
        self._stack.append(node)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._stack:
            node = self._stack.pop()
            if not self._stack:
                self._size = 0
                self._ready.append(node)

    def _characters(self, text: str) -> None:
        if self._stack:
            self._grow(len(text))
            self._stack[-1].content.append(text)

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > _LARGEST:
            raise self._malformed(
                "xml-size",
                f"un élément de plus de {_LARGEST} caractères",
                f"an element of more than {_LARGEST} characters",
            )

    def _declared_doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        if internal or not self._doctype:
            raise self._malformed(
                "xml-dtd", "une DTD est déclarée ; retirez le DOCTYPE", "a DTD is declared; remove the DOCTYPE"
            )

    def _declared_entity(self, *_: object) -> None:
        raise self._malformed("xml-entity", "une entité est déclarée ; retirez-la", "an entity is declared; remove it")

    def _skipped_entity(self, name: str, parameter: bool) -> None:
        raise self._malformed(
            "xml-entity",
            f"l'entité &{name}; n'existe pas ; écrivez le caractère lui-même",
            f"entity &{name}; does not exist; write the character itself",
        )

    def _malformed(self, rule: str, fr: str, en: str, line: int = 0, column: int = 0) -> Problem:
        line = line or self._parser.CurrentLineNumber
        column = column or self._parser.CurrentColumnNumber + 1
        place = f"{self._file}:{line}:{column}"
        return Problem.of(Kind.MALFORMED, f"{place} : {fr}.", f"{place}: {en}.", rule=rule)
