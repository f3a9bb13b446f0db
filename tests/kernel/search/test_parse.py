"""What a query may say, and how it is told that it says something else."""

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.search.conftest import REGISTER, START

from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.conditions import HasToken, Never, NumberTest, ReferredBy, RefersTo, StringTest
from socle.kernel.search.escapes import escape, split, unescape
from socle.kernel.search.parameter import Context
from socle.kernel.search.parameters import Parameters
from socle.kernel.search.parse import Parsed, Parser
from socle.kernel.search.query import Query
from socle.kernel.search.refusal import near
from socle.kernel.search.register import NamedQuery, Register

PARSER = Parser(Parameters(REGISTER, r4()), REGISTER.types)


def parsed(of: str | None, *pairs: tuple[str, str], lenient: bool = False) -> Parsed:
    return PARSER.parse(pairs, of, Context(START), lenient=lenient)


def query(of: str | None, text: str) -> Query:
    return parsed(of, *[(pair.partition("=")[0], pair.partition("=")[2]) for pair in text.split("&")]).query


def refused(of: str | None, text: str) -> Problem:
    with pytest.raises(Problem) as caught:
        query(of, text)
    assert caught.value.kind is Kind.INVALID
    return caught.value


def said(problem: Problem) -> str:
    return problem.issues[0].text.en


def test_an_unknown_parameter_is_refused_with_those_close_to_it() -> None:
    problem = refused("Patient", "familly=Martin")
    assert "familly" in said(problem)
    assert "family" in said(problem).split("Close:")[1]
    assert problem.issues[0].expression == ("http.familly",)


def test_a_long_list_of_what_is_known_says_how_many_it_leaves_out() -> None:
    names = [f"parameter-{rank:02d}" for rank in range(63)]
    assert near("xyz", names).en.endswith("parameter-59… and 3 others.")
    assert near("xyz", names[:60]).en.endswith("parameter-59.")


@pytest.mark.parametrize(
    ("text", "advised"), [("family=", True), ("_tag=a,", True), ("_id=", False), ("_lastUpdated=", False)]
)
def test_an_empty_value_is_told_how_to_look_for_absence_where_one_may(text: str, advised: bool) -> None:
    assert (":missing=true" in said(refused("Patient", text))) is advised


@pytest.mark.parametrize("text", ["_sort=", "_sort=-", "_sort=family,"])
def test_a_sort_by_nothing_is_shown_how_one_is_written(text: str) -> None:
    assert "family,-birthdate" in said(refused("Patient", text))


def test_an_unknown_modifier_is_refused_with_those_offered() -> None:
    assert "contains, exact, missing" in said(refused("Patient", "family:exactly=Martin"))


@pytest.mark.parametrize(
    "text",
    [
        "code:text=x",
        "phonetic=x",
        "_text=x",
        "_content=x",
        "_query=x",
        "_contained=true",
        "_list=$current-everything",
        "patient:below=Patient/1",
    ],
)
def test_what_is_for_later_is_refused_as_not_supported(text: str) -> None:
    assert refused("Observation", text).issues[0].code == "not-supported"


@pytest.mark.parametrize(
    "text",
    [
        "birthdate=2023-02-30",
        "birthdate=hier",
        "birthdate=2023-1-1",
        "birthdate=xx2023",
        "birthdate=",
        "family=",
        "family=a,,b",
        "family=-",
        "active:missing=peut-etre",
        "identifier=a|b|c",
        "identifier=|",
        "identifier:of-type=a|b",
        "_id=a/b",
        "_count=-1",
        "_count=dix",
        "_count=1&_count=2",
        "_total=beaucoup",
        "_summary=oui",
        "_summary=true&_elements=name",
        "_elements=nom",
        "_sort=inconnu",
        "_sort=a,b,c,d,e,f",
        "_include=Patient",
        "_include=Patient:gender",
        "_include:recurse=Patient:organization",
        "_revinclude=Observation:subject:Organization",
        "_has:Observation=x",
        "_has:Observation:code:status=final",
        "_has:Observation:encounter:status=final",
        "gender.name=x",
        "organization.partof.gender=x",
        "organization" + ".partof" * 9 + ".name=x",
        "identifier:below=x",
        "identifier:in=x",
        "_list=a/b/c",
        "_filter=",
        "_filter=family",
        "_filter=family eq",
        '_filter=family eq "x',
        "_filter=family is x",
        "_filter=(family eq x",
        "_filter=family eq x y",
        "_filter=family gt x",
        "_filter=nom eq x",
        "_filter=birthdate eq hier",
        "_filter=organization[name eq x] eq y",
        "_filter=organization[name eq x.name eq y",
        "_filter=not family eq x",
        "_filter=birthdate pr peut-être",
        "_filter=" + "(" * 17 + "family eq x" + ")" * 17,
        "_filter=" + " or ".join(["family eq x"] * 101),
        "organization:Patient.name=x",
        "family=\x00",
        "family=\ud800",
    ],
)
def test_what_makes_no_sense_is_refused_in_two_languages(text: str) -> None:
    problem = refused("Patient", text)
    assert problem.issues[0].text.fr
    assert problem.issues[0].text.en != problem.issues[0].text.fr


def test_the_beginning_of_a_name_is_close_to_it() -> None:
    assert near("Obs", ["Observation", "Patient", "Organization"]).en == "Close: Observation."


def test_not_without_parenthesis_is_told_to_take_one() -> None:
    assert "“not” takes a parenthesis" in refused("Patient", "_filter=not gender eq male").issues[0].text.en


BORN = NamedQuery(("year", "sex"), lambda given: [("birthdate", given["year"]), ("gender", given["sex"])])


