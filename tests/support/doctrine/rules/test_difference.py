"""What changed between two editions, requirement by requirement."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.doctrine.small import FILES, edited, small

from socle.support.doctrine.model import Edition
from socle.support.doctrine.rules.difference import Kind, difference
from socle.support.doctrine.rules.wording import Change, Words

REQUIREMENTS = "requirements/ins.yaml"
A = small()


def kinds(b: Edition) -> dict[str, tuple[Kind, ...]]:
    """What happened to each requirement that changed."""
    return {changed.id: changed.kinds for changed in difference(A, b).requirements}


def test_an_edition_does_not_differ_from_itself() -> None:
    found = difference(A, small())
    assert (found.requirements, found.chapters, found.milestones, found.kept) == ((), (), (), 3)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("une identité qualifiée.", "une identité vérifiée.", Kind.REWORDED),
        ('"2021-01-01"', '"2021-02-01"', Kind.REDATED),
        ('"2020-07"', '"2020-09"', Kind.REDATED),
        ("[editeur-dpi, etablissement]", "[editeur-dpi]", Kind.ADDRESSED),
        ("force: must", "force: should", Kind.FORCE),
        ("article L.1111-8-1", "article L.1111-8-2", Kind.ANCHORED),
        ("by: scenario", "by: document", Kind.VERIFIED),
    ],
)
def test_each_change_has_its_name(before: str, after: str, kind: Kind) -> None:
    assert kinds(small(edited(REQUIREMENTS, before, after))) == {"INS-001": (kind,)}


def test_several_changes_of_one_requirement_are_all_named() -> None:
    files = edited(REQUIREMENTS, "force: should", "force: must")
    files = edited(REQUIREMENTS, "[editeurs]", "[editeur-dpi]", files=files)
    assert kinds(small(files)) == {"INS-002": (Kind.ADDRESSED, Kind.FORCE)}


def test_the_order_of_addressees_and_a_better_source_for_the_same_day_are_not_changes() -> None:
    files = edited(REQUIREMENTS, "[editeur-dpi, etablissement]", "[etablissement, editeur-dpi]")
    files = edited(REQUIREMENTS, "source: Arrêté", "source: Arrêté du 27 mai", files=files)
    found = difference(A, small(files))
    assert (found.requirements, found.kept) == ((), 3)


def test_a_requirement_is_new_dropped_or_moved_to_another_chapter() -> None:
    entry = FILES["requirements/dmp.yaml"]
    new = {**FILES, "requirements/dmp.yaml": entry + entry.replace("DMP-001", "DMP-002")}
    assert kinds(small(new)) == {"DMP-002": (Kind.ADDED,)}
    first, second = FILES[REQUIREMENTS].split("\n\n")
    assert kinds(small({**FILES, REQUIREMENTS: first + "\n"})) == {"INS-002": (Kind.DROPPED,)}
    moved = {**FILES, REQUIREMENTS: first + "\n", "requirements/dmp.yaml": entry + second}
    assert kinds(small(moved)) == {"INS-002": (Kind.MOVED,)}


def test_what_was_dropped_stands_where_it_stood() -> None:
    entry = FILES["requirements/dmp.yaml"]
    three = "".join(entry.replace("DMP-001", f"DMP-00{n}") for n in (1, 2, 3))
    before = small({**FILES, "requirements/dmp.yaml": three})
    after = small({**FILES, "requirements/dmp.yaml": entry.replace("DMP-001", "DMP-003").replace("must", "should")})
    assert [one.id for one in difference(before, after).requirements] == ["DMP-001", "DMP-002", "DMP-003"]


def test_a_rewording_is_shown_word_by_word() -> None:
    b = small(edited(REQUIREMENTS, "référence chaque donnée par", "référence toute donnée par"))
    [changed] = difference(A, b).requirements
    assert changed.wording == (
        Words(Change.SAME, "L'établissement référence "),
        Words(Change.REMOVED, "chaque"),
        Words(Change.ADDED, "toute"),
        Words(Change.SAME, " donnée par une identité qualifiée."),
    )


def test_a_date_that_slips_says_by_how_many_days() -> None:
    [changed] = difference(A, small(edited(REQUIREMENTS, '"2021-01-01"', '"2022-01-01"'))).requirements
    assert changed.days == 365


def test_chapters_are_added_dropped_renamed_moved() -> None:
    dmp = "chapters/3-1-dmp.md"
    renamed = edited(dmp, "title: Dossier médical partagé", "title: Dossier partagé")
    assert [(one.id, one.kinds) for one in difference(A, small(renamed)).chapters] == [("dmp", (Kind.RENAMED,))]
    moved = {path: text for path, text in FILES.items() if path != dmp}
    moved["chapters/3-2-dmp.md"] = FILES[dmp].replace('"3.1"', '"3.2"')
    assert [(one.id, one.kinds) for one in difference(A, small(moved)).chapters] == [("dmp", (Kind.MOVED,))]
    added = {**FILES, "chapters/3-2-mss.md": FILES[dmp].replace("id: dmp", "id: mss").replace('"3.1"', '"3.2"')}
    assert [(one.id, one.kinds) for one in difference(A, small(added)).chapters] == [("mss", (Kind.ADDED,))]
    assert [(one.id, one.kinds) for one in difference(small(added), A).chapters] == [("mss", (Kind.DROPPED,))]


def test_milestones_are_added_and_redated() -> None:
    later = edited("milestones.yaml", 'actual: {on: "2021-01-01"', 'actual: {on: "2021-02-01"')
    [changed] = difference(A, small(later)).milestones
    assert (changed.kinds, changed.days) == ((Kind.REDATED,), 31)
    more = FILES["milestones.yaml"] + FILES["milestones.yaml"].replace("ins-obligatoire", "autre")
    assert [one.kinds for one in difference(A, small({**FILES, "milestones.yaml": more})).milestones] == [(Kind.ADDED,)]


@given(st.sets(st.integers(1, 12)), st.sets(st.integers(1, 12)), st.sets(st.integers(1, 12)))
@settings(deadline=None)
def test_every_requirement_is_kept_or_told_once(before: set[int], after: set[int], reworded: set[int]) -> None:
    entry = FILES["requirements/dmp.yaml"]

    def edition(numbers: set[int], *, new: bool) -> Edition:
        entries = (
            entry.replace("DMP-001", f"DMP-{n:03}").replace("dépose", "envoie" if new and n in reworded else "dépose")
            for n in sorted(numbers)
        )
        return small({**FILES, "requirements/dmp.yaml": "".join(entries) or "[]\n"})

    found = difference(edition(before, new=False), edition(after, new=True))
    told = [int(one.id[4:]) for one in found.requirements]
    assert sorted(told) == sorted((before ^ after) | (before & after & reworded))
    assert found.count(Kind.ADDED) == len(after - before)
    assert found.count(Kind.DROPPED) == len(before - after)
    assert found.kept == 2 + len((before & after) - reworded)
