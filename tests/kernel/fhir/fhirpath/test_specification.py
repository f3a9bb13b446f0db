"""FHIRPath N1 section by section: an expression and what it finds."""

from decimal import Decimal
from typing import Any

import pytest
from tests.kernel.fhir.fhirpath.speaking import NOW, OBSERVATION, PATIENT, found

from socle.kernel.fhir.fhirpath import Environment, evaluate, resource_item
from socle.kernel.fhir.fhirpath.steps import Step, by_steps

LITERALS: list[tuple[str, list[Any]]] = [
    ("true", [True]),
    ("'it\\'s \\u00e9\\n\\q'", ["it's é\nq"]),
    ("45", [45]),
    ("0.10", [Decimal("0.10")]),
    ("{}", []),
    ("@2015-02-04", ["2015-02-04"]),
    ("@2015-02-04T14:34:28+09:00", ["2015-02-04T14:34:28+09:00"]),
    ("@2015T", ["2015T"]),
    ("@T14:30", ["14:30"]),
    ("4.5 'mg'", ["4.5 'mg'"]),
    ("4 days", ["4 days"]),
    ("1 + 1 // comment", [2]),
    ("1 /* two */ + 1", [2]),
    ("`Patient`.`active`", [True]),
]
PATHS: list[tuple[str, list[Any]]] = [
    ("Patient.name.given", ["Dominique", "Aimée", "Dom"]),
    ("name[1].family", ["Martin"]),
    ("name[7]", []),
    ("Observation.status", []),
    ("deceased", [False]),
    ("multipleBirth.ofType(integer)", [2]),
    ("multipleBirth.ofType(boolean)", []),
    ("birthDate.extension('urn:time').value", ["1955-06-13T08:30:00+01:00"]),
    ("gender.exists()", [True]),
    ("gender.hasValue()", [False]),
    ("gender = 'male'", []),
    ("Resource.id", ["p1"]),
    ("contained.name", ["Clinique"]),
]
EXISTENCE: list[tuple[str, list[Any]]] = [
    ("{}.empty()", [True]),
    ("name.exists()", [True]),
    ("name.exists(use = 'old')", [False]),
    ("name.exists($index = 1 and use = 'usual')", [True]),
    ("name.all(given.exists())", [True]),
    ("{}.all(false)", [True]),
    ("(true | false).allTrue()", [False]),
    ("(true | false).anyTrue()", [True]),
    ("{}.allTrue()", [True]),
    ("(true | false).allFalse()", [False]),
    ("(true | false).anyFalse()", [True]),
    ("(1 | 2).subsetOf(1 | 2 | 3)", [True]),
    ("(1 | 4).subsetOf(1 | 2 | 3)", [False]),
    ("(1 | 2 | 3).supersetOf(2)", [True]),
    ("name.count()", [2]),
    ("(1.combine(1.0).combine(2)).distinct()", [1, 2]),
    ("(1.combine(1)).isDistinct()", [False]),
]
FILTERING: list[tuple[str, list[Any]]] = [
    ("name.where(use = 'usual').given", ["Dom"]),
    ("name.where($index = 0).family", ["MARTIN"]),
    ("name.select(given.first() & ' ' & family)", ["Dominique MARTIN", "Dom Martin"]),
    ("(1 | 2).select($this + $index)", [1, 3]),
    ("repeat(contained).id", ["o1"]),
    ("1.repeat(iif($this < 4, $this + 1, {}))", [2, 3, 4]),
    ("(1 | 2 | 3).aggregate($this + $total, 10)", [16]),
    ("(5 | 2 | 9).aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total)))", [2]),
    ("iif(active, 'yes', 1 / 'never evaluated')", ["yes"]),
    ("iif(false, 1)", []),
    ("iif({}, 1, 2)", [2]),
]
SUBSETTING: list[tuple[str, list[Any]]] = [
    ("name.given.first()", ["Dominique"]),
    ("name.given.last()", ["Dom"]),
    ("name.given.tail()", ["Aimée", "Dom"]),
    ("name.given.skip(2)", ["Dom"]),
    ("name.given.skip(-1).count()", [3]),
    ("name.given.take(2)", ["Dominique", "Aimée"]),
    ("name.given.take(0)", []),
    ("{}.single()", []),
    ("(1 | 2 | 3).intersect(2 | 3 | 4)", [2, 3]),
    ("(1.combine(2).combine(1)).exclude(2)", [1, 1]),
    ("1.combine(1)", [1, 1]),
    ("1.union(1)", [1]),
    ("(1 | 2) | (2.0 | 3)", [1, 2, 3]),
]
CONVERSION: list[tuple[str, list[Any]]] = [
    ("'YES'.toBoolean()", [True]),
    ("2.toBoolean()", []),
    ("'x'.convertsToBoolean()", [False]),
    ("'42'.toInteger()", [42]),
    ("'4.2'.toInteger()", []),
    ("'3000000000'.convertsToInteger()", [False]),
    ("'4.20'.toDecimal()", [Decimal("4.20")]),
    ("true.toDecimal()", [Decimal("1.0")]),
    ("1.50.toString()", ["1.50"]),
    ("birthDate.toString()", ["1955-06-13"]),
    ("(4 'mg').toString()", ["4 'mg'"]),
    ("'2015-02-30'.convertsToDate()", [False]),
    ("'2015-02-04T10:00'.toDate()", ["2015-02-04"]),
    ("@2015-02.toDateTime()", ["2015-02T"]),
    ("'10:30'.toTime()", ["10:30"]),
    ("'4 days'.toQuantity()", ["4 days"]),
    ("'4 lumps'.convertsToQuantity()", [False]),
    ("(1 'g').toQuantity('mg') = 1000 'mg'", [True]),
]
STRINGS: list[tuple[str, list[Any]]] = [
    ("'abcdef'.indexOf('cd')", [2]),
    ("'abc'.indexOf('x')", [-1]),
    ("'abcdef'.substring(1, 2)", ["bc"]),
    ("'abc'.substring(3)", []),
    ("'abc'.startsWith('')", [True]),
    ("'abc'.endsWith('bc')", [True]),
    ("'abc'.contains('b')", [True]),
    ("'aé'.upper()", ["AÉ"]),
    ("'ABC'.lower()", ["abc"]),
    ("'abcdef'.replace('cd', '')", ["abef"]),
    ("'ab'.replace('', 'x')", ["xaxbx"]),
    ("'abc'.matches('b')", [True]),
    ("'a\\nc'.matches('a.c')", [True]),
    ("'abc'.matchesFull('b')", [False]),
    ("'11/30/1972'.replaceMatches('(?<m>[0-9]+)/(?<d>[0-9]+)/', '${d}-${m}-')", ["30-11-1972"]),
    ("'abc'.length()", [3]),
    ("'ab'.toChars()", ["a", "b"]),
    ("{}.upper()", []),
    ("'a' & {} & 'b'", ["ab"]),
    ("'a' + {}", []),
    ("'a,b'.split(',')", ["a", "b"]),
    ("name.given.join('-')", ["Dominique-Aimée-Dom"]),
    ("' a '.trim()", ["a"]),
    ("'é'.encode('base64')", ["w6k="]),
    ("'w6k='.decode('base64')", ["é"]),
    ("'<a>'.escape('html')", ["&lt;a&gt;"]),
]
MATH: list[tuple[str, list[Any]]] = [
    ("(-5).abs()", [5]),
    ("(-5.5 'mg').abs()", ["5.5 'mg'"]),
    ("1.1.ceiling()", [2]),
    ("(-1.1).floor()", [-2]),
    ("(-1.9).truncate()", [-1]),
    ("0.exp()", [Decimal(1)]),
    ("1.ln()", [Decimal(0)]),
    ("16.log(2)", [Decimal(4)]),
    ("2.power(10)", [1024]),
    ("(-1).power(0.5)", []),
    ("2.power(100000000)", []),
    ("10.0.power(900000)", []),
    ("10.0.power(399).toQuantity() * 10 '1'", []),
    ("(10 'kg' * 10.0.power(397).toQuantity()).toQuantity('ng')", []),
    ("81.sqrt()", [Decimal(9)]),
    ("(-1).sqrt()", []),
    ("3.14159.round(3)", [Decimal("3.142")]),
    ("1.5.round()", [Decimal(2)]),
    ("1 / 4", [Decimal("0.25")]),
    ("1 / 0", []),
    ("7 div 2", [3]),
    ("(-7) div 2", [-3]),
    ("(-7) mod 2", [-1]),
    ("7 mod 0", []),
    ("2 + 3 * 4", [14]),
    ("-2 + 3", [1]),
    ("0.1 + 0.2 = 0.3", [True]),
    ("2147483647 + 1", []),
    ("-2147483648 - 1", []),
    ("-2147483648", [-2147483648]),
    ("-(-2147483648)", []),
    ("(-2147483648).abs()", []),
    ("-2147483648 div -1", []),
    ("2147483648.0 - 1", [Decimal("2147483647.0")]),
    ("-2147483648 'mg' = -2147483.648 'g'", [True]),
    ("2 'm' * 3 'm' = 6 'm2'", [True]),
    ("6 'mg' / 2 'mL' = 3 'mg/mL'", [True]),
    ("1 'g' - 1 'mg' = 999 'mg'", [True]),
    ("3 * 2 'mg' = 6 'mg'", [True]),
    ("1 '1' + 1", ["2 '1'"]),
    ("3 - 1.5 '1'", ["1.5 '1'"]),
    ("1 'm' + 1", []),
]
TREE: list[tuple[str, list[Any]]] = [
    ("managingOrganization.children()", ["#o1"]),
    ("birthDate.children().url", ["urn:time"]),
    ("contained.descendants()", ["o1", "Clinique"]),
    ("birthDate.trace('born') = @1955-06-13", [True]),
    ("now()", ["2026-05-04T09:12:45.123Z"]),
    ("today()", ["2026-05-04"]),
    ("timeOfDay()", ["09:12:45.123"]),
]
EQUALITY: list[tuple[str, list[Any]]] = [
    ("1 = 1.0", [True]),
    ("'a' = 'A'", [False]),
    ("'a' = {}", []),
    ("true = 1", [False]),
    ("name.given = ('Dominique' | 'Aimée' | 'Dom')", [True]),
    ("(1 | 2) = (2 | 1)", [False]),
    ("(1 | 2) ~ (2 | 1)", [True]),
    ("@2012 = @2012-01", []),
    ("@2012 = @2013-01", [False]),
    ("@2012 ~ @2012-01", [False]),
    ("@2012-01-01T10:00Z = @2012-01-01T11:00+01:00", [True]),
    ("@2012-01-01T10:30:31.0Z = @2012-01-01T10:30:31Z", [True]),
    ("birthDate = @1955-06-13", [True]),
    ("birthDate = '1955-06-13'", [False]),
    ("4 'g' = 4000 'mg'", [True]),
    ("4 'g' = 4 'm'", []),
    ("1 year = 1 'a'", []),
    ("1 year ~ 1 'a'", [True]),
    ("1 second = 1 's'", [True]),
    ("7 days = 1 week", [True]),
    ("12 months = 1 year", [True]),
    ("37 'Cel' = 98.6 '[degF]'", [True]),
    ("'  Ab c' ~ 'aB  C '", [True]),
    ("1.11 ~ 1.1", [True]),
    ("1.25 ~ 1.3", [True]),
    ("(-1.25) ~ (-1.3)", [True]),
    ("1.25 'mg' ~ 1.3 'mg'", [True]),
    ("1.25 ~ 1.2", [False]),
    ("10.0.power(300) ~ 1.5", [False]),
    ("{} ~ {}", [True]),
    ("1 != 2", [True]),
    ("1 !~ 2", [True]),
    ("name.first() = name.where(use = 'official')", [True]),
]
COMPARISON: list[tuple[str, list[Any]]] = [
    ("1 < 1.1", [True]),
    ("'a' < 'b'", [True]),
    ("@2018-03 < @2018-04-01", [True]),
    ("@2018-03 < @2018-03-01", []),
    ("@T10:30 >= @T10:30:00", []),
    ("@T10:30:00 >= @T10:30:00.0", [True]),
    ("birthDate < today()", [True]),
    ("1 'g' > 999 'mg'", [True]),
    ("1 'g' > 1 'm'", []),
    ("{} < 1", []),
]
LOGIC: list[tuple[str, list[Any]]] = [
    ("true and {}", []),
    ("false and {}", [False]),
    ("{} and false", [False]),
    ("true or {}", [True]),
    ("{} or true", [True]),
    ("false or {}", []),
    ("true xor false", [True]),
    ("true xor {}", []),
    ("false implies {}", [True]),
    ("{} implies true", [True]),
    ("true implies {}", []),
    ("true.not()", [False]),
    ("'a' and true", [True]),
    ("1 in (1 | 2)", [True]),
    ("{} in (1 | 2)", []),
    ("1 in {}", [False]),
    ("(1 | 2) contains 2", [True]),
    ("true or false and false", [True]),
]
TYPES: list[tuple[str, list[Any]]] = [
    ("Patient.is(DomainResource)", [True]),
    ("$this is FHIR.Patient", [True]),
    ("active is boolean", [True]),
    ("active is System.Boolean", [False]),
    ("1 is Integer", [True]),
    ("1 'mg' is Quantity", [True]),
    ("{} is Integer", []),
    ("birthDate is date", [True]),
    ("name.first().type().name", ["HumanName"]),
    ("1.type().namespace", ["System"]),
    ("name.ofType(HumanName).count()", [2]),
    ("(name.first() as HumanName).use", ["official"]),
    ("contained.first() is Organization", [True]),
]
DATES: list[tuple[str, list[Any]]] = [
    ("@2018-01-31 + 1 month", ["2018-02-28"]),
    ("@2020-02-29 + 1 year", ["2021-02-28"]),
    ("@2014 + 24 months", ["2016"]),
    ("@2014-01 + 45 days", ["2014-02"]),
    ("@2018-01-01 - 1 day", ["2017-12-31"]),
    ("@2018-01-01T10:00:00Z + 90 minutes", ["2018-01-01T11:30:00Z"]),
    ("@2018-01-01T10:00:00.5Z + 500 milliseconds", ["2018-01-01T10:00:01.0Z"]),
    ("@2018-01-01T10:00:00Z + 1 's'", ["2018-01-01T10:00:01Z"]),
    ("@T23:30 + 1 hour", ["00:30"]),
    ("@9999-12-31 + 1 day", []),
    ("birthDate + 18 years <= today()", [True]),
]
VARIABLES: list[tuple[str, list[Any]]] = [
    ("%ucum", ["http://unitsofmeasure.org"]),
    ("%loinc", ["http://loinc.org"]),
    ("%sct", ["http://snomed.info/sct"]),
    ("%`vs-administrative-gender`", ["http://hl7.org/fhir/ValueSet/administrative-gender"]),
    ("%'ext-patient-birthTime'", ["http://hl7.org/fhir/StructureDefinition/patient-birthTime"]),
    ("%resource.id", ["p1"]),
    ("%context.id", ["p1"]),
    ("%rootResource.id", ["p1"]),
    ("name.where(%resource.active).count()", [2]),
]
BOUNDARIES: list[tuple[str, list[Any]]] = [
    ("1.587.lowBoundary()", [Decimal("1.58650000")]),
    ("1.587.highBoundary()", [Decimal("1.58750000")]),
    ("1.587.lowBoundary(2)", [Decimal("1.58")]),
    ("(-1).highBoundary(1)", [Decimal("-0.5")]),
    ("1.587.lowBoundary(99)", []),
    ("@2014.lowBoundary(6)", ["2014-01"]),
    ("@2024-02.highBoundary()", ["2024-02-29"]),
    ("@2014-01-01T08.highBoundary()", ["2014-01-01T08:59:59.999-12:00"]),
    ("@2014-01-01T08:05Z.lowBoundary()", ["2014-01-01T08:05:00.000Z"]),
    ("@T10:30.highBoundary(9)", ["10:30:59.999"]),
    ("(1.5 'mg').highBoundary(2) = 1.55 'mg'", [True]),
    ("1.58700.precision()", [5]),
    ("@2014-01.precision()", [6]),
    ("@T10:30:00.000.precision()", [9]),
]
SECTIONS = {
    "boundaries": BOUNDARIES,
    "literals": LITERALS,
    "paths": PATHS,
    "existence": EXISTENCE,
    "filtering": FILTERING,
    "subsetting": SUBSETTING,
    "conversion": CONVERSION,
    "strings": STRINGS,
    "math": MATH,
    "tree and utility": TREE,
    "equality": EQUALITY,
    "comparison": COMPARISON,
    "logic": LOGIC,
    "types": TYPES,
    "dates": DATES,
    "variables": VARIABLES,
}
CASES = [(section, *row) for section, rows in SECTIONS.items() for row in rows]


@pytest.mark.parametrize(("section", "expression", "expected"), CASES, ids=[f"{c[0]}: {c[1]}" for c in CASES])
def test_an_expression_finds(section: str, expression: str, expected: list[Any]) -> None:
    answer = found(expression)
    assert answer == expected
    assert [type(one) for one in answer] == [type(one) for one in expected]


@pytest.mark.parametrize("expression", [case[1] for case in CASES])
def test_step_by_step_the_answer_is_the_same(expression: str) -> None:
    steps: list[Step] = []
    run = by_steps(expression, "Patient", steps.append)
    environment = Environment(resource=PATIENT, now=NOW)
    answer = run(resource_item(PATIENT), environment)
    assert answer == evaluate(expression, PATIENT, Environment(resource=PATIENT, now=NOW))
    assert steps[-1].found is answer


def test_a_fhir_quantity_computes_as_a_quantity_with_its_ucum_code() -> None:
    assert found("value > 72000 'g'", OBSERVATION) == [True]
    assert found("value + 500 'g'", OBSERVATION) == ["73.00 'kg'"]


def test_decimals_keep_their_digits() -> None:
    assert found("value.value.toString()", OBSERVATION) == ["72.50"]
