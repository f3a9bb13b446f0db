"""What went wrong is said once, in two languages, with the element, the rule and the status."""

import errno

import pytest

from socle.kernel.outcome import Allowed, Issue, Kind, Problem, Refused, Text, operation_outcome, system_said

REFUSAL = Refused(
    Text("Statut incompatible ; relancez la récupération.", "Wrong status; retrieve again."),
    "RNIV EXI SI 09",
    ("Patient.identifier",),
)


def test_every_kind_has_a_client_or_server_error_status() -> None:
    assert all(400 <= kind.status < 600 for kind in Kind)


def test_a_problem_reads_as_its_french_sentences() -> None:
    assert str(Problem.of(Kind.INVALID, "Date impossible.", "Impossible date.")) == "Date impossible."


def test_an_outcome_speaks_the_language_asked_for() -> None:
    issue = Issue(Text("Date impossible.", "Impossible date."))
    said = {lang: operation_outcome([issue], lang)["issue"][0]["diagnostics"] for lang in ("fr", "en")}  # type: ignore[arg-type]
    assert said == {"fr": "Date impossible.", "en": "Impossible date."}


def test_an_outcome_names_the_element_and_the_rule() -> None:
    issue = Issue(Text("Clé fausse.", "Wrong key."), ("Patient.identifier[0].value",), "RNIV EXI SI 07")
    (said,) = operation_outcome([issue], "fr", kind=Kind.RULE_VIOLATED)["issue"]
    assert said["expression"] == ["Patient.identifier[0].value"]
    assert said["details"]["text"] == "RNIV EXI SI 07"
    assert said["code"] == "business-rule"


def test_an_issue_that_is_more_precise_than_its_kind_keeps_its_own_code() -> None:
    issue = Issue(Text("Manque.", "Missing."), code="required")
    assert operation_outcome([issue], "fr", kind=Kind.INVALID)["issue"][0]["code"] == "required"


def test_a_refusal_raises_the_problem_that_names_its_requirement() -> None:
    with pytest.raises(Problem) as raised:
        REFUSAL.or_raise()
    assert raised.value.kind is Kind.RULE_VIOLATED
    assert raised.value.issues[0].rule == "RNIV EXI SI 09"
    assert raised.value.issues[0].expression == ("Patient.identifier",)


def test_an_allowance_raises_nothing_and_keeps_its_reason() -> None:
    assert Allowed("soins").or_raise().reason == "soins"


def test_a_problem_of_no_element_has_no_expression() -> None:
    assert Problem.of(Kind.NOT_FOUND, "Absent.", "Absent.", expression="").issues[0].expression == ()


def test_what_the_system_says_of_a_file_is_in_both_languages() -> None:
    said = system_said(FileNotFoundError(errno.ENOENT, "No such file or directory"))
    assert said == Text("il n'y a rien à cet endroit", "No such file or directory")


def test_what_the_system_says_without_a_number_is_told_as_it_is() -> None:
    assert system_said(OSError("cut short")) == Text("cut short", "cut short")
