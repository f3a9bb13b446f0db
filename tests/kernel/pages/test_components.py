"""Lists, charts, dates, forms, the drawing, the colours."""

import re
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.pages.houses import full_house

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.pages import Column, Form, Listing, Slice, bars, donut
from socle.kernel.pages.house_drawing import Drawing, narrow, wide, wrap
from socle.kernel.pages.listing import page_number
from socle.kernel.pages.moments import day, relative, when

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def a_list(**more: object) -> Listing:
    settings: dict[str, object] = {"path": "/ins", "columns": [Column("name", "Nom", sortable=True)], "rows": range(50)}
    return Listing(**{**settings, "total": 10_000, **more})  # type: ignore[arg-type]


def test_every_state_of_a_list_is_an_address() -> None:
    view = a_list(page=3, sort="name", filters={"q": "d'août", "status": ""})
    assert view.next_url == "/ins?q=d%27ao%C3%BBt&sort=name&page=4"
    assert view.previous_url == "/ins?q=d%27ao%C3%BBt&sort=name&page=2"
    assert (view.first, view.last, view.pages) == (101, 150, 200)


def test_sorting_again_turns_the_order_round() -> None:
    column = Column("name", "Nom", sortable=True)
    assert a_list().sort_url(column) == "/ins?sort=name"
    assert a_list(sort="name").sort_url(column) == "/ins?sort=-name"
    assert a_list(sort="-name").order(column) == "descending"


def test_an_empty_list_has_one_page() -> None:
    view = a_list(rows=[], total=0)
    assert (view.first, view.last, view.pages, view.next_url) == (0, 0, 1, "")


@given(st.text())
def test_a_page_number_is_always_usable(text: str) -> None:
    assert 1 <= page_number(text) <= 1_000_000


def test_a_chart_says_its_figures_without_colour() -> None:
    parts = [Slice("QUAL", 750, "ok"), Slice("PROV", 250, "attention"), Slice("VALI", 0, "unknown")]
    for picture in (bars(parts, "Statuts", "fr"), donut(parts, "Statuts", "fr")):
        assert "Statuts. QUAL 750 (75\xa0%), PROV 250 (25\xa0%), VALI 0 (0\xa0%)" in picture
    assert donut(parts, "Statuts", "fr").count("stroke-dasharray") == 2


def test_a_chart_of_nothing_is_still_a_picture() -> None:
    assert "<svg" in donut([Slice("QUAL", 0)], "Statuts", "en")
    assert "<svg" in bars([], "Statuts", "en")


def test_a_label_never_becomes_markup() -> None:
    assert "<script" not in bars([Slice("<script>", 1)], "<script>", "fr")


def test_dates_are_written_in_full() -> None:
    assert day(date(1984, 3, 1), "fr") == "1er mars 1984"
    assert day(date(1984, 3, 1), "en") == "1 March 1984"
    shown = when(datetime(2026, 2, 28, 23, 30, tzinfo=UTC), NOW, "fr")
    assert "1er mars 2026 à 00:30" in shown
    assert "il y a 10 heures" in shown


@pytest.mark.parametrize(
    ("ago", "french", "english"),
    [
        (timedelta(seconds=20), "à l'instant", "just now"),
        (timedelta(minutes=1), "il y a 1 minute", "1 minute ago"),
        (timedelta(days=800), "il y a 2 ans", "2 years ago"),
        (-timedelta(days=2), "dans 2 jours", "in 2 days"),
    ],
)
def test_and_with_the_relative_time(ago: timedelta, french: str, english: str) -> None:
    assert relative(NOW - ago, NOW, "fr") == french
    assert relative(NOW - ago, NOW, "en") == english


def test_each_issue_goes_beside_its_field_the_rest_to_the_summary() -> None:
    form = Form()
    problem = Problem(
        Kind.INVALID,
        Issue(Text("Date future.", "Future date."), ("Patient.birthDate",)),
        Issue(Text("Nom absent.", "No name."), ("Patient.name[0].family",)),
        Issue(Text("Autre.", "Other.")),
    )
    form.absorb(problem, {"Patient.birthDate": "birth_date", "Patient.name": "family"})
    assert set(form.errors) == {"birth_date", "family"}
    assert [issue.text.fr for issue in form.general] == ["Autre."]
    assert not form.ok


def test_a_required_field_of_blanks_is_missing() -> None:
    form = Form({"family": ["  "]})
    form.require("family", "given")
    assert set(form.errors) == {"family", "given"}


@pytest.mark.parametrize("drawing", [wide(full_house().modules, "fr"), narrow(full_house().modules, "fr")])
def test_no_box_of_the_house_leaves_its_floor_or_covers_another(drawing: Drawing) -> None:
    for floor in drawing.floors:
        for box in floor.boxes:
            assert floor.x < box.x
            assert box.x + box.width < floor.x + floor.width
            assert floor.y < box.y
            assert box.y + box.height < floor.y + floor.height
        for left, right in pairwise(floor.boxes):
            assert left.y != right.y or left.x + left.width < right.x
        assert floor.x >= 0
        assert floor.x + floor.width <= drawing.width
        assert floor.y + floor.height <= drawing.ground


@given(st.text(), st.integers(5, 40))
def test_a_title_takes_three_lines_at_most(title: str, most: int) -> None:
    assert len(wrap(title, most)) <= 3


def _tokens(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css))


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative contrast."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_of_text_can_be_read_on_every_ground_it_meets(theme: str) -> None:
    css = resources.files("socle.kernel.pages").joinpath("static/tokens.css").read_text("utf-8")
    light, dark = css.split("@media", 1)
    tokens = _tokens(light if theme == "light" else dark)
    pairs = [(text, ground) for text in ("ink", "soft", "link") for ground in ("paper", "raised", "sunken")]
    named = ("foundations", "services", "platforms", "support", "ok", "attention", "refused", "unknown")
    pairs += [(name, ground) for name in named for ground in (f"{name}-tint", "paper", "raised")]
    pairs += [("on-fill", name) for name in (*named, "link")] + [("ink", f"{name}-tint") for name in named]
    poor = {pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in pairs}
    assert {pair: value for pair, value in poor.items() if value < 4.5} == {}
    assert contrast(tokens["edge"], tokens["raised"]) >= 3  # borders of fields
