"""Which concepts a constraint selects, asked of a graph.

Relationships of group 0 stand alone: a group in braces is looked for among the groups from 1.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.ecl.bits import bits_of, ranks_of
from socle.kernel.terminology.ecl.model import (
    Any,
    Attribute,
    Both,
    Comparison,
    Constraint,
    Described,
    Dotted,
    Filter,
    Filtered,
    Focus,
    Group,
    Joined,
    MemberOf,
    Minus,
    Named,
    Refined,
    Refinement,
    Stepped,
)

_MOST_FILTERED: Final = 60_000  # concepts whose names one filter may read


class Relation(NamedTuple):
    """A relationship, by ranks; `value` is a concept's rank, or 0 with the concrete value in `literal`."""

    source: int
    group: int
    kind: int
    value: int
    literal: str = ""


class Seen(NamedTuple):
    """What filters look at in a concept: (term, language, type's code) of its descriptions, values of its properties."""

    rank: int
    names: Sequence[tuple[str, str, str]]
    properties: Mapping[str, str]


class Graph(Protocol):
    """A version of SNOMED CT; concepts by rank, sets of them as bits."""

    async def rank(self, code: str) -> int | None:
        """Of a concept; None when it does not exist."""

    async def every(self) -> int:
        """All concepts."""

    async def step(self, ranks: int, *, up: bool, far: bool) -> int:
        """Children (or parents, `up`) of any of them; descendants or ancestors when `far`."""

    async def members(self, refsets: int) -> int:
        """Members of any of these reference sets."""

    async def relations(self, kinds: int | None, *, sources: int | None, values: int | None) -> list[Relation]:
        """Relationships of these kinds, sources and values; None: of any. Concrete values come when `values` is None."""

    async def seen(self, ranks: Sequence[int]) -> list[Seen]:
        """What filters look at."""

    async def worded(self, words: Sequence[str]) -> int | None:
        """At least the concepts with a word that begins with each of these; None when that is not known."""


async def evaluate(constraint: Constraint, graph: Graph) -> int:
    """The set that a constraint selects. Raises: Problem(NOT_FOUND) for an unknown concept, Problem(TOO_COSTLY)."""
    match constraint:
        case Focus(code):
            return 1 << await _known(code, graph)
        case Any():
            return await graph.every()
        case Stepped(step, inner):
            return await _stepped(step, await evaluate(inner, graph), graph)
        case MemberOf(inner):
            return await graph.members(await evaluate(inner, graph))
        case Joined(kind, parts):
            found = await evaluate(parts[0], graph)
            for part in parts[1:]:
                other = await evaluate(part, graph)
                found = found & other if kind == "AND" else found | other
            return found
        case Minus(left, right):
            return await evaluate(left, graph) & ~await evaluate(right, graph)
        case Dotted(inner, name):
            relations = await graph.relations(
                await evaluate(name, graph), sources=await evaluate(inner, graph), values=None
            )
            return bits_of(each.value for each in relations if each.value)
        case Refined(inner, refinement):
            return await _refined(await evaluate(inner, graph), refinement, graph)
        case Filtered(inner, filters):
            return await _filtered(await evaluate(inner, graph), filters, graph)


async def _known(code: str, graph: Graph) -> int:
    rank = await graph.rank(code)
    if rank is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"Le concept {code}, dans l'expression ECL, n'existe pas dans cette version de SNOMED CT.",
            f"Concept {code}, in the ECL expression, does not exist in this version of SNOMED CT.",
            rule="ECL 2.2",
        )
    return rank


async def _stepped(step: str, inner: int, graph: Graph) -> int:
    if step in ("!!<", "!!>"):
        # A bottom (!!<) has no descendant among them: it is no one's ancestor. A top (!!>) likewise.
        return inner & ~await graph.step(inner, up=step == "!!<", far=True)
    reached = await graph.step(inner, up=step[0] == ">", far=not step.endswith("!"))
    return reached | inner if step[:2] in ("<<", ">>") else reached


async def _refined(focus: int, refinement: Refinement, graph: Graph) -> int:
    match refinement:
        case Both("AND", parts):
            for part in parts:
                focus = await _refined(focus, part, graph)
            return focus
        case Both(_, parts):
            found = 0
            for part in parts:
                found |= await _refined(focus, part, graph)
            return found
        case Attribute():
            counts = Counter(source for source, _ in await _matches(focus, refinement, graph))
            return _within(focus, counts, refinement.least, refinement.most)
        case Group(inner, least, most):
            groups = await _groups(focus, inner, graph)
            return _within(focus, Counter(source for source, _ in groups), least, most)


def _within(focus: int, counts: "Counter[int]", least: int, most: int | None) -> int:
    """Those of `focus` counted so many times."""
    if least == 0:
        return focus if most is None else focus & ~bits_of(rank for rank, count in counts.items() if count > most)
    return focus & bits_of(rank for rank, count in counts.items() if count >= least and (most is None or count <= most))


