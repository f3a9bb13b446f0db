"""$validate. Source: FHIR R4 resource-operation-validate.html."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.kernel.fhir.validation.profiles import profile
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import PATIENT, SANDBOX, START, URL, Clock, Fhir

from socle.kernel.audit import Trace
from socle.kernel.fhir.knowledge import Cause, CodeAnswer, CodeQuestion, Codes
from socle.kernel.fhir.packages import Package
from socle.kernel.fhir.validation import Shelf
from socle.kernel.rest.validating import with_validation
from socle.kernel.store import packages
from socle.kernel.store.library import PackagedDefinitions
from socle.kernel.store.postgres import PostgresDatabase
from socle.kernel.store.validator import Validator
from socle.kernel.terminology.nothing_loaded import NothingLoaded

Json = dict[str, Any]
WRONG = b'{"resourceType": "Patient",\n "naissance": "1980",\n "contact": [{"gender": "male"}]}'
MANDATORY = profile("Patient", {"id": "Patient.photo", "min": 1})


@pytest.fixture
def fhir(serve: Serve, database: PostgresDatabase, clock: Clock) -> Fhir:
    library = PackagedDefinitions(database, clock).library
    return serve(with_validation(SANDBOX, Validator(library, NothingLoaded())))


def errors(answer: Any) -> list[tuple[str, int]]:
    """(expression, line) of the errors of an OperationOutcome."""
    assert answer.status_code == 200, answer.text
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return [
        (one["expression"][0], one.get("extension", [{"valueInteger": 0}])[0]["valueInteger"])
        for one in outcome["issue"]
        if one["severity"] in ("error", "fatal")
    ]


async def test_whatever_is_wrong_is_told_with_its_line_and_the_answer_is_200(fhir: Fhir) -> None:
    answer = await fhir.post("Patient/$validate", WRONG)
    assert errors(answer) == [("Patient.naissance", 2), ("Patient.contact[0]", 3)]
    assert await fhir.versions() == 0


async def test_lines_are_those_of_what_was_sent(fhir: Fhir) -> None:
    wrapped = b'{"resourceType": "Parameters", "parameter": [\n {"name": "mode", "valueCode": "create"},\n {"name": "resource",'
    wrapped += b'\n  "resource": ' + WRONG + b"}]}"
    assert errors(await fhir.post("Patient/$validate", wrapped)) == [
        ("Patient.naissance", 5),
        ("Patient.contact[0]", 6),
    ]
    xml = b'<Patient xmlns="http://hl7.org/fhir">\n<contact>\n<gender value="male"/></contact></Patient>'
    sent = {"headers": {"content-type": "application/fhir+xml"}}
    assert errors(await fhir.post("Patient/$validate", xml, **sent)) == [("Patient.contact[0]", 2)]
    parameters = b'<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="resource"/>\n<resource>' + xml
    parameters += b"</resource></parameter></Parameters>"
    assert errors(await fhir.post("Patient/$validate", parameters, **sent)) == [("Patient.contact[0]", 3)]


async def test_parameters_carry_the_resource_and_the_profile(fhir: Fhir) -> None:
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "resource", "resource": json.loads(WRONG)},
            {"name": "mode", "valueCode": "create"},
            {"name": "profile", "valueUri": "http://hl7.org/fhir/StructureDefinition/Patient"},
        ],
    }
    assert [place for place, _ in errors(await fhir.post("Patient/$validate", body))] == [
        "Patient.naissance",
        "Patient.contact[0]",
    ]


async def test_a_profile_that_is_asked_for_and_not_known_is_an_error(fhir: Fhir) -> None:
    answer = await fhir.post("Patient/$validate?profile=http://e.example/none", PATIENT)
    [found] = [one for one in answer.json()["issue"] if one["severity"] == "error"]
    assert found["code"] == "not-found"
    assert "http://e.example/none" in found["diagnostics"]
    claimed = {**PATIENT, "meta": {"profile": ["http://e.example/none"]}}
    assert errors(await fhir.post("Patient/$validate", claimed)) == []  # not checked: a warning says so


async def test_a_stored_resource_is_judged_where_it_is(fhir: Fhir) -> None:
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1", "contact": [{"gender": "male"}]})
    assert [place for place, _ in errors(await fhir.get("Patient/p1/$validate"))] == ["Patient.contact[0]"]
    assert (await fhir.get("Patient/p2/$validate")).status_code == 404
    events = await fhir.events()
    assert events[1].trace.interaction == "$validate"


QUESTIONS = {
    "resourceType": "Questionnaire",
    "url": "https://exemple.test/questions",
    "version": "2",
    "status": "active",
    "item": [{"linkId": "1", "type": "boolean"}],
}


@pytest.mark.parametrize(
    "named",
    ["https://exemple.test/questions", "https://exemple.test/questions|2", f"{URL}/Questionnaire/q"],
)
async def test_answers_are_judged_by_the_questionnaire_of_the_register(fhir: Fhir, named: str) -> None:
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": named,
        "item": [{"linkId": "1", "answer": [{"valueString": "oui"}]}],
    }
    assert errors(await fhir.post("QuestionnaireResponse/$validate", response)) == []  # not known: a warning
    await fhir.put("Questionnaire/q", {**QUESTIONS, "id": "q"})
    assert [place for place, _ in errors(await fhir.post("QuestionnaireResponse/$validate", response))] == [
        "QuestionnaireResponse.item[0].answer[0].value"
    ]


async def test_a_profile_of_an_installed_package_is_applied(
    fhir: Fhir, database: PostgresDatabase, tmp_path: Path
) -> None:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "package.json").write_text('{"name": "essai.validate", "version": "1.0.0", "fhirVersions": ["4.0.1"]}')
    (folder / "StructureDefinition-essai.json").write_text(json.dumps(MANDATORY))
    trace = Trace("console", "console", "operator", "", "console", "house.operate", START, "house", "package:install")
    await packages.install(database, Package.open(tmp_path), trace=trace)
    answer = await fhir.post(f"Patient/$validate?profile={MANDATORY['url']}", PATIENT)
    assert [place for place, _ in errors(answer)] == ["Patient.photo"]


OWNER = profile("Organization", {"id": "Organization.telecom", "min": 1}, name="owner")
TARGET = profile(
    "Patient",
    {"id": "Patient.photo", "min": 1},
    {"id": "Patient.managingOrganization", "type": [{"code": "Reference", "targetProfile": [OWNER["url"]]}]},
    name="target",
)
REFERRING = profile(
    "Observation",
    {"id": "Observation.subject", "type": [{"code": "Reference", "targetProfile": [TARGET["url"]]}]},
    name="referring",
)
WEIGHT = {
    "resourceType": "Observation",
    "meta": {"profile": [REFERRING["url"]]},
    "status": "final",
    "code": {"text": "poids"},
    "subject": {"reference": "Patient/p1"},
}


@pytest.fixture
async def following(fhir: Fhir, database: PostgresDatabase, tmp_path: Path) -> Fhir:
    """The server, with a profile whose subject conforms to another: a patient with a photo."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "package.json").write_text('{"name": "essai.targets", "version": "1.0.0", "fhirVersions": ["4.0.1"]}')
    for rank, one in enumerate((OWNER, TARGET, REFERRING)):
        (folder / f"StructureDefinition-{rank}.json").write_text(json.dumps(one))
    trace = Trace("console", "console", "operator", "", "console", "house.operate", START, "house", "package:install")
    await packages.install(database, Package.open(tmp_path), trace=trace)
    return fhir


