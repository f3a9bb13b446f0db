"""Messages of HL7 v2 in ER7: segments, fields, repetitions, components, subcomponents.

Nothing is judged here but the form. Positions count from 1, as in the standard: PID-3.4.2 is the second subcomponent of
the fourth component of the third field. An empty value and an absent one are the same, "".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from socle.kernel.outcome import Text

MOST_SEGMENTS: Final = 2_000
NULL: Final = '""'  # "delete what you have": read as empty
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_ENDS = re.compile(r"\r\n|\r|\n")
# HL7 table 0211, those met in France. ASCII is read as UTF-8: it is part of it.
_CHARSETS: Final = {
    "": "utf-8",
    "ASCII": "utf-8",
    "8859/1": "iso-8859-1",
    "8859/15": "iso-8859-15",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
}


class Place(NamedTuple):
    """Where a value stands, as ERR-2 says it; 0 when it is not that precise."""

    segment: str
    sequence: int = 1
    field: int = 0
    repetition: int = 0
    component: int = 0
    subcomponent: int = 0

    def __str__(self) -> str:
        """PID-3(2).4.2, for people."""
        text = self.segment if self.sequence <= 1 else f"{self.segment}({self.sequence})"
        if self.field:
            text += f"-{self.field}"
        if self.repetition > 1:
            text += f"({self.repetition})"
        for part in (self.component, self.subcomponent):
            if part:
                text += f".{part}"
        return text


class Broken(ValueError):
    """What came is no message. `control_id` is the sender's number when it could be read."""

    def __init__(self, place: Place, code: int, text: Text, control_id: str = "") -> None:
        super().__init__(text.en)
        self.place = place
        self.code = code
        self.text = text
        self.control_id = control_id


@dataclass(frozen=True, slots=True)
class Separators:
    """MSH-1 and MSH-2 of a message."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @property
    def encoding(self) -> str:
        """MSH-2."""
        return self.component + self.repetition + self.escape + self.subcomponent


STANDARD: Final = Separators()


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. `fields` are raw, from 1 on (fields[0] is the name); `sequence` counts those of its name."""

    name: str
    sequence: int
    fields: tuple[str, ...]
    separators: Separators

    def repetitions(self, field: int) -> int:
        """How many times a field is there: 0 when it is empty."""
        raw = self._raw(field)
        return 0 if not raw else raw.count(self.separators.repetition) + 1

    def get(self, field: int, component: int = 1, subcomponent: int = 1, *, repetition: int = 1) -> str:
        """A value, its escapes resolved; "" when it is not there, or null."""
        value = _nth(self._raw(field), self.separators.repetition, repetition)
        value = _nth(value, self.separators.component, component)
        value = _nth(value, self.separators.subcomponent, subcomponent)
        return "" if value == NULL else unescape(value, self.separators)

    def place(self, field: int = 0, component: int = 0, subcomponent: int = 0, *, repetition: int = 0) -> Place:
        """Where that value stands."""
        return Place(self.name, self.sequence, field, repetition or (1 if field else 0), component, subcomponent)

    def _raw(self, field: int) -> str:
        return self.fields[field] if field < len(self.fields) else ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its segments in order, the first of them MSH."""

    segments: tuple[Segment, ...]

    @property
    def header(self) -> Segment:
        """MSH."""
        return self.segments[0]

    @property
    def control_id(self) -> str:
        """MSH-10: the sender's number."""
        return self.header.get(10)

    def named(self, name: str) -> Iterator[Segment]:
        """The segments of a name, in order."""
        return (one for one in self.segments if one.name == name)

    def first(self, name: str) -> Segment | None:
        """The first segment of a name, None when there is none."""
        return next(self.named(name), None)


def parse(data: bytes) -> Message:
    """The message in `data`, in the character set that MSH-18 names (UTF-8 when it names none).

    Raises: Broken, with the place and the code of HL7 table 0357.
    """
    text = data.decode("latin-1")  # reads anything; what matters of MSH is ASCII
    separators = _separators(text)
    charset = _charset(text, separators)
    try:
        text = data.decode(charset)
    except UnicodeDecodeError as error:
        raise Broken(
            Place("MSH", 1, 18),
            102,
            Text(
                f"Le message n'est pas dans le jeu de caractères annoncé en MSH-18 ({charset}) : octet {error.start + 1}.",
                f"The message is not in the character set that MSH-18 announces ({charset}): byte {error.start + 1}.",
            ),
            _control_id(text, separators),
        ) from None
    segments: list[Segment] = []
    counts: dict[str, int] = {}
    for line in _ENDS.split(text):
        if not line:
            continue
        fields = line.split(separators.field)
        name = fields[0]
        if not _NAME.fullmatch(name) or len(segments) >= MOST_SEGMENTS:
            raise Broken(
                Place(name[:3] if _NAME.fullmatch(name[:3]) else "MSH", len(segments) + 1),
                100,
                Text(
                    f"La ligne {len(segments) + 1} n'est pas un segment, ou le message en compte plus de {MOST_SEGMENTS}.",
                    f"Line {len(segments) + 1} is no segment, or the message has more than {MOST_SEGMENTS} of them.",
                ),
                _control_id(text, separators),
            )
        if name == "MSH":
            fields[1:1] = [separators.field]  # MSH-1 is the separator itself
        counts[name] = counts.get(name, 0) + 1
        segments.append(Segment(name, counts[name], tuple(fields), separators))
    return Message(tuple(segments))


