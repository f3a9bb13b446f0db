"""The French set: the same persons whatever the number of their records, and errors that are told."""

from socle.foundations.ins.index.sample import ERRORS, copies


def test_a_person_lives_where_they_live_however_many_records_tell_it() -> None:
    def phones(per_person: tuple[int, ...]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for one in copies(60, seed=5, per_person=per_person, clumsy=0.0):
            calls = {each["value"] for each in one.patient["telecom"] if each["system"] == "phone"}
            found.setdefault(one.truth, set()).update(calls)
        return found

    assert phones((1,)) == phones((3,))


def test_without_clumsiness_there_is_no_error() -> None:
    assert not any(one.errors for one in copies(60, seed=5, clumsy=0.0))


def test_every_documented_error_is_made() -> None:
    made = {error for one in copies(1_500, seed=5, clumsy=3.0) for error in one.errors}
    assert made == ERRORS.keys()