def test_a_named_query_is_what_the_register_declares() -> None:
    parser = Parser(Parameters(REGISTER, r4()), REGISTER.types, queries={"born-in": BORN})

    def asked(*pairs: tuple[str, str]) -> Query:
        return parser.parse(pairs, "Patient", Context(START)).query

    named = asked(("_query", "born-in"), ("year", "1980"), ("sex", "male"), ("active", "true"))
    assert named.conditions == asked(("birthdate", "1980"), ("gender", "male"), ("active", "true")).conditions
    for wrong in ([("_query", "born")], [("_query", "born-in"), ("year", "1980")]):
        with pytest.raises(Problem):
            asked(*wrong)


@pytest.mark.parametrize("value", ["5.4|x", "5.4|x|", "abc", "5.4|http://u|mg|z", "١"])
def test_a_quantity_that_is_none_is_refused(value: str) -> None:
    assert "value-quantity" in said(refused("Observation", f"value-quantity=gt{value}"))


def test_leniently_the_unknown_is_left_out_and_said() -> None:
    result = parsed("Patient", ("familly", "x"), ("family:exactly", "y"), ("gender", "male"), lenient=True)
    assert len(result.query.conditions) == 1
    assert [issue.severity for issue in result.issues] == ["warning", "warning"]
    assert "familly" in result.issues[0].text.fr
    assert result.query.parameters == (("gender", "male"),)


def test_leniently_a_bad_value_is_still_refused() -> None:
    with pytest.raises(Problem):
        parsed("Patient", ("birthdate", "2023-02-30"), lenient=True)


def test_format_and_pretty_are_not_searches() -> None:
    assert query("Patient", "_format=json&_pretty=true") == query("Patient", "_count=50").__class__(
        types=("Patient",), now=START
    )


def test_an_ambiguous_chain_says_what_to_write() -> None:
    problem = refused("Observation", "subject.name=x")
    assert "subject:Location.name" in said(problem)
    assert "subject:Patient.name" in said(problem)


def test_a_chain_finds_its_type_when_only_one_has_the_parameter() -> None:
    [condition] = query("Observation", "subject.family=x").conditions
    assert isinstance(condition, RefersTo)
    assert condition.target == "Patient"
    assert isinstance(condition.inner, StringTest)


def test_the_patient_parameter_leads_to_patients() -> None:
    [condition] = query("Observation", "patient.identifier=x").conditions
    assert isinstance(condition, RefersTo)
    assert condition.target == "Patient"


def test_has_may_carry_a_modifier() -> None:
    [condition] = query("Patient", "_has:Observation:subject:code:not=x").conditions
    assert isinstance(condition, ReferredBy)
    assert isinstance(condition.inner, Never)


def test_several_values_are_one_look_up() -> None:
    [condition] = query("Observation", "code=a,b,c").conditions
    assert isinstance(condition, HasToken)
    assert len(condition.any) == 3


def test_a_day_is_a_token() -> None:
    [condition] = query("Patient", "birthdate=1980-01-01").conditions
    assert isinstance(condition, HasToken)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("100", 99.5, 100.5),
        ("100.00", 99.995, 100.005),
        ("5.4", 5.35, 5.45),
        ("5.40e-3", 0.005395, 0.005405),
        ("-3", -3.5, -2.5),
        ("ap100", 90.0, 110.0),
    ],
)
def test_a_number_means_as_much_as_its_digits(text: str, low: float, high: float) -> None:
    [condition] = query("Observation", f"value-quantity={text}").conditions
    assert isinstance(condition, NumberTest)
    assert (condition.lo, condition.hi) == (low, high)


def test_count_is_brought_down_to_what_a_page_may_hold() -> None:
    assert query("Patient", "_count=100000").count == 1000


def test_a_summary_of_count_asks_for_the_total_alone() -> None:
    assert query("Patient", "_summary=count&_count=10").count == 0


def test_a_plus_that_arrived_as_a_space_is_still_an_offset() -> None:
    assert query("Observation", "date=gt2024-01-01T10:00:00 02:00").conditions == (
        query("Observation", "date=gt2024-01-01T10:00:00+02:00").conditions
    )


def test_the_whole_register_takes_what_all_types_have() -> None:
    found = query(None, "_type=Patient,Observation&_tag=http://tag|a")
    assert found.types == ("Patient", "Observation")
    [condition] = found.conditions
    assert isinstance(condition, HasToken)
    assert len(condition.any) == 2
    assert refused(None, "family=x").issues[0].code == "not-supported"
    assert "Patiente" in said(refused(None, "_type=Patiente"))


@given(st.text(alphabet=",|$\\ab"), st.text(alphabet=",|$\\ab"))
def test_escaped_values_come_back(left: str, right: str) -> None:
    parts: Sequence[str] = split(f"{escape(left)},{escape(right)}", ",")
    assert [unescape(part) for part in parts] == [left, right]


@given(
    st.sampled_from(
        ["family", "birthdate", "identifier", "value-quantity", "subject", "_has:x", "a.b", "_sort", "_include"]
    )
    | st.text(max_size=20),
    st.text(max_size=40),
)
def test_any_text_is_a_query_or_a_problem(name: str, value: str) -> None:
    for of in ("Patient", "Observation"):
        with suppress(Problem):
            parsed(of, (name, value))


def test_a_reference_may_name_a_type_that_the_register_does_not_hold() -> None:
    register = Register("ins", ("Patient",), frozenset({"Patient"}))
    parser = Parser(Parameters(register, r4()), register.types)
    [typed] = parser.parse([("general-practitioner:Practitioner", "7")], "Patient", Context(START)).query.conditions
    assert isinstance(typed, HasToken)
    with pytest.raises(Problem):
        parser.parse([("general-practitioner:Practitioner.name", "x")], "Patient", Context(START))
