"""An edition is read from its files; every fault is told at once, with its file and its line."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.doctrine.small import FILES, KNOWN, edited, faults, small

from socle.kernel.outcome import Kind, Problem
from socle.support.doctrine.model import Addressee, Force, PartialDate, Place
from socle.support.doctrine.rules.fields import last_day, partial_date
from socle.support.doctrine.rules.reading import load
from socle.support.doctrine.store import shipped

INS = "chapters/2-4-5-ins.md"
REQUIREMENTS = "requirements/ins.yaml"


def test_the_files_of_an_edition_give_its_chapters_requirements_milestones_and_diagram() -> None:
    edition = small()
    assert [chapter.id for chapter in edition.chapters] == ["ins", "dmp"]
    assert [requirement.id for requirement in edition.requirements] == ["INS-001", "INS-002", "DMP-001"]
    assert [milestone.id for milestone in edition.milestones] == ["ins-obligatoire"]
    assert [(flow.source, flow.target) for flow in edition.diagram.flows] == [("ins", "dmp")]
    assert edition.requirement_by_id["INS-001"].force is Force.MUST


def test_chapters_follow_their_numbers_not_the_names_of_their_files() -> None:
    text = FILES["chapters/3-1-dmp.md"].replace("id: dmp", "id: ror").replace('"3.1"', '"3.10"')
    second = text.replace("id: ror", "id: mss").replace('"3.10"', '"3.2"')
    edition = small({**FILES, "chapters/3-10-ror.md": text, "chapters/3-2-mss.md": second})
    assert [chapter.number for chapter in edition.chapters] == ["2.4.5", "3.1", "3.2", "3.10"]


def test_editeurs_stands_for_every_kind_of_publisher() -> None:
    found = small().requirement_by_id["INS-002"].addressees
    assert found == tuple(addressee for addressee in Addressee if addressee.value.startswith("editeur-"))


def test_dates_keep_the_precision_that_they_were_written_with() -> None:
    dates = small().requirement_by_id["INS-001"].dates
    assert [str(dated.on) for dated in (dates.planned, *dates.revised, dates.actual) if dated] == [
        "2020-01-01",
        "2020-07",
        "2021-01-01",
    ]
    assert dates.slip_days == 366


def test_a_requirement_knows_its_file_and_line() -> None:
    assert small().requirement_by_id["INS-002"].place == Place(REQUIREMENTS, 16)


def test_blocks_are_paragraphs_whole_lists_tables_and_fences_each_with_an_anchor() -> None:
    chapter = small().chapter_by_id["ins"]
    blocks = {block.anchor: block for section in chapter.sections for block in section.blocks}
    assert list(blocks) == ["contexte-1", "contexte-2", "cible-1", "trajectoire-1", "composants-1"]
    assert blocks["contexte-2"].markdown == "- un matricule\n\n- des traits"
    assert blocks["composants-1"].markdown.count("\n") == 4
    lines = FILES[INS].splitlines()
    assert all(lines[block.line - 1] == block.markdown.splitlines()[0] for block in blocks.values())


def test_every_fault_of_every_file_is_told_at_once_by_file_and_line() -> None:
    files = edited(REQUIREMENTS, "force: should", "force: may")
    files = edited("edition.yaml", 'published: "2030-06"', 'published: "2030-13"', files=files)
    files = edited(INS, "certainty: A", "certainly: A", files=files)
    assert faults(files, root="doctrine/editions/2030/") == [
        "doctrine/editions/2030/chapters/2-4-5-ins.md:2: field “certainty” is missing.",
        "doctrine/editions/2030/chapters/2-4-5-ins.md:9: unknown field “certainly”; did you mean “certainty”?",
        "doctrine/editions/2030/edition.yaml:4: published: “2030-13” is not a date; expected: 2027, 2027-03 or 2027-03-26.",
        "doctrine/editions/2030/requirements/ins.yaml:18: force: “may” is unknown; expected: must, should.",
    ]


def test_faults_are_said_in_both_languages_and_point_at_their_place() -> None:
    with pytest.raises(Problem) as caught:
        load(edited(INS, "modules: [foundations.ins]", "modules: [foundations.inz]"), known=KNOWN)
    assert caught.value.kind is Kind.INVALID
    [issue] = caught.value.issues
    assert issue.text.fr == f"{INS}:10 : module « foundations.inz » introuvable ; vouliez-vous « foundations.ins » ?"
    assert issue.expression == (f"{INS}:10",)


MISTAKES = {
    "unknown module of a requirement": (
        REQUIREMENTS, "modules: [foundations.ins]", "modules: [foundations.xyz]", ":8: unknown module"),
    "unknown guide": (INS, "[docs/guides/insi.md]", "[docs/guides/none.md]", ":11: unknown guide"),
    "unknown proof": (REQUIREMENTS, "foundations.ins#INS-001", "foundations.ins#INS-999", ":14: unknown requirement of a"),
    "proof that names no requirement": (
        REQUIREMENTS, "foundations.ins#INS-001", "foundations.ins", ":14: reference: “foundations.ins”; expected module#"),
    "milestone on an unknown chapter": ("milestones.yaml", "[ins]", "[inz]", ":5: unknown chapter “inz”"),
    "block on an unknown chapter": ("diagram.yaml", "chapter: dmp", "chapter: dmq", ":8: unknown chapter “dmq”"),
    "block in an unknown band": ("diagram.yaml", "band: socle", "band: cave", ":7: unknown band"),
    "block in an unknown door": ("diagram.yaml", "door: pros", "door: prose", ":8: unknown front door"),
    "flow to an unknown block": ("diagram.yaml", "target: dmp", "target: dnp", ":10: unknown element"),
    "link to an unknown chapter": ("synthesis.md", "(ins)", "(inz)", ":3: unknown chapter “inz”"),
    "link to an unknown paragraph": ("synthesis.md", "dmp#cible-1", "dmp#cible-9", ":3: unknown paragraph"),
    "link to an unknown requirement": (INS, "[INS-001]", "[INS-404]", ":24: unknown requirement “INS-404”"),
    "link that runs code": ("synthesis.md", "(ins)", "(javascript:alert(1))", ":3: link “javascript:alert(1”"),
    "link to data": ("synthesis.md", "(ins)", "(data:text/html,x)", ":3: link “data:text/html,x”"),
    "markup": (INS, "**erreur de soins**", "<b onclick=x>erreur</b>", ":16: HTML is not allowed"),
    "control character in a field": (REQUIREMENTS, "statement: L'éditeur affiche", 'statement: "\\x07L\'éditeur"\n#',
        ":19: control character U+0007"),
    "control character in a text": (INS, "erreur de soins", "erreur\x0bde soins", ":16: control character U+000B"),
    "first-level heading": (INS, "## Cible", "# Cible", ":22: no first-level heading"),
    "underlined heading": (INS, "Voir [INS-001].", "Voir\n=====", ":25: underlined heading"),
    "missing section": (INS, "## Cible", "## Objectif", ":13: section “## Cible” is missing"),
    "empty section": (INS, "Voir [INS-001].\n", "", ":22: section “Cible” is empty"),
    "section twice": (INS, "## Trajectoire", "## Cible", ":26: section “Cible” appears twice"),
    "text before the first section": (INS, "---\n## Contexte", "---\nBonjour.\n\n## Contexte", ":14: text before"),
    "no front matter": (INS, "---\nid: ins", "id: ins", ":1: front matter missing"),
    "chapter id that is not the file's": (INS, "id: ins\n", "id: inz\n", ":2: id: “inz”, but the file says “ins”"),
    "number that is not the file's": (INS, '"2.4.5"', '"2.4.6"', ":3: number: “2.4.6”, but the file says “2-4-5”"),
    "number that is not one": (INS, '"2.4.5"', '"deux"', ":3: number: “deux”; expected 2.4.5"),
    "orientation that does not exist": (INS, "orientation: foundations", "orientation: cellar", ":4: orientation: “cellar”"),
    "requirement id": (REQUIREMENTS, "id: INS-002", "id: INS 2", ":16: id: “INS 2”; expected INS-001"),
    "requirement twice": (REQUIREMENTS, "id: INS-002", "id: INS-001", ":16: requirement “INS-001” already written at"),
    "requirement in two chapters": (
        REQUIREMENTS, "id: INS-002", "id: DMP-001", ":16: requirement “DMP-001” already written at requirements/dmp.yaml:1"),
    "unknown addressee": (REQUIREMENTS, "[editeurs]", "[tout-le-monde]", ":17: addressees: “tout-le-monde” is unknown"),
    "nobody": (REQUIREMENTS, "[editeurs]", "[]", ":17: addressees: the list is empty"),
    "one name where a list is": (REQUIREMENTS, "[editeurs]", "editeurs", ":17: addressees: a list is expected"),
    "unknown region": (REQUIREMENTS, '["53"]', '["99"]', ":23: regions: “99” is not an INSEE region code"),
    "verified and not verified": (
        REQUIREMENTS, "not_verified: Proposition de Socle.", "not_verified: Non.\n  verified: {by: document, how: Vu.}",
        ":24: INS-002: say either how it is verified"),
    "neither verified nor not": (
        REQUIREMENTS, "  not_verified: Proposition de Socle.\n", "", ":16: INS-002: say either how it is verified"),
    "verified by magic": (REQUIREMENTS, "by: scenario", "by: magic", ":14: by: “magic” is unknown"),
    "statement missing": (
        "requirements/dmp.yaml", "  statement: Le logiciel dépose le document le jour de l'acte.\n", "",
        ":1: field “statement” is missing"),
    "statement empty": (
        "requirements/dmp.yaml", "statement: Le logiciel dépose le document le jour de l'acte.", 'statement: ""',
        ":4: statement: the field is empty"),
    "field twice": (REQUIREMENTS, "force: should", "force: should\n  force: must", ":19: field “force” written twice"),
    "day that does not exist": (REQUIREMENTS, '"2020-07"', '"2021-02-29"', ":12: on: “2021-02-29” is not a date"),
    "revision that changes nothing": (REQUIREMENTS, '"2020-07"', '"2020-01-01"', ":12: revised: 2020-01-01 is the date before"),
    "revision of nothing": (
        REQUIREMENTS, '    planned: {on: "2020-01-01", source: Feuille de route, certainty: B}\n', "",
        ":11: revised: nothing was planned"),
    "date without a source": (
        REQUIREMENTS, "source: Arrêté, ", "", ":13: field “source” is missing"),
    "done after the edition was published": (
        REQUIREMENTS, '"2021-01-01"', '"2030-07-01"', ":13: actual: 2030-07-01 is after the edition was published"),
    "window that ends before it begins": ("milestones.yaml", '"2021-12-31"', '"2020-12-31"', ":4: ends: 2020-12-31 is before"),
    "milestone without a date": (
        "milestones.yaml",
        FILES["milestones.yaml"].splitlines()[2], "  dates: {}", ":3: dates: a milestone has a date"),
    "element of the diagram twice": ("diagram.yaml", "id: dmp", "id: ins", ":8: element of the diagram “ins” already written"),
    "edition whose id is no year": ("edition.yaml", '"2030"', '"trente"', ":1: id: “trente”: a year is expected"),
    "edition that revises itself": ("edition.yaml", '"2026"', '"2030"', ":5: based_on: an edition does not revise itself"),
    "draft with a date": ("edition.yaml", "status: current", "status: draft", ":4: published: a draft is not published"),
    "edition without a date": ("edition.yaml", 'published: "2030-06"\n', "", ":3: status: publication date expected"),
    "orientation without a title": ("edition.yaml", ", support: Appui", "", ":6: field “support” is missing"),
    "unreadable YAML": ("milestones.yaml", "  title: INS", "\ttitle: INS", ":2: unreadable YAML"),
    "alias": ("milestones.yaml", "- id: ins", "- &a\n  id: ins", ":1: anchors, aliases"),
    "tag": ("milestones.yaml", "title: INS", "title: !!python/name:os.system INS", ":2: anchors, aliases"),
    "two documents": ("milestones.yaml", "- id: ins", "[]\n---\n- id: ins", ":2: one document a file"),
    "fields where a list is": ("milestones.yaml", "- id: ins-obligatoire", "  id: ins-obligatoire", ":1: a list is expected"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "before", "after", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_with_its_file_and_line(path: str, before: str, after: str, said: str) -> None:
    found = faults(edited(path, before, after))
    assert any(fault.startswith(path + said) for fault in found), found


def test_every_required_file_must_be_there() -> None:
    assert faults({path: text for path, text in FILES.items() if path != "diagram.yaml"}) == [
        "diagram.yaml:1: this file is missing."
    ]


def test_a_file_that_has_no_place_in_an_edition_is_refused() -> None:
    [fault] = faults({**FILES, "chapters/notes.txt": "à revoir"})
    assert fault.startswith("chapters/notes.txt:1: unexpected file")


def test_requirements_of_a_chapter_that_is_not_there_are_refused() -> None:
    files = {**FILES, "requirements/ror.yaml": FILES["requirements/dmp.yaml"].replace("DMP", "ROR")}
    assert faults(files)[0].startswith("requirements/ror.yaml:1: unknown chapter “ror”")


def test_an_empty_file_is_a_fault_not_an_accident() -> None:
    assert "milestones.yaml:1: the file is empty." in faults({**FILES, "milestones.yaml": ""})


def test_code_may_show_markup_and_links() -> None:
    assert faults(edited(INS, "**erreur de soins**", "`<b>` et `[x](y z)`")) == []


def test_nesting_without_end_is_refused_not_followed() -> None:
    [fault] = [one for one in faults({**FILES, "milestones.yaml": "[" * 100_000}) if one.startswith("milestones")]
    assert fault == "milestones.yaml:1: more than 12 levels."


def test_what_lies_outside_is_checked_only_where_it_is_known() -> None:
    assert load(edited(INS, "modules: [foundations.ins]", "modules: [services.unheard_of]")).chapters


@given(st.sampled_from(sorted(FILES)), st.text(max_size=300))
@settings(deadline=None)
def test_whatever_a_file_holds_the_answer_is_an_edition_or_faults_that_name_a_line(path: str, text: str) -> None:
    for fault in faults({**FILES, path: text}):
        assert fault.split(":", 2)[1].isdecimal(), fault


@settings(deadline=None)
@given(
    st.sampled_from(sorted(FILES)),
    st.integers(0, 40),
    st.sampled_from(["", ":", "- ", "  x", "---", '"', "#", "[", "\x00", "é: ["]),
)
def test_a_line_spoilt_anywhere_is_never_an_accident(path: str, line: int, junk: str) -> None:
    lines = FILES[path].splitlines()
    lines[line % len(lines)] = junk
    faults({**FILES, path: "\n".join(lines)})


@given(st.dates(date(1945, 1, 1), date(2100, 12, 31)), st.sampled_from(["year", "month", "day"]))
@settings(deadline=None)
def test_a_partial_date_is_read_as_it_is_written(day: date, precision: str) -> None:
    text = day.isoformat()[: {"year": 4, "month": 7, "day": 10}[precision]]
    found = partial_date(text)
    assert found is not None
    assert (str(found), found.precision) == (text, precision)
    assert found.first <= day <= last_day(found)


@pytest.mark.parametrize(
    "text",
    ["", "27", "2027-3", "2027-13", "2027-00", "2027-02-30", "20270326", "1800", "2027-03-26T00:00", "demain", "٢٠٢٧"],
)
def test_anything_else_is_not_a_date(text: str) -> None:
    assert partial_date(text) is None


def test_the_last_day_of_a_date_known_to_the_month_is_the_last_of_the_month() -> None:
    assert last_day(PartialDate(date(2028, 2, 1), "month")) == date(2028, 2, 29)


@pytest.mark.parametrize("id", shipped.editions())
def test_the_editions_shipped_are_without_fault(id: str) -> None:
    from socle.catalogue import MODULES
    from socle.support.doctrine.actions import folders

    assert folders.shipped_edition(id, folders.known_modules(module.name for module in MODULES)).id == id