def unescape(value: str, separators: Separators = STANDARD) -> str:
    r"""A value with its escape sequences resolved: \F\ \S\ \T\ \R\ \E\ \Xhh…\ \.br\; those of presentation are dropped."""
    sign = separators.escape
    if not sign or sign not in value:
        return value
    kept: list[str] = []
    parts = value.split(sign)
    inside = False
    for n, part in enumerate(parts):
        if not inside:
            kept.append(part)
            inside = True
        elif n == len(parts) - 1:  # never closed: it was no sequence
            kept.append(sign + part)
        else:
            kept.append(_escaped(part, separators))
            inside = False
    return "".join(kept)


def escape(value: str, separators: Separators = STANDARD) -> str:
    """A text as a value may carry it; ends of line become escapes."""
    sign = separators.escape
    codes = {
        sign: "E",
        separators.field: "F",
        separators.component: "S",
        separators.subcomponent: "T",
        separators.repetition: "R",
        "\r": "X0D",
        "\n": "X0A",
    }
    return "".join(f"{sign}{codes[letter]}{sign}" if letter in codes else letter for letter in value)


def _escaped(code: str, separators: Separators) -> str:
    known = {
        "F": separators.field,
        "S": separators.component,
        "T": separators.subcomponent,
        "R": separators.repetition,
        "E": separators.escape,
        ".br": "\n",
    }
    if code in known:
        return known[code]
    if code[:1] == "X" and _HEX.fullmatch(code[1:]):
        return bytes.fromhex(code[1:]).decode("latin-1")
    return ""


def _nth(text: str, separator: str, rank: int) -> str:
    if not separator or separator not in text:
        return text if rank == 1 else ""
    parts = text.split(separator)
    return parts[rank - 1] if rank <= len(parts) else ""


def _separators(text: str) -> Separators:
    if not text.startswith("MSH") or len(text) < 8:
        raise Broken(
            Place("MSH"),
            100,
            Text("Un message commence par le segment MSH.", "A message begins with the segment MSH."),
        )
    field = text[3]
    encoding = text[4:].split(field, 1)[0]
    signs = [field, *encoding]
    if len(encoding) not in (3, 4, 5) or len(set(signs)) != len(signs) or any(_is_plain(sign) for sign in signs):
        raise Broken(
            Place("MSH", 1, 2),
            102,
            Text(
                "MSH-1 et MSH-2 donnent cinq séparateurs différents, d'ordinaire |^~\\&.",
                "MSH-1 and MSH-2 give five different separators, usually |^~\\&.",
            ),
        )
    return Separators(field, encoding[0], encoding[1], encoding[2], encoding[3:4])


def _is_plain(sign: str) -> bool:
    return sign.isalnum() or not sign.isascii() or not sign.isprintable() or sign == " "


def _msh(text: str, separators: Separators, field: int) -> str:
    fields = _ENDS.split(text, maxsplit=1)[0].split(separators.field)
    return fields[field - 1] if field - 1 < len(fields) else ""


def _control_id(text: str, separators: Separators) -> str:
    return unescape(_nth(_msh(text, separators, 10), separators.component, 1), separators)


def _charset(text: str, separators: Separators) -> str:
    named = _nth(_msh(text, separators, 18), separators.repetition, 1).strip()
    if named not in _CHARSETS:
        raise Broken(
            Place("MSH", 1, 18),
            103,
            Text(
                f"Jeu de caractères inconnu en MSH-18 ; attendu : {', '.join(sorted(filter(None, _CHARSETS)))}.",
                f"Unknown character set in MSH-18; expected: {', '.join(sorted(filter(None, _CHARSETS)))}.",
            ),
            _control_id(text, separators),
        )
    return _CHARSETS[named]
