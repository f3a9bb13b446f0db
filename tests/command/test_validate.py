"""socle validate: what is written, in which form, and the exit code."""

import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.house.running import socle as socle_apart
from tests.house.running import typed
from tests.kernel.fhir.validation.profiles import profile

GOOD = '{"resourceType": "Patient", "text": {"status": "empty", "div": "<div xmlns=\\"http://www.w3.org/1999/xhtml\\">A</div>"}}'
BAD = '{\n  "resourceType": "Patient",\n  "contact": [{"gender": "male"}]\n}'


def socle(*arguments: str, given: str = "") -> tuple[int, str, str]:
    """Exit code, standard output, standard error; in a process of its own when something is `given` to standard input."""
    done = (
        socle_apart("--lang", "en", "validate", *arguments, given=given)
        if given
        else typed("validate", *arguments, language="en")
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.json").write_text(GOOD)
    (tmp_path / "b.json").write_text(BAD)
    return tmp_path


def test_a_resource_that_conforms_is_told_so() -> None:
    assert socle("-", given=GOOD) == (0, "-: conforms\n", "1 conform, 0 do not\n")


def test_each_issue_has_its_file_line_and_column_and_the_exit_code_tells(folder: Path) -> None:
    code, out, _ = socle(str(folder))
    assert code == 1
    assert f"{folder}/a.json: conforms" in out
    assert f"{folder}/b.json:3:15: error: Patient.contact[0]: " in out
    assert "[pat-1]" in out


def test_junit_is_what_continuous_integration_reads(folder: Path) -> None:
    suites = ElementTree.fromstring(socle(str(folder), "--format", "junit")[1])
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    assert [case.find("failure") is None for case in suites.iter("testcase")] == [True, False]


def test_json_has_a_line_for_each_file(folder: Path) -> None:
    rows = [json.loads(line) for line in socle(str(folder), "--format", "json")[1].splitlines()]
    assert [row["valid"] for row in rows] == [True, False]
    assert rows[1]["outcome"]["issue"][0]["expression"] == ["Patient.contact[0]"]


def test_a_package_and_a_profile_are_applied(folder: Path) -> None:
    mandatory = profile("Patient", {"id": "Patient.birthDate", "min": 1})
    package = folder / "paquet" / "package"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "essai", "version": "1.0.0", "fhirVersions": ["4.0.1"]}')
    (package / "StructureDefinition-essai.json").write_text(json.dumps(mandatory))
    code, out, _ = socle(str(folder / "a.json"), "--package", str(folder / "paquet"), "--profile", mandatory["url"])
    assert code == 1
    assert "Patient.birthDate" in out
    assert "--package" in socle(str(folder / "a.json"), "--profile", "https://exemple.test/inconnu")[2]


def test_archives_lines_and_xml_are_read(folder: Path) -> None:
    (folder / "c.ndjson").write_text(GOOD + "\n\n" + BAD.replace("\n", "") + "\n{\n")
    with zipfile.ZipFile(folder / "d.zip", "w") as archive:
        archive.writestr(
            "e.xml", '<Patient xmlns="http://hl7.org/fhir"><contact><gender value="male"/></contact></Patient>'
        )
    _, out, _ = socle(str(folder / "c.ndjson"), str(folder / "d.zip"))
    assert "c.ndjson:1: conforms" in out
    assert "c.ndjson:3:1:" in out
    assert "c.ndjson:4:1:2: unreadable:" in out
    assert "d.zip/e.xml:1:38: error: Patient.contact[0]" in out


def test_the_page_shows_the_issue_on_its_line_and_runs_nothing(folder: Path) -> None:
    (folder / "b.json").write_text(BAD.replace("male", "<script>alert(1)</script>"))
    page = socle(str(folder / "b.json"), "--format", "html")[1]
    assert 'id="s1l3" class="error"' in page
    assert "<script" not in page
