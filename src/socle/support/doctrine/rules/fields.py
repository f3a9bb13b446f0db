"""Reading a mapping field by field: each accessor notes the fault and answers something harmless, so that all are found."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from socle.support.doctrine.model import PartialDate, Place
from socle.support.doctrine.rules.faults import Faults
from socle.support.doctrine.rules.nodes import Fields, Many, Node, Scalar

Choice = TypeVar("Choice", bound=StrEnum)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_YEARS = range(1945, 2101)


def partial_date(text: str) -> PartialDate | None:
    """ "2027", "2027-03" or "2027-03-26" as a date known to that precision; None when it is none of these."""
    match = _DATE.fullmatch(text)
    if match is None or int(match[1]) not in _YEARS:
        return None
    precision = "day" if match[3] else "month" if match[2] else "year"
    try:
        return PartialDate(date(int(match[1]), int(match[2] or 1), int(match[3] or 1)), precision)
    except ValueError:
        return None


def last_day(of: PartialDate) -> date:
    """The last day that a partial date may mean: 2027-12-31 for "2027"."""
    if of.precision == "year":
        return date(of.first.year, 12, 31)
    if of.precision == "month":
        return of.first.replace(day=monthrange(of.first.year, of.first.month)[1])
    return of.first


class Reader:
    """A mapping being read. `what` names it to the author ("l'exigence INS-001", "requirement INS-001")."""

    def __init__(self, fields: Fields, file: str, faults: Faults) -> None:
        self._fields, self._file, self._faults = fields, file, faults
        self._read: set[str] = set()

    @property
    def place(self) -> Place:
        """Where the mapping begins."""
        return Place(self._file, self._fields.line)

    def at(self, name: str) -> Place:
        """Where a field is written; where the mapping begins when it is not."""
        entry = self._fields.entries.get(name)
        return Place(self._file, entry[0] if entry else self._fields.line)

    def fault(self, name: str, fr: str, en: str) -> None:
        """Note a fault at a field."""
        self._faults.add(self.at(name), f"{name} : {fr}", f"{name}: {en}")

    def has(self, name: str) -> bool:
        """Whether a field is written."""
        return name in self._fields.entries

    def node(self, name: str, *, required: bool = False) -> Node | None:
        """What a field holds."""
        self._read.add(name)
        entry = self._fields.entries.get(name)
        if entry is None and required:
            self._faults.add(self.place, f"il manque le champ « {name} ».", f"field “{name}” is missing.")
        return entry[1] if entry else None

    def text(self, name: str, *, required: bool = False) -> str:
        """A field of text, "" when absent."""
        node = self.node(name, required=required)
        if node is None:
            return ""
        if not isinstance(node, Scalar):
            self.fault(name, "un texte est attendu (mettez-le entre guillemets).", "text expected (put it in quotes).")
            return ""
        if required and not node.text:
            self.fault(name, "le champ est vide.", "the field is empty.")
        return node.text

    def placed_texts(self, name: str, *, required: bool = False) -> list[tuple[str, Place]]:
        """A list of texts, each with its place."""
        node = self.node(name, required=required)
        if node is None:
            return []
        if not isinstance(node, Many):
            self.fault(name, "une liste est attendue : [un, deux].", "a list is expected: [one, two].")
            return []
        found: list[tuple[str, Place]] = []
        for item in node.items:
            if not isinstance(item, Scalar) or not item.text:
                self._faults.add(
                    Place(self._file, item.line),
                    f"{name} : un texte est attendu (mettez-le entre guillemets).",
                    f"{name}: text expected (put it in quotes).",
                )
            elif item.text in (text for text, _ in found):
                self._faults.add(
                    Place(self._file, item.line),
                    f"{name} : « {item.text} » est écrit deux fois.",
                    f"{name}: “{item.text}” is written twice.",
                )
            else:
                found.append((item.text, Place(self._file, item.line)))
        if required and not node.items:
            self.fault(name, "la liste est vide.", "the list is empty.")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(text for text, _ in self.placed_texts(name))

    def choice(self, name: str, kind: type[Choice], fallback: Choice, *, required: bool = True) -> Choice:
        """One of the members of `kind`."""
        text = self.text(name, required=required)
        if not text:
            return fallback
        return choose(text, kind, self.at(name), name, self._faults) or fallback

    def date(self, name: str, *, required: bool = False) -> PartialDate | None:
        """A partial date, None when absent or wrong."""
        text = self.text(name, required=required)
        if not text:
            return None
        found = partial_date(text)
        if found is None:
            self.fault(
                name,
                f"« {text} » n'est pas une date ; attendu : 2027, 2027-03 ou 2027-03-26.",
                f"“{text}” is not a date; expected: 2027, 2027-03 or 2027-03-26.",
            )
        return found

    def flag(self, name: str) -> bool:
        """true or false; false when absent."""
        text = self.text(name)
        if text not in ("", "true", "false"):
            self.fault(name, f"« {text} » : attendu true ou false.", f"“{text}”: expected true or false.")
        return text == "true"

    def part(self, name: str, *, required: bool = False) -> "Reader | None":
        """A mapping below this one."""
        node = self.node(name, required=required)
        if node is None:
            return None
        if not isinstance(node, Fields):
            self.fault(name, "des champs sont attendus (nom : valeur).", "fields are expected (name: value).")
            return None
        return Reader(node, self._file, self._faults)

    def parts(self, name: str, *, required: bool = False) -> Iterator["Reader"]:
        """A list of mappings below this one."""
        node = self.node(name, required=required)
        if node is not None:
            yield from readers(node, self._file, self._faults)

    def done(self) -> None:
        """Every field was read: note those that nobody knows, with the name that was probably meant."""
        for name, (line, _) in self._fields.entries.items():
            if name in self._read:
                continue
            close = get_close_matches(name, sorted(self._read), 1)
            self._faults.add(
                Place(self._file, line),
                f"champ inconnu « {name} »" + (f" ; vouliez-vous « {close[0]} » ?" if close else "."),
                f"unknown field “{name}”" + (f"; did you mean “{close[0]}”?" if close else "."),
            )


def readers(node: Node, file: str, faults: Faults) -> Iterator[Reader]:
    """The mappings of a list; anything else is a fault."""
    if not isinstance(node, Many):
        faults.add(
            Place(file, node.line), "une liste est attendue (« - » devant chacun).", "a list is expected (“- ” each)."
        )
        return
    for item in node.items:
        if isinstance(item, Fields):
            yield Reader(item, file, faults)
        else:
            faults.add(
                Place(file, item.line), "des champs sont attendus (nom : valeur).", "fields are expected (name: value)."
            )


def choose(text: str, kind: type[Choice], place: Place, name: str, faults: Faults) -> Choice | None:
    """The member of `kind` whose value is `text`; None, and a fault that lists the values, when there is none."""
    try:
        return kind(text)
    except ValueError:
        values = ", ".join(member.value for member in kind)
        faults.add(
            place,
            f"{name} : « {text} » est inconnu ; attendu : {values}.",
            f"{name}: “{text}” is unknown; expected: {values}.",
        )
        return None