async def _matches(focus: int, attribute: Attribute, graph: Graph) -> list[tuple[int, int]]:
    """(concept, group) once for each relationship that the attribute asks for."""
    kinds = None if isinstance(attribute.name, Any) else await evaluate(attribute.name, graph)
    if attribute.literal:
        relations = await graph.relations(kinds, sources=focus, values=None)
        return [
            (each.source, each.group) for each in relations if not each.value and _compares(each.literal, attribute)
        ]
    assert not isinstance(attribute.value, str)
    values = None if isinstance(attribute.value, Any) else await evaluate(attribute.value, graph)
    if attribute.comparison == "!=":
        excluded = values if values is not None else await graph.every()
        values = None
    else:
        excluded = 0
    if attribute.reverse:
        relations = await graph.relations(kinds, sources=values, values=focus)
        chosen = [(each.value, each.group, each.source) for each in relations if each.value]
    else:
        relations = await graph.relations(kinds, sources=focus, values=values)
        chosen = [(each.source, each.group, each.value) for each in relations if each.value]
    if excluded:
        octets = excluded.to_bytes((excluded.bit_length() + 7) // 8, "little")
        chosen = [
            each for each in chosen if not (each[2] >> 3 < len(octets) and octets[each[2] >> 3] >> (each[2] & 7) & 1)
        ]
    return [(concept, group) for concept, group, _ in chosen]


async def _groups(focus: int, refinement: Refinement, graph: Graph) -> set[tuple[int, int]]:
    """(concept, group) of the groups that meet a refinement, each by itself."""
    match refinement:
        case Both(kind, parts):
            found = await _groups(focus, parts[0], graph)
            for part in parts[1:]:
                other = await _groups(focus, part, graph)
                found = found & other if kind == "AND" else found | other
            return found
        case Attribute():
            counts = Counter(pair for pair in await _matches(focus, refinement, graph) if pair[1] > 0)
            least, most = refinement.least, refinement.most
            if least > 0:
                return {pair for pair, count in counts.items() if count >= least and (most is None or count <= most)}
            every = {
                (each.source, each.group)
                for each in await graph.relations(None, sources=focus, values=None)
                if each.group > 0
            }
            return {pair for pair in every if most is None or counts[pair] <= most}
        case Group():
            raise Problem.of(
                Kind.INVALID,
                "Expression ECL : un groupe d'attributs ne contient pas un autre groupe.",
                "ECL expression: a group of attributes does not hold another group.",
                rule="ECL 2.2",
            )


def _compares(literal: str, attribute: Attribute) -> bool:
    wanted = attribute.value
    assert isinstance(wanted, str)
    if attribute.literal != "number":
        return (literal.casefold() == wanted.casefold()) is (attribute.comparison == "=")
    try:
        return _ordered(Decimal(literal), Decimal(wanted), attribute.comparison)
    except ArithmeticError:
        return False


def _ordered(one: Decimal | str, other: Decimal | str, comparison: Comparison) -> bool:
    compare: dict[Comparison, Callable[[], bool]] = {
        "=": lambda: one == other,
        "!=": lambda: one != other,
        "<": lambda: one < other,  # type: ignore[operator]  # both of one kind
        "<=": lambda: one <= other,  # type: ignore[operator]
        ">": lambda: one > other,  # type: ignore[operator]
        ">=": lambda: one >= other,  # type: ignore[operator]
    }
    return compare[comparison]()


async def _filtered(found: int, filters: Sequence[Filter], graph: Graph) -> int:
    for each in filters:
        if isinstance(each, Named) and not each.different and len(each.terms) == 1 and each.terms[0][0] == "match":
            likely = await graph.worded(each.terms[0][1].split())
            found &= found if likely is None else likely
    ranks = list(ranks_of(found))
    if len(ranks) > _MOST_FILTERED:
        raise Problem.of(
            Kind.TOO_COSTLY,
            f"Le filtre {{{{ … }}}} porterait sur {len(ranks)} concepts, {_MOST_FILTERED} au plus : restreignez d'abord.",
            f"The filter {{{{ … }}}} would be about {len(ranks)} concepts, {_MOST_FILTERED} at most: narrow first.",
            rule="ECL 2.2",
        )
    kept: list[int] = []
    for start in range(0, len(ranks), 2_000):
        some = await graph.seen(ranks[start : start + 2_000])
        kept += [seen.rank for seen in some if all(_passes(seen, each) for each in filters)]
    return bits_of(kept)


_TYPES: Final = {"syn": "900000000000013009", "fsn": "900000000000003001", "def": "900000000000550004"}


def _passes(seen: Seen, asked: Filter) -> bool:
    if isinstance(asked, Described):
        value = seen.properties.get(asked.property, "")
        if asked.comparison == "!=":
            return value not in asked.values
        return bool(value) and any(_ordered(value, each, asked.comparison) for each in asked.values)
    kinds = {_TYPES.get(each, each) for each in asked.kinds}
    return any(
        (not asked.terms or any(_says(term, *wanted) for wanted in asked.terms) is not asked.different)
        and (not asked.languages or language.split("-")[0].lower() in asked.languages)
        and (not kinds or kind in kinds)
        for term, language, kind in seen.names
    )


def _says(term: str, how: str, wanted: str) -> bool:
    folded = fold(term)
    if how == "wild":
        return _like(folded, fold(wanted))
    words = folded.replace("-", " ").replace("(", " ").split()
    return all(any(word.startswith(each) for word in words) for each in fold(wanted).replace("-", " ").split())


def fold(text: str) -> str:
    """Without case or accents."""
    return "".join(map(_bare, text))


@lru_cache(maxsize=4_096)
def _bare(letter: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", letter.casefold()) if not unicodedata.combining(each))


def _like(text: str, pattern: str) -> bool:
    """`*` stands for anything; linear whatever the pattern."""
    first, *middle = pattern.split("*")
    if not middle:
        return text == first
    if not text.startswith(first):
        return False
    at, last = len(first), middle.pop()
    for piece in middle:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(text) - at >= len(last) and text.endswith(last)
