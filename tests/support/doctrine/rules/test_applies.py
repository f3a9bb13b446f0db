"""« Qui suis-je ? »: what concerns somebody, by when, and why."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.doctrine.small import edited, small

from socle.support.doctrine.model import Addressee, Force, PartialDate, Users
from socle.support.doctrine.rules.applies import When, Who, milestones_for, requirements_for
from socle.support.doctrine.rules.words import ADDRESSEES, REGIONS, USERS, say_date

TODAY = date(2030, 11, 22)
EDITION = small()
DPI, LGC, HOSPITAL, STATE = Addressee.EDITEUR_DPI, Addressee.EDITEUR_LGC, Addressee.ETABLISSEMENT, Addressee.ETAT


def ids(who: Who) -> list[str]:
    return [one.item.id for one in requirements_for(EDITION, who, today=TODAY)]


def test_whoever_says_nothing_sees_everything_by_due_date_then_what_has_none() -> None:
    assert ids(Who()) == ["INS-001", "DMP-001", "INS-002"]


def test_one_sees_what_is_asked_of_ones_kind() -> None:
    assert ids(Who(addressees=frozenset({HOSPITAL}))) == ["INS-001"]
    assert ids(Who(addressees=frozenset({LGC}))) == ["INS-002"]
    assert ids(Who(addressees=frozenset({STATE}))) == []


def test_software_for_others_is_not_concerned_and_software_for_everybody_is() -> None:
    assert ids(Who(users=frozenset({Users.USAGERS}))) == ["INS-001", "DMP-001"]
    assert ids(Who(users=frozenset({Users.ETABLISSEMENT}))) == ["INS-001", "DMP-001", "INS-002"]


def test_what_is_asked_of_one_region_is_not_asked_elsewhere() -> None:
    assert "INS-002" in ids(Who(region="53"))
    assert "INS-002" not in ids(Who(region="11"))
    assert "INS-002" in ids(Who())


def test_a_date_keeps_what_is_due_by_then_and_what_has_no_date() -> None:
    assert ids(Who(by=date(2030, 12, 31))) == ["INS-001", "INS-002"]
    assert ids(Who(by=date(2031, 1, 1))) == ["INS-001", "DMP-001", "INS-002"]


def test_force_chapter_and_words_narrow_too() -> None:
    assert ids(Who(force=Force.SHOULD)) == ["INS-002"]
    assert ids(Who(chapters=frozenset({"dmp"}))) == ["DMP-001"]
    assert ids(Who(text="QUALIFIÉE identite")) == ["INS-001", "INS-002"]
    assert ids(Who(text="identite satellite")) == []


def test_each_says_where_it_stands_today() -> None:
    found = {one.item.id: one.when for one in requirements_for(EDITION, Who(), today=TODAY)}
    assert found == {"INS-001": When.DUE, "DMP-001": When.COMING, "INS-002": When.UNDATED}


def test_a_date_known_to_the_year_has_come_when_the_year_is_over() -> None:
    def when(today: date) -> When:
        [one] = requirements_for(EDITION, Who(chapters=frozenset({"dmp"})), today=today)
        return one.when

    assert [when(date(2031, 1, 1)), when(date(2031, 12, 30)), when(date(2031, 12, 31))] == [
        When.COMING,
        When.COMING,
        When.DUE,
    ]


def test_each_says_why_it_concerns_who_asks() -> None:
    found = {
        one.item.id: one.reason
        for one in requirements_for(EDITION, Who(addressees=frozenset({DPI}), region="53"), today=TODAY)
    }
    assert found["INS-001"].fr == "Éditeur de dossier patient informatisé (DPI). Échéance passée : 1er janvier 2021."
    assert found["DMP-001"].en == "Publisher of a hospital record (DPI). To be done by 2031."
    assert found["INS-002"].fr == (
        "Éditeur de dossier patient informatisé (DPI) ; logiciel destiné à : professionnels en établissement ; "
        "en Bretagne seulement. Sans date connue : à faire dès à présent."
    )


def test_a_milestone_that_names_nobody_concerns_everybody() -> None:
    everybody = small(edited("milestones.yaml", "addressees: [etablissement]", "addressees: []"))
    mine, theirs = Who(addressees=frozenset({HOSPITAL})), Who(addressees=frozenset({STATE}))
    assert [len(milestones_for(EDITION, who, today=TODAY)) for who in (mine, theirs)] == [1, 0]
    assert [len(milestones_for(everybody, who, today=TODAY)) for who in (mine, theirs)] == [1, 1]


WHO = st.builds(
    Who,
    addressees=st.frozensets(st.sampled_from(Addressee), max_size=3),
    users=st.frozensets(st.sampled_from(Users), max_size=2),
    region=st.sampled_from(["", "53", "11"]),
    force=st.none() | st.sampled_from(Force),
    by=st.none() | st.dates(date(2018, 1, 1), date(2035, 1, 1)),
)


@given(WHO)
@settings(deadline=None)
def test_saying_more_of_oneself_never_shows_more(who: Who) -> None:
    assert set(ids(who)) <= set(ids(Who()))
    assert ids(who) == [id for id in ids(Who()) if id in ids(who)]


def test_everything_that_can_be_said_has_words_in_both_languages() -> None:
    assert set(ADDRESSEES) == set(Addressee)
    assert set(USERS) == set(Users)
    assert len(REGIONS) == 18
    assert all(text.fr and text.en and text.fr != text.en for text in (*ADDRESSEES.values(), *USERS.values()))


def test_a_date_is_said_as_precisely_as_it_is_known() -> None:
    day = date(2027, 3, 1)
    assert [say_date(PartialDate(day, precision)).fr for precision in ("year", "month", "day")] == [
        "2027",
        "mars 2027",
        "1er mars 2027",
    ]
    assert say_date(PartialDate(date(2027, 3, 26), "day")).en == "26 March 2027"
