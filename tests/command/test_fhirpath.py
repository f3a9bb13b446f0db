"""socle fhirpath: what is written, where, and the exit code."""

import json
from pathlib import Path

import pytest
from tests.house.running import socle as socle_apart
from tests.house.running import typed

PATIENT = '{"resourceType": "Patient", "name": [{"family": "MARTIN", "given": ["A", "B\\tC"]}], "birthDate": "1955-06"}'


@pytest.fixture
def patient(tmp_path: Path) -> str:
    path = tmp_path / "patient.json"
    path.write_text(PATIENT)
    return str(path)


def socle(*arguments: str, given: str = "") -> tuple[int, str, str]:
    """Exit code, standard output, standard error; in a process of its own when something is `given` to standard input."""
    done = (
        socle_apart("--lang", "en", "fhirpath", *arguments, given=given)
        if given
        else typed("fhirpath", *arguments, language="en")
    )
    return done.returncode, done.stdout, done.stderr


def test_each_item_is_a_line_with_its_type(patient: str) -> None:
    assert socle("name.given | 1.50 | birthDate", patient) == (
        0,
        "string   A\nstring   B\\tC\ndecimal  1.50\ndate     1955-06\n",
        "",
    )


def test_standard_input_is_read_and_json_is_written() -> None:
    code, out, _ = socle("name.family", "-", "--json", given=PATIENT)
    assert (code, json.loads(out)) == (0, [{"type": "string", "value": "MARTIN"}])


def test_an_empty_result_is_told_and_is_no_error(patient: str) -> None:
    assert socle("name.prefix", patient) == (0, "", "nothing (empty result)\n")


def test_traces_go_to_standard_error_when_asked(patient: str) -> None:
    assert socle("name.family.trace('f').length()", patient, "--trace") == (0, "integer  6\n", "f: string  MARTIN\n")


def test_steps_go_to_standard_error_when_asked(patient: str) -> None:
    code, out, err = socle("name.where(use = 'usual').given", patient, "--steps")
    assert (code, out) == (0, "")
    assert [line.split(" → ") for line in err.splitlines()][1:] == [
        ["use", " (empty)"],
        ["use = 'usual'", " (empty)"],
        ["name.where(use = 'usual')", " (empty)"],
        ["name.where(use = 'usual').given", " (empty)"],
        ["nothing (empty result)"],
    ]


def test_xml_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "patient.xml"
    path.write_text('<Patient xmlns="http://hl7.org/fhir"><name><family value="MARTIN"/></name></Patient>')
    assert socle("name.family", str(path)) == (0, "string  MARTIN\n", "")


def test_the_codes_and_types_of_r4_are_known(patient: str) -> None:
    asked = "'female'.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')"
    assert socle(asked, patient) == (0, "boolean  true\n", "")


def test_what_could_not_be_checked_is_told(patient: str) -> None:
    assert "not checked, nothing here knows it: urn:p" in socle("conformsTo('urn:p')", patient)[2]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("name.surname", '"surname" is not an element of HumanName. (character 6 of "name.surname") [FHIRPath N1]'),
        ("name.given.single()", "A single item is expected here, there are 2"),
    ],
)
def test_a_wrong_expression_is_one_line_and_exit_code_1(patient: str, expression: str, said: str) -> None:
    code, out, err = socle(expression, patient)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said in err


def test_a_wrong_file_is_one_line_and_exit_code_1() -> None:
    assert socle("name", "/nowhere.json")[:2] == (1, "")
    assert socle("name", "-", given='{"resourceType": "Patient",}')[0] == 1