def of_subject(answer: Any) -> list[tuple[str, str]]:
    """(severity, sentence) of what is said of the subject."""
    assert answer.status_code == 200, answer.text
    return [
        (one["severity"], one["diagnostics"])
        for one in answer.json()["issue"]
        if one.get("expression") == ["Observation.subject"]
    ]


@pytest.mark.parametrize("reference", ["Patient/p1", f"{URL}/Patient/p1"])
async def test_what_is_referred_to_in_the_register_is_judged_by_the_profile_of_targets(
    following: Fhir, reference: str
) -> None:
    weight = WEIGHT | {"subject": {"reference": reference}}
    await following.put("Patient/p1", {**PATIENT, "id": "p1"})
    ((severity, said),) = of_subject(await following.post("Observation/$validate", weight))
    assert (severity, TARGET["url"] in said) == ("error", True)
    await following.put("Patient/p1", {**PATIENT, "id": "p1", "photo": [{"title": "portrait"}]})
    assert of_subject(await following.post("Observation/$validate", weight)) == []


async def test_what_is_referred_to_is_read_with_a_trace_of_its_own(following: Fhir) -> None:
    await following.put("Patient/p1", {**PATIENT, "id": "p1"})
    before = len(await following.events())
    await following.post("Observation/$validate", WEIGHT)
    events = (await following.events())[before:]
    assert [(one.trace.interaction, one.entities) for one in events if one.entities] == [
        ("read", ("Patient/p1/_history/1",))
    ]


async def test_a_target_that_is_not_there_was_not_checked_which_is_said(following: Fhir) -> None:
    ((severity, said),) = of_subject(await following.post("Observation/$validate", WEIGHT))
    assert (severity, "Patient/p1" in said) == ("information", True)


async def test_who_does_not_see_all_of_a_target_is_told_that_it_was_not_checked(
    following: Fhir, serve: Serve, database: PostgresDatabase, clock: Clock
) -> None:
    await following.put("Patient/p1", {**PATIENT, "id": "p1"})
    validator = Validator(PackagedDefinitions(database, clock).library, NothingLoaded())
    partly = serve(with_validation(replace(SANDBOX, sight=half_blind), validator))
    ((severity, _),) = of_subject(await partly.post("Observation/$validate", WEIGHT))
    assert severity == "information"


