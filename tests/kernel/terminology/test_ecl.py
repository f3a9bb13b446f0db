"""Expression constraints: read as the specification writes them; evaluated as a slow, obvious reference does."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.ecl import Relation, bits_of, evaluate, has, octets_of, parse, ranks_of
from socle.kernel.terminology.ecl.evaluation import Seen
from socle.kernel.terminology.ecl.model import (
    Any,
    Attribute,
    Both,
    Constraint,
    Dotted,
    Focus,
    Group,
    Joined,
    MemberOf,
    Minus,
    Refined,
    Refinement,
    Stepped,
)

# A little graph: codes are 100000 + rank.
PARENTS: dict[int, tuple[int, ...]] = {1: (), 2: (1,), 3: (1,), 4: (2, 3), 5: (4,), 6: (3,), 7: (), 8: (7,)}
RELATIONS = [
    Relation(5, 1, 7, 2),
    Relation(5, 1, 8, 6),
    Relation(5, 2, 7, 6),
    Relation(6, 0, 7, 4),
    Relation(4, 1, 8, 2),
    Relation(4, 1, 7, 3),
    Relation(3, 2, 8, 3),
    Relation(2, 1, 7, 0, "10.5"),
    Relation(3, 1, 7, 0, "2"),
]
MEMBERS = {6: {2, 5}, 3: {1}}
NAMES = {2: ("Infarctus du myocarde", "fr"), 3: ("Œdème aigu du poumon", "fr"), 4: ("Myocardial infarction", "en")}
SYN = "900000000000013009"


class Little:
    """A graph in dictionaries."""

    async def rank(self, code: str) -> int | None:
        rank = int(code) - 100_000
        return rank if rank in PARENTS else None

    async def every(self) -> int:
        return bits_of(PARENTS)

    async def step(self, ranks: int, *, up: bool, far: bool) -> int:
        return bits_of(other for other in PARENTS for rank in ranks_of(ranks) if reaches(rank, other, up=up, far=far))

    async def members(self, refsets: int) -> int:
        return bits_of(member for refset in ranks_of(refsets) for member in MEMBERS.get(refset, ()))

    async def relations(self, kinds: int | None, *, sources: int | None, values: int | None) -> list[Relation]:
        def within(rank: int, asked: int | None) -> bool:
            return asked is None or bool(asked >> rank & 1)

        return [
            each
            for each in RELATIONS
            if within(each.kind, kinds)
            and within(each.source, sources)
            and (values is None or (each.value and within(each.value, values)))
        ]

    async def seen(self, ranks: Sequence[int]) -> list[Seen]:
        return [
            Seen(
                rank,
                [(term, language, SYN) for each, (term, language) in NAMES.items() if each == rank],
                {
                    "active": "false" if rank == 6 else "true",
                    "effectiveTime": f"20{rank:02}-01-01",
                    "moduleId": "100001",
                },
            )
            for rank in ranks
        ]

    async def worded(self, words: Sequence[str]) -> int | None:
        return None


def reaches(rank: int, other: int, *, up: bool, far: bool) -> bool:
    low, high = (rank, other) if up else (other, rank)
    return high in PARENTS[low] or (far and any(reaches(parent, high, up=True, far=True) for parent in PARENTS[low]))


def selected(text: str) -> set[int]:
    return set(ranks_of(asyncio.run(evaluate(parse(text), Little()))))


def c(rank: int) -> str:
    return str(100_000 + rank)


@pytest.mark.parametrize(
    ("text", "ranks"),
    [
        ("100004", {4}),
        ("100004 |Myocardial infarction|", {4}),
        ("*", {1, 2, 3, 4, 5, 6, 7, 8}),
        ("< 100003", {4, 5, 6}),
        ("<< 100003", {3, 4, 5, 6}),
        ("<! 100003", {4, 6}),
        ("<<! 100003", {3, 4, 6}),
        ("> 100004", {1, 2, 3}),
        (">> 100004", {1, 2, 3, 4}),
        (">! 100004", {2, 3}),
        (">>! 100004", {2, 3, 4}),
        ("!!> (<< 100003)", {3}),
        ("!!< (<< 100003)", {5, 6}),
        ("^ 100006", {2, 5}),
        ("^ (100006 OR 100003)", {1, 2, 5}),
        ("< 100002 AND < 100003", {4, 5}),
        ("< 100002 , < 100003", {4, 5}),
        ("100002 or 100008", {2, 8}),
        ("<< 100003 MINUS << 100004", {3, 6}),
        ("* : 100007 = 100006", {5}),
        ("* : 100007 = *", {4, 5, 6}),
        ("* : 100007 = << 100003", {4, 5, 6}),
        ("< 100003 : 100007 = 100006, 100008 = 100006", {5}),
        ("< 100003 : { 100007 = 100006, 100008 = 100006 }", set()),
        ("< 100003 : { 100007 = 100002, 100008 = 100006 }", {5}),
        ("* : 100007 = 100004 OR 100008 = 100002", {4, 6}),
        ("* : { 100007 = 100004 }", set()),  # group 0 is no group
        ("* : [2..*] 100007 = *", {5}),
        ("<< 100003 : [0..0] 100007 = *", {3}),
        ("* : [2..2] { << 100007 = * }", {5}),
        ("<< 100003 : { [0..0] 100007 = *, 100008 = * }", {3}),
        ("* : 100007 != 100006", {4, 5, 6}),
        ("* : R 100007 = 100005", {2, 6}),
        ("100005 . 100007", {2, 6}),
        ("(100004 OR 100005) . << 100007", {2, 3, 6}),
        ("* : 100007 >= #10", {2}),
        ("* : 100007 = #2.0", {3}),
        ("* : * = #2", {3}),
        ('* {{ term = "infarc myo" }}', {2, 4}),
        ('* {{ term = "infarc", language = fr }}', {2}),
        ('* {{ D term = wild:"*AIGU*poum*" }}', {3}),
        ('* {{ term = ("oedeme" "myocard") }}', {2, 4}),
        ("<< 100003 {{ C active = false }}", {6}),
        ('* {{ C effectiveTime >= "20070101" }}', {7, 8}),
        ("/* a note */ < 100002 /* ** */ AND < 100003", {4, 5}),
        ("* : (100007 = 100006 OR 100008 = 100002), 100007 = *", {4, 5}),
        ("* : (100007 OR 100008) = 100003", {3, 4}),
    ],
)
def test_an_expression_selects_what_the_specification_says(text: str, ranks: set[int]) -> None:
    assert selected(text) == ranks


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<",
        "12",
        "100001 AND",
        "100001 AND 100002 OR 100003",
        "(100001",
        "100001)",
        "100001 : ",
        "100001 : 100002",
        "* : 100007 = 100006 AND 100008 = 100006 OR 100008 = 100001",
        '* : 100007 < "x"',
        "* : [3..1] 100007 = *",
        "* : { { 100007 = * } }",
        "* {{ term = }}",
        "* {{ M mapTarget = 1 }}",
        "* {{ + HISTORY }}",
        "^ [a] 100001",
        '* : 100007 = "never closed',
        "(" * 500,
        "<< " * 500 + "100001",
    ],
)
def test_what_is_not_an_expression_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(text)
    assert caught.value.kind is Kind.INVALID
    assert "caractère" in caught.value.issues[0].text.fr


def test_an_unknown_concept_is_named() -> None:
    with pytest.raises(Problem, match="999999") as caught:
        selected("<< 999999")
    assert caught.value.kind is Kind.NOT_FOUND


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='<>!^*:.,=()[]{}#"|/ \n12RANDORMINUSterm', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Problem):
        parse(text)


@given(st.sets(st.integers(1, 5_000)))
def test_a_set_of_ranks_is_its_bits(ranks: set[int]) -> None:
    bits = bits_of(ranks)
    assert list(ranks_of(bits)) == sorted(ranks)
    octets = octets_of(bits)
    assert all(has(octets, rank) is (rank in ranks) for rank in (*range(1, 70), *ranks))


# -- the slow, obvious reference ---------------------------------------------------------------------------------------


def selects(constraint: Constraint, rank: int) -> bool:
    """Is this concept selected? One concept at a time, as the specification words it."""
    match constraint:
        case Focus(code):
            return code == c(rank)
        case Any():
            return True
        case Stepped(step, inner):
            chosen = [other for other in PARENTS if selects(inner, other)]
            if step in ("!!<", "!!>"):
                return rank in chosen and not any(reaches(other, rank, up=step == "!!<", far=True) for other in chosen)
            return (step[:2] in ("<<", ">>") and rank in chosen) or any(
                reaches(other, rank, up=step[0] == ">", far=not step.endswith("!")) for other in chosen
            )
        case MemberOf(inner):
            return any(rank in MEMBERS.get(refset, ()) for refset in PARENTS if selects(inner, refset))
        case Joined(kind, parts):
            return (all if kind == "AND" else any)(selects(part, rank) for part in parts)
        case Minus(left, right):
            return selects(left, rank) and not selects(right, rank)
        case Dotted(inner, name):
            return any(
                each.value == rank and selects(inner, each.source) and selects(name, each.kind) for each in RELATIONS
            )
        case Refined(inner, refinement):
            return selects(inner, rank) and meets(refinement, rank, None)
        case _:
            raise NotImplementedError


def meets(refinement: Refinement, rank: int, group: int | None) -> bool:
    match refinement:
        case Both(kind, parts):
            return (all if kind == "AND" else any)(meets(part, rank, group) for part in parts)
        case Group(inner, least, most):
            groups = {each.group for each in RELATIONS if each.source == rank and each.group}
            count = sum(meets(inner, rank, each) for each in groups)
            return count >= least and (most is None or count <= most)
        case Attribute(name, comparison, value, literal, _, least, most):
            assert not literal
            assert not isinstance(value, str)
            count = sum(
                each.source == rank
                and group in (None, each.group)
                and bool(each.value)
                and selects(name, each.kind)
                and selects(value, each.value) is (comparison == "=")
                for each in RELATIONS
            )
            return count >= least and (most is None or count <= most)


def _refinements(inner: st.SearchStrategy[Constraint]) -> st.SearchStrategy[Refinement]:
    counts = st.sampled_from([(1, None), (0, None), (0, 0), (0, 1), (1, 1), (2, None)])
    attributes = st.builds(
        lambda name, comparison, value, count: Attribute(name, comparison, value, "", False, *count),
        inner,
        st.sampled_from(["=", "!="]),
        inner,
        counts,
    )
    both = st.one_of(attributes, st.builds(Both, st.sampled_from(["AND", "OR"]), st.tuples(attributes, attributes)))
    groups = st.builds(lambda one, count: Group(one, *count), both, counts)
    return st.one_of(both, groups, st.builds(Both, st.sampled_from(["AND", "OR"]), st.tuples(groups, attributes)))


_FOCI = st.sampled_from(sorted(PARENTS)).map(lambda rank: Focus(c(rank)))
_CONSTRAINTS: st.SearchStrategy[Constraint] = st.recursive(
    st.one_of(_FOCI, st.just(Any())),
    lambda inner: st.one_of(
        st.builds(Stepped, st.sampled_from(["<", "<<", "<!", "<<!", ">", ">>", ">!", ">>!", "!!<", "!!>"]), inner),
        st.builds(MemberOf, inner),
        st.builds(Joined, st.sampled_from(["AND", "OR"]), st.tuples(inner, inner)),
        st.builds(Minus, inner, inner),
        st.builds(Dotted, inner, inner),
        st.builds(Refined, inner, _refinements(inner)),
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(_CONSTRAINTS)
def test_evaluation_selects_what_the_reference_selects(constraint: Constraint) -> None:
    found = set(ranks_of(asyncio.run(evaluate(constraint, Little()))))
    assert found == {rank for rank in PARENTS if selects(constraint, rank)}
