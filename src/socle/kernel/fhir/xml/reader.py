"""An XML text as the values of its JSON form, in one pass.

Read with expat, which tells where each element starts: errors have their line and column, narratives are taken as they
were written. No document type is accepted, so there are no entities to expand and nothing to fetch. Nothing here calls
itself: depth is counted, not suffered. Time is linear in the size of the text.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple, NoReturn
from xml.parsers import expat

from lxml import etree

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.faults import MOST_ISSUES, ONE_CHOICE, Reason, unknown_name
from socle.kernel.fhir.json import MAX_DEPTH
from socle.kernel.fhir.xml import faults
from socle.kernel.fhir.xml.narrative import alone, detached
from socle.kernel.fhir.xml.shape import FHIR, XHTML, Holds, Member, attributes, members
from socle.kernel.outcome import Issue, Kind, Problem

Json = dict[str, Any]
_PREFIX: Final = f"{FHIR} "
_DIV: Final = f"{XHTML} div"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance "
_EXTENSION: Final = f"{FHIR} extension"
_INTEGER: Final = re.compile(r"0|[-+]?[1-9][0-9]{0,17}|-0")
_DECIMAL: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,9})?")
_LONGEST_NUMBER: Final = 400
_DEEPEST_ASIDE: Final = 250  # elements inside one another in a narrative, or in what is passed over
_NAME: Final = re.compile(rb"<([^\s/>]+)")


class Reading(NamedTuple):
    """A resource, and how many comments and processing instructions were left out of it: JSON has no place for them."""

    resource: Json
    dropped: int


def read(data: bytes, *, max_depth: int = MAX_DEPTH, placed: bool = True) -> Reading:
    """The resource in an XML text, as its JSON form would be read; not checked further.

    placed  whether faults tell their line and column: no, when nobody has this text before their eyes
    Raises: Problem(MALFORMED) for what is no XML in UTF-8 or has a document type, Problem(INVALID) for what is no FHIR
    XML (unknown, misplaced or repeated elements, values that are not of their type), each with its line and column.
    """
    return _Reader(data, max_depth, placed).read()


class _Place:
    """Where a kind of member stands in XML: the member, its shape, and the leaf that stands for it while it is open."""

    __slots__ = ("code", "convert", "holds", "leaf", "many", "member", "rank")

    def __init__(self, member: Member) -> None:
        self.member = member
        self.rank = member.rank
        self.many = member.many
        self.holds = member.holds
        self.code = member.code
        self.convert = _converter(member.code) if member.holds is Holds.VALUE else None
        self.leaf = _Frame(_NOTHING, {"": ""}, 0)  # never empty: a value was given
        self.leaf.place = self


class _Frame:
    """An open element.

    places  its possible children, by expat's name
    value   the JSON object made of it
    rank    of the last child: the next ones may not come before
    depth   levels of JSON down to it
    hollow  members that repeat and lack some values
    """

    __slots__ = ("depth", "hollow", "place", "places", "rank", "value")

    def __init__(self, places: "Mapping[str, _Place]", value: Json, depth: int) -> None:
        self.places = places
        self.value = value
        self.depth = depth
        self.rank = -1
        self.place: _Place | None = None
        self.hollow: dict[str, Member] | None = None


_NOTHING: Final[Mapping[str, _Place]] = {}


@cache
def _places(path: str) -> Mapping[str, _Place]:
    return {_PREFIX + name: _Place(member) for name, member in members(path).items()}


class _Reader:
    """One reading. Handlers raise only for what ends it; other faults are noted, and what is wrong is passed over."""

    def __init__(self, data: bytes, max_depth: int, placed: bool) -> None:
        self.data = data
        self.placed = placed
        self.max_depth = max_depth
        self.dropped = 0
        self.issues: list[Issue] = []
        self.root: Json = {}
        self.frame = _Frame(_NOTHING, {}, 0)
        self.stack = [self.frame]
        self.aside = 0  # open elements of what is passed over, or of a narrative
        self.began = -1  # where the narrative under way starts; -1 when what is under way is passed over
        self.prefixed = False
        self.scope: dict[str, list[str]] = {}
        parser = self.parser = expat.ParserCreate("utf-8", " ")
        parser.namespace_prefixes = True
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartNamespaceDeclHandler = self._namespace
        parser.EndNamespaceDeclHandler = self._end_namespace
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruction
        self._inside()

    def read(self) -> Reading:
        """Run."""
        try:
            self.parser.Parse(self.data, True)
        except expat.ExpatError as error:
            faults.explain(error, self.data)
        if self.issues:
            raise Problem(Kind.INVALID, *self.issues)
        return Reading(self.root, self.dropped)

    # — what is around the elements —

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if version != "1.0" or (encoding or "utf-8").lower() not in ("utf-8", "us-ascii", "ascii"):
            self._refuse(faults.ENCODING)

    def _doctype(self, *_: object) -> None:
        self._refuse(faults.DOCTYPE)

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self.scope.setdefault(prefix or "", []).append(uri or "")

    def _end_namespace(self, prefix: str | None) -> None:
        self.scope[prefix or ""].pop()

    def _comment(self, _: str) -> None:
        if self.aside == 0:
            self.dropped += 1

    def _instruction(self, *_: str) -> None:
        self.dropped += 1

    # — the elements of FHIR —

    def _inside(self) -> None:
        parser = self.parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def _start(self, tag: str, said: list[str]) -> None:
        frame = self.frame
        place = frame.places.get(tag)
        if place is None:
            self._unusual(tag, said)
            return
        rank = place.rank
        if rank <= frame.rank and (rank < frame.rank or not place.many):
            self._misplaced(place)
            return
        frame.rank = rank
        member = place.member
        convert = place.convert
        if convert is not None:
            if len(said) == 2 and said[0] == "value":
                value: Any = said[1]
                if convert is not str:
                    value = convert(value)
                    if value is None:
                        self._fault(faults.lexical(place.code, said[1]), member)
                        self._pass_over()
                        return
                self._put(frame, member, value)
                frame = place.leaf
            else:
                opened = self._value(frame, place, said)
                if opened is None:
                    return
                frame = opened
        elif place.holds is Holds.ELEMENTS:
            inner: Json = {}
            if said and not self._attributes(said, member, inner):
                return
            self._put(frame, member, inner)
            opened = _Frame(_places(place.code), inner, frame.depth + member.levels)
            opened.place = place
            frame = opened
            if frame.depth > self.max_depth:
                self._too_deep()
        elif place.holds is Holds.RESOURCE:
            if said:
                self._fault(faults.no_attribute(said[0]), member)
            opened = _Frame(_NOTHING, {}, frame.depth + member.levels)
            opened.place = place
            frame = opened
        else:
            self._fault(faults.NOT_XHTML, member)
            self._pass_over()
            return
        self.frame = frame
        self.stack.append(frame)

    def _end(self, tag: str) -> None:
        stack = self.stack
        frame = stack.pop()
        if not frame.value:
            self.frame = frame
            stack.append(frame)
            name = tag.rpartition(" ")[2].encode()
            at = self.parser.CurrentByteIndex
            closing = self.data[at : at + 2] == b"</"
            self._fault(faults.EMPTY, None, begins=self.data.rfind(b"<" + name, 0, at) if closing else None)
            stack.pop()
        elif frame.hollow is not None:
            for member in frame.hollow.values():  # without any value, JSON has the companions alone
                if not any(value is not None for value in frame.value.get(member.name, ())):
                    frame.value.pop(member.name, None)
        self.frame = stack[-1]

    def _text(self, text: str) -> None:
        if not text.isspace():
            self._fault(faults.stray(text), None)

    @staticmethod
    def _put(frame: _Frame, member: Member, value: Any) -> None:
        """Add a value to the object of its owner."""
        owner = frame.value
        if member.many:
            values = owner.get(member.name)
            if values is None:
                owner[member.name] = [value]
            else:
                values.append(value)
                if member.companion in owner:
                    owner[member.companion].append(None)
        else:
            owner[member.name] = value

    def _value(self, frame: _Frame, place: _Place, said: list[str]) -> _Frame | None:
        """A primitive that does not have a value and nothing else: its frame, None when it is wrong."""
        member, value, companion = place.member, None, {}
        for name, text in zip(said[::2], said[1::2], strict=True):
            if name == "value":
                assert place.convert is not None
                value = place.convert(text)
                if value is None:
                    self._fault(faults.lexical(place.code, text), member)
            elif name == "id" and member.extensible:
                companion["id"] = text
            else:
                self._fault(faults.no_attribute(name), member)
        if value is not None or member.many:  # null keeps the rank of a value that repeats
            self._put(frame, member, value)
            if value is None:
                frame.hollow = {**(frame.hollow or {}), member.name: member}
        if value is not None and not companion:
            return place.leaf
        self._companion(frame, member, companion)
        opened = _Frame(_places("Element") if member.extensible else _NOTHING, companion, frame.depth + member.levels)
        opened.place = place
        return opened

    @staticmethod
    def _companion(frame: _Frame, member: Member, companion: Json) -> None:
        """Keep the id and extensions of the last value of a primitive."""
        owner = frame.value
        if not member.many:
            owner[member.companion] = companion
        elif member.companion in owner:
            owner[member.companion][-1] = companion
        else:
            owner[member.companion] = [*([None] * (len(owner[member.name]) - 1)), companion]

    def _attributes(self, said: list[str], member: Member, value: Json) -> bool:
        """Take the attributes of an element that holds others."""
        known = attributes(member.code)
        for name, text in zip(said[::2], said[1::2], strict=True):
            if name in known:
                value[name] = text
            else:
                self._fault(faults.no_attribute(name), member)
                self._pass_over()
                return False
        return True

    # — what is not simply the next element —

    def _unusual(self, tag: str, said: list[str]) -> None:
        """An element that its owner does not name: a narrative, a resource, an extension of a primitive, a fault."""
        frame = self.frame
        uri, _, rest = (
            tag.rpartition(" ") if tag.count(" ") < 2 else tag.partition(" ")
        )  # no namespace: "" and the name
        name, _, prefix = rest.partition(" ")
        if prefix and uri == FHIR:  # a prefix changes nothing
            self._start(f"{uri} {name}", said)
        elif uri == XHTML and name == "div" and (place := frame.places.get(f"{FHIR} div")) is not None:
            self._open_narrative(frame, place, bool(prefix))
        elif frame.places:
            known = tuple(place.member.name for place in frame.places.values())
            self._unknown(uri, name, known, frame.place.member.code if frame.place else frame.value["resourceType"])
        elif frame.place is None or frame.place.holds is Holds.RESOURCE:
            self._open_resource(frame, uri, name, said)
        elif tag == _EXTENSION and frame is frame.place.leaf and frame.place.member.extensible:
            self._extend(frame.place)
            self._start(tag, said)
        else:
            self._unknown(uri, name, (), frame.place.member.code)

    def _extend(self, place: _Place) -> None:
        """The value that was just read has extensions: open its companion in place of the leaf."""
        owner = self.stack[-2]
        companion: Json = {}
        self._companion(owner, place.member, companion)
        self.frame = _Frame(_places("Element"), companion, owner.depth + place.member.levels)
        self.frame.place = place
        self.stack[-1] = self.frame

    def _open_resource(self, frame: _Frame, uri: str, name: str, said: list[str]) -> None:
        """The resource inside `contained`, an entry, a parameter; or the whole document."""
        if uri != FHIR:
            self._unknown(uri, name, r4().resource_types, "FHIR R4")
        elif not r4().is_resource(name):
            self._fault(unknown_name(name, "FHIR R4", r4().resource_types), None)
            self._pass_over()
        elif frame.value:
            self._fault(faults.ONE_RESOURCE, None)
            self._pass_over()
        else:
            for attribute in said[::2]:
                if not attribute.startswith(_XSI):
                    self._fault(faults.no_attribute(attribute), None)
            value: Json = {"resourceType": name}
            frame.value = value
            if frame.place is None:
                self.root = value
            else:
                self._put(self.stack[-2], frame.place.member, value)
            self.frame = _Frame(_places(name), value, frame.depth or 1)
            self.stack.append(self.frame)
            if self.frame.depth > self.max_depth:
                self._too_deep()

    def _unknown(self, uri: str, name: str, known: tuple[str, ...], owner: str) -> None:
        if uri != FHIR:
            self._fault(faults.foreign(name, uri), None)
        else:
            self._fault(unknown_name(name, owner, known), None)
        self._pass_over()

    def _misplaced(self, place: _Place) -> None:
        frame, member = self.frame, place.member
        if place.rank == frame.rank:
            same = member.name in frame.value or member.companion in frame.value
            self._fault(faults.ONCE if same else ONE_CHOICE, member)
        else:
            after = next(other.member.name for other in frame.places.values() if other.rank == frame.rank)
            self._fault(faults.order(member.name, after), member)
        self._pass_over()

    def _pass_over(self) -> None:
        """Look at nothing until the present element ends."""
        self.began = -1
        self._set_aside()

    # — narratives, and what is passed over —

    def _open_narrative(self, frame: _Frame, place: _Place, prefixed: bool) -> None:
        if place.rank <= frame.rank:
            self._misplaced(place)
            return
        frame.rank = place.rank
        self.began = self.parser.CurrentByteIndex
        self.prefixed = prefixed
        self._set_aside()

    def _set_aside(self) -> None:
        self.aside = 1
        parser = self.parser
        parser.StartElementHandler = self._start_aside
        parser.EndElementHandler = self._end_aside
        parser.CharacterDataHandler = None

    def _start_aside(self, tag: str, said: list[str]) -> None:
        self.aside += 1
        if self.aside > _DEEPEST_ASIDE:
            self._too_deep(_DEEPEST_ASIDE)
        if tag.count(" ") > 1:
            self.prefixed = True

    def _end_aside(self, tag: str) -> None:
        self.aside -= 1
        if self.aside == 0:
            if self.began >= 0:
                self._close_narrative()
            self._inside()

    def _close_narrative(self) -> None:
        data, end = self.data, self.parser.CurrentByteIndex
        found = _NAME.match(data, self.began)
        assert found is not None
        if data.startswith(b"</" + found.group(1), end):  # else the element was empty, and this is where it ends
            end = data.index(b">", end) + 1
        source = data[self.began : end]
        if self.prefixed or not alone(source):
            try:
                text = detached(source, {prefix: uris[-1] for prefix, uris in self.scope.items() if uris})
            except etree.XMLSyntaxError:
                self._too_deep(_DEEPEST_ASIDE)
        else:
            text = source.decode()
        self.frame.value["div"] = text

    # — faults —

    def _fault(self, reason: Reason, member: Member | None, *, begins: int | None = None) -> None:
        """Note a fault of the element that starts (a `member` of the open one), or of the open one, which `begins` at an offset
        when this is not where the reading is.

        Raises: Problem(INVALID) with those noted when there are enough of them: the rest of the text is not worth reading.
        """
        parser = self.parser
        steps = [
            self._step(owner.value, open_.place.member)
            for owner, open_ in zip(self.stack, self.stack[1:], strict=False)
            if open_.place is not None
        ]
        if member is not None:
            steps.append(f".{member.element}")
        path = "".join((self.root.get("resourceType", ""), *steps))
        line, column = (parser.CurrentLineNumber, parser.CurrentColumnNumber + 1) if self.placed else (0, 0)
        if line and begins is not None:
            before = self.data[:begins]
            line, column = (
                before.count(b"\n") + 1,
                len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1,
            )
        self.issues.append(faults.issue(reason, path, line, column))
        if len(self.issues) >= MOST_ISSUES:
            raise Problem(Kind.INVALID, *self.issues)

    @staticmethod
    def _step(owner: Json, member: Member) -> str:
        if not member.many:
            return f".{member.element}"
        return f".{member.element}[{max(len(owner.get(member.name, ())) - 1, 0)}]"

    def _too_deep(self, most: int = 0) -> NoReturn:
        self._refuse(faults.too_deep(most or self.max_depth))

    def _refuse(self, reason: Reason) -> NoReturn:
        """End the reading at once."""
        faults.refuse(reason, (self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1))


def _converter(code: str) -> Any:
    """What makes a JSON value of the text of a primitive: None when it cannot."""
    if code == "boolean":
        return {"true": True, "false": False}.get
    if r4().is_a(code, "integer"):
        return _integer
    return _decimal if code == "decimal" else str


def _integer(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


def _decimal(text: str) -> int | Decimal | None:
    if len(text) > _LONGEST_NUMBER or not _DECIMAL.fullmatch(text):
        return None
    if text.lstrip("+-").isdigit() and text != "-0":
        return int(text)
    return Decimal(text)
