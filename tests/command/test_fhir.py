"""`socle fhir`: packages installed, listed, shown and removed, on a house at rest and on one that runs elsewhere."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.house.running import RunningHouse
from tests.kernel.fhir.packages.making import package, resource
from tests.kernel.fhir.validation.profiles import profile

from socle.command import main

SETS = [resource("ValueSet", f"http://a/ValueSet/{n}", version="1.0", name=f"V{n}") for n in range(3)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with RunningHouse(tmp_path_factory.mktemp("packages") / "data", "--no-demo") as running:
        yield running


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shelf")
    package(folder, "base", "1.1.0", SETS)
    package(folder, "user", "2.0.0", SETS[:1], {"base": "1.0.0"})
    package(folder, "alone", "1.0.0", [], {"nowhere": "3.0.0"})
    return folder


@dataclass
class Said:
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def socle(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """The command line, in this process: starting another for each command would cost more than all that they do."""

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["socle", *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return Said(code, *capsys.readouterr())

    return run


@pytest.mark.parametrize("way", ["data", "url"])
def test_the_life_of_packages(house: RunningHouse, shelf: Path, socle: Callable[..., Said], way: str) -> None:
    door = ["--data", str(house.data)] if way == "data" else ["--url", house.url, "--key", house.key("operator")]

    refused = socle("fhir", "install", str(shelf / "alone-1.0.0.tgz"), *door)
    assert refused.returncode == 1
    assert "nowhere 3.0.0" in refused.stderr

    made = socle("fhir", "install", str(shelf / "user-2.0.0.tgz"), *door)  # with what it depends on, found beside it
    assert made.returncode == 0, made.stderr
    assert [line.split()[0] for line in made.stdout.splitlines()] == ["base#1.1.0", "user#2.0.0"]
    assert "base 1.1.0" in made.stderr  # near, and said
    assert "déjà là" in socle("fhir", "install", str(shelf / "user-2.0.0.tgz"), *door).stderr

    asked = socle("fhir", "install", str(shelf), "--allow-missing", *door)
    assert asked.returncode == 0, asked.stderr
    assert "nowhere 3.0.0" in asked.stderr

    listed = socle("fhir", "list", *door).stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == ["alone", "base", "user"]
    assert "http://a/ValueSet/0|1.0" in socle("fhir", "show", "base", *door).stdout

    assert "user#2.0.0" in socle("fhir", "remove", "base", *door).stderr  # which depends on it
    assert socle("fhir", "remove", "base", "user#2.0.0", "alone", *door).returncode == 0
    assert socle("fhir", "list", *door).stdout.splitlines()[1:] == []


def test_packages_are_for_operators(house: RunningHouse) -> None:
    for key, status in (("", 401), (house.key("publisher"), 403)):
        assert house.request("POST", "/house/packages", b"", key=key)[0] == status


def test_an_upload_that_is_no_package_is_refused(house: RunningHouse) -> None:
    status, outcome, _ = house.request("POST", "/house/packages", b"no gzip", key=house.key("operator"))
    assert (status, outcome["resourceType"]) == (400, "OperationOutcome")
    assert house.request("POST", "/house/packages?force=true", b"", key=house.key("operator"))[0] == 400


@pytest.mark.parametrize("way", ["data", "url"])
def test_code_systems_of_a_package_are_served_and_leave_with_it(
    house: RunningHouse, tmp_path: Path, socle: Callable[..., Said], way: str
) -> None:
    shared = resource(
        "CodeSystem", "http://a/shared", version="1", content="complete", concept=[{"code": "a", "display": "Alpha"}]
    )
    wrong = resource(
        "CodeSystem", "http://a/wrong", version="1", content="complete", concept=[{"code": "a"}, {"code": "a"}]
    )
    blank = resource(
        "CodeSystem", "http://a/part|2", version="x", content="complete", concept=[{"code": "a"}, {"code": " "}]
    )
    door = ["--data", str(house.data)] if way == "data" else ["--url", house.url, "--key", house.key("operator")]
    for name, held in (("one", [shared, wrong, blank]), ("two", [shared])):
        made = socle("fhir", "install", str(package(tmp_path, name, "1.0.0", held)), *door)
        assert made.returncode == 0, made.stderr
        assert ("http://a/wrong" in made.stderr) is (name == "one")  # refused alone, and told
        assert made.stderr.count("retenue en partie: http://a/part|2|x") == (2 if name == "one" else 0)
    # When a command ends, the house that runs answers by what it did: nobody has to wait a little, or to try again.
    lookup = "/terminologies/fhir/CodeSystem/$lookup?system=http://a/shared&code=a"
    assert house.get(lookup)[0] == 200
    assert socle("fhir", "remove", "one", *door).returncode == 0
    assert house.get(lookup)[0] == 200  # the other package brings it too
    assert socle("fhir", "remove", "two", *door).returncode == 0
    assert house.get(lookup)[0] == 404


def test_what_is_installed_serves_validate(
    house: RunningHouse, tmp_path: Path, socle: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = profile("Patient", {"id": "Patient.birthDate", "min": 1})
    derived = resource(
        "StructureDefinition",
        "https://exemple.test/StructureDefinition/derived",
        kind="resource",
        type="Patient",
        abstract=False,
        derivation="constraint",
        baseDefinition=base["url"],
        differential={"element": [{"id": "Patient.gender", "path": "Patient.gender", "min": 1}]},
    )
    text = tmp_path / "patient.json"
    text.write_text('{"resourceType": "Patient", "active": true}')
    claims = tmp_path / "claims.json"
    claims.write_text(f'{{"resourceType": "Patient", "meta": {{"profile": ["{base["url"]}"]}}}}')
    data, installing = ["--data", str(house.data)], f"socle fhir install FICHIER.tgz --data {house.data}"

    asked = socle("validate", str(text), "--profile", base["url"], *data)
    assert asked.returncode == 1
    assert installing in asked.stderr
    claimed = socle("validate", str(claims), *data)  # a resource that claims what nobody knows: told, never passed over
    assert base["url"] in claimed.stderr
    assert installing in claimed.stderr

    made = socle("fhir", "install", str(package(tmp_path, "installed", "1.0.0", [base])), *data)
    assert made.returncode == 0, made.stderr
    beside = package(tmp_path, "beside", "1.0.0", [derived], {"installed": "1.0.0"})
    for door in (data, ["--url", house.url]):
        judged = socle("validate", str(text), "--profile", base["url"], *door)
        assert judged.returncode == 1
        assert "patient.json:1:1: erreur: Patient.birthDate" in judged.stdout
    both = socle("validate", str(text), "--profile", derived["url"], "--package", str(beside), *data)
    assert "Patient.birthDate" in both.stdout  # of the base, which is installed
    assert "Patient.gender" in both.stdout
    assert socle("validate", str(text), "--url", house.url, *data).returncode == 1  # both doors at once
    assert socle("fhir", "remove", "installed", *data).returncode == 0
