"""Two records side by side, for people: every field, what differs marked letter by letter, what it weighs."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from socle.foundations.ins.index.model import Comparison, Finding, Portrait, Record
from socle.foundations.ins.index.rules import FRENCH
from socle.kernel.outcome import Text

Piece = tuple[str, bool]  # a piece of text, and whether it differs


@dataclass(frozen=True, slots=True)
class Line:
    """One field: what each record says, how they agree ("" when one says nothing), and the bits.

    tone  ok, attention, refused or unknown: as badges are coloured
    """

    label: Text
    left: Sequence[Piece]
    right: Sequence[Piece]
    text: Text | None
    weight: float
    tone: str


def lines(a: Portrait, b: Portrait, comparison: Comparison) -> list[Line]:
    """Every field of the configuration, also those that only one fills; the INS first."""
    found = {one.field: one for one in comparison.findings}
    said: list[Line] = []
    ins = found.get("ins")
    left, right = (one.ins.value if one.ins else "" for one in (a, b))
    if left or right:
        said.append(
            Line(
                Text("INS qualifiée", "Qualified INS"),
                *marked(left, right),
                ins.text if ins else None,
                ins.weight if ins else 0.0,
                _tone(ins) if ins else "unknown",
            )
        )
    for one in FRENCH.fields:
        finding = found.get(one.name)
        pieces = marked(one.show(a), one.show(b))
        if finding is None:
            said.append(Line(one.label, *pieces, None, 0.0, "unknown"))
        else:
            said.append(Line(one.label, *pieces, finding.text, finding.weight, _tone(finding)))
    return said


def marked(left: str, right: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, those that the other has not marked. Nothing is marked when one is empty."""
    if not left or not right or left == right:
        return [(left, False)], [(right, False)]
    mine: list[Piece] = []
    theirs: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if left[a:b]:
            mine.append((left[a:b], tag != "equal"))
        if right[c:d]:
            theirs.append((right[c:d], tag != "equal"))
    return mine, theirs


def name_of(record: Record) -> str:
    """How a record is called on a page."""
    portrait = record.portrait
    return " ".join(part for part in (portrait.family or portrait.usual_family, portrait.first) if part) or "—"


def domain_of(record: Record) -> str:
    """Its domain and its local identifier, shortly: "…1.999.1.3 · 4711"."""
    system = record.identifier.system.removeprefix("urn:oid:")
    return f"{system if len(system) < 34 else '…' + system[-32:]} · {record.identifier.value}"


def percent(probability: float) -> str:
    """A probability for people: never 0 nor 100, which nothing is."""
    share = round(probability * 100)
    return "> 99" if share > 99 else "< 1" if share < 1 else str(share)


def _tone(finding: Finding) -> str:
    if finding.weight < 0:
        return "refused"
    return "ok" if finding.level in _WHOLE else "attention"


_WHOLE = frozenset({"same", "both", "list", "former", "country"})