async def half_blind(headers: Any, call: Any) -> Any:
    """The sight of somebody from whom elements may be hidden."""
    return SimpleNamespace(whole=False)


async def test_targets_of_targets_are_not_followed(following: Fhir) -> None:
    await following.put("Organization/o1", {"resourceType": "Organization", "id": "o1", "name": "CHU"})
    patient = {
        **PATIENT,
        "id": "p1",
        "photo": [{"title": "x"}],
        "managingOrganization": {"reference": "Organization/o1"},
    }
    await following.put("Patient/p1", patient)
    before = len(await following.events())
    assert of_subject(await following.post("Observation/$validate", WEIGHT)) == []
    read = [one.entities for one in (await following.events())[before:] if one.trace.interaction == "read"]
    assert read == [("Patient/p1/_history/1",)]


async def test_what_is_here_is_not_what_the_bundle_holds(following: Fhir) -> None:
    bundled = profile(
        "Observation",
        {"id": "Observation.subject", "type": [{"code": "Reference", "aggregation": ["bundled"]}]},
        name="bundled",
    )
    await following.put("Patient/p1", {**PATIENT, "id": "p1"})
    run = Validator(lambda: Held([bundled]), NothingLoaded())
    weight = WEIGHT | {"meta": {"profile": [bundled["url"]]}}
    report = await run.judge(weight, targets=Everything())
    assert [one.expression for one in report.issues if one.severity == "error"] == [("Observation.subject",)]


class Everything:
    """Targets that hold whatever is asked."""

    def of(self, reference: str) -> Json | None:
        return {**PATIENT, "id": "p1"}

    async def fetch(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("Patient/$validate", {"resourceType": "Organization", "name": "CHU"}),
        ("Patient/$validate?mode=lapin", PATIENT),
        ("Patient/$validate?lapin=1", PATIENT),
        ("Patient/$validate", {"resourceType": "Parameters", "parameter": [{"name": "lapin"}]}),
        ("Patient/$validate", {"resourceType": "Parameters", "parameter": [{"name": "mode", "valueCode": "create"}]}),
        ("Patient/$validate", b"{"),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused(fhir: Fhir, path: str, body: Any) -> None:
    answer = await fhir.post(path, body)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("parameter", "place", "said"),
    [
        ({"valueCode": "create"}, "Parameters.parameter[0].name", "has a name"),
        ({"name": "lapin"}, "Parameters.parameter[0]", "“lapin”"),
        ({"name": "resource"}, "Parameters.parameter[0]", "takes a resource"),
    ],
)
async def test_a_parameter_that_makes_no_sense_is_told_with_its_place(
    fhir: Fhir, parameter: Any, place: str, said: str
) -> None:
    body = {"resourceType": "Parameters", "parameter": [parameter]}
    [issue] = (await fhir.post("Patient/$validate", body, headers={"accept-language": "en"})).json()["issue"]
    assert issue["expression"] == [place]
    assert said in issue["diagnostics"]


async def test_only_those_who_may_read_may_ask(fhir: Fhir) -> None:
    assert (await fhir.as_("nobody").post("Patient/$validate", PATIENT)).status_code == 403


class Later(NothingLoaded):
    """Terminologies that hold a later edition of a system, without what it dropped."""

    def codes(self) -> Codes:
        return Dropped()


class Dropped:
    def judge(self, question: CodeQuestion) -> CodeAnswer:
        return CodeAnswer(False, Cause.UNKNOWN_CODE)

    async def fetch(self) -> bool:
        return False


async def test_a_code_that_r4_published_and_a_later_edition_dropped_is_a_warning(
    database: PostgresDatabase, clock: Clock
) -> None:
    validator = Validator(PackagedDefinitions(database, clock).library, Later())

    async def told(code: str) -> str:
        coding = {"system": "http://terminology.hl7.org/CodeSystem/adverse-event-category", "code": code}
        event = {"resourceType": "AdverseEvent", "actuality": "actual", "subject": {"display": "x"}}
        report = await validator.judge({**event, "category": [{"coding": [coding]}]})
        return next(one.severity for one in report.issues if one.rule == "FHIR R4 datatypes.html#Coding")

    assert await told("product-use-error") == "warning"
    assert await told("zut") == "error"


class Held(Shelf):
    """Definitions at hand."""

    async def fetch(self) -> bool:
        return False


async def test_today_is_that_of_france() -> None:
    rule = {"key": "x-1", "severity": "error", "human": "Not born yet", "expression": "birthDate <= today()"}
    born = profile("Patient", {"id": "Patient", "constraint": [rule]}, name="born")
    validator = Validator(lambda: Held([born]), NothingLoaded())
    patient = {"resourceType": "Patient", "birthDate": "2026-06-02", "meta": {"profile": [born["url"]]}}
    for moment, valid in (("2026-06-01T22:30:00Z", True), ("2026-06-01T21:30:00Z", False)):
        assert (await validator.judge(patient, now=datetime.fromisoformat(moment))).valid is valid
