"""The target diagram as a picture: nothing overlaps, everything is inside what holds it, words stay in their block."""

from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socle.support.doctrine.model import Band, Diagram, DiagramBlock, Flow, FrontDoor
from socle.support.doctrine.rules.layout import (
    NARROW,
    NOTE_LETTER,
    TITLE_LETTER,
    WIDE,
    Box,
    Drawing,
    Frame,
    block_height,
    lay_out,
    wrap,
)

drawn = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
SOME = "le dossier de l'établissement identitovigilance à MSSanté incompréhensibilissimement et coordination " * 2
words = st.tuples(st.integers(0, 60), st.integers(0, 90)).map(lambda cut: SOME[cut[0] : cut[0] + cut[1]].strip())
titles = words.map(lambda text: text or "Bloc")
frames = st.sampled_from([WIDE, NARROW])


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    bands = tuple(Band(f"band{i}", draw(titles)) for i in range(draw(st.integers(1, 4))))
    doors = tuple(
        FrontDoor(f"door{i}", draw(titles), draw(words), draw(st.sampled_from(bands)).id)
        for i in range(draw(st.integers(0, 3)))
    )
    blocks = []
    for i in range(draw(st.integers(0, 18))):
        door = draw(st.none() | st.sampled_from(doors)) if doors else None
        band = door.band if door else draw(st.sampled_from(bands)).id
        blocks.append(DiagramBlock(f"b{i}", draw(titles), band, door=door.id if door else "", note=draw(words)))
    names = st.sampled_from([*(band.id for band in bands), *(door.id for door in doors), *(b.id for b in blocks)])
    flows = st.builds(Flow, names, names, words, st.booleans())
    return Diagram(bands, doors, tuple(blocks), tuple(draw(st.lists(flows, max_size=5))))


def boxes(drawing: Drawing) -> list[Box]:
    return [block.box for band in drawing.bands for block in band.every_block]


@drawn
@given(diagrams(), frames)
def test_blocks_never_overlap(diagram: Diagram, frame: Frame) -> None:
    drawing = lay_out(diagram, frame)
    assert not any(a.meets(b) for a, b in combinations(boxes(drawing), 2))
    for band in drawing.bands:
        doors = [door.box for door in band.doors]
        assert not any(a.meets(b) for a, b in combinations(doors, 2))
        assert not any(block.box.meets(door) for block in band.blocks for door in doors)


@drawn
@given(diagrams(), frames)
def test_everything_is_inside_what_holds_it(diagram: Diagram, frame: Frame) -> None:
    drawing = lay_out(diagram, frame)
    whole = Box(0, 0, drawing.width, drawing.height)
    for band in drawing.bands:
        assert whole.holds(band.box)
        for door in band.doors:
            assert band.box.holds(door.box)
            assert all(door.box.holds(block.box) for block in door.blocks)
        assert all(band.box.holds(block.box) for block in band.every_block)


@drawn
@given(diagrams(), frames)
def test_every_block_is_drawn_once_in_its_band(diagram: Diagram, frame: Frame) -> None:
    drawn = [(band.band.id, one.block) for band in lay_out(diagram, frame).bands for one in band.every_block]
    assert sorted(drawn, key=lambda d: d[1].id) == sorted(((b.band, b) for b in diagram.blocks), key=lambda d: d[1].id)


@drawn
@given(diagrams(), frames)
def test_bands_follow_each_other_from_top_to_bottom(diagram: Diagram, frame: Frame) -> None:
    drawing = lay_out(diagram, frame)
    assert [band.band for band in drawing.bands] == list(diagram.bands)
    assert all(above.box.bottom < below.box.y for above, below in pairwise(drawing.bands))


@drawn
@given(diagrams(), frames)
def test_words_stay_in_their_block(diagram: Diagram, frame: Frame) -> None:
    for band in lay_out(diagram, frame).bands:
        for one in band.every_block:
            assert all(len(line) * TITLE_LETTER <= one.box.width for line in one.title)
            assert all(len(line) * NOTE_LETTER <= one.box.width for line in one.note)
            assert block_height(one.title, one.note) <= one.box.height


@given(words, st.floats(30, 400))
def test_wrapping_loses_no_letter(text: str, width: float) -> None:
    lines = wrap(text, width, 7.0)
    joined = "".join(line.removesuffix("-") for line in lines).replace(" ", "")
    assert joined == text.replace(" ", "")
    assert all(len(line) <= max(2, int(width / 7.0)) for line in lines)


@drawn
@given(diagrams(), frames)
def test_arrows_stand_in_the_gaps(diagram: Diagram, frame: Frame) -> None:
    drawing = lay_out(diagram, frame)
    for arrow in drawing.arrows:
        way = Box(min(arrow.x1, arrow.x2), min(arrow.y1, arrow.y2), abs(arrow.x1 - arrow.x2), abs(arrow.y1 - arrow.y2))
        thick = Box(way.x - 0.5, way.y - 0.5, way.width + 1, way.height + 1)
        assert not any(thick.meets(box) for box in boxes(drawing))
        assert Box(0, 0, drawing.width, drawing.height).holds(way)


def diagram(*flows: Flow) -> Diagram:
    bands = (Band("top", "Haut"), Band("middle", "Milieu"), Band("bottom", "Bas"))
    doors = (FrontDoor("left", "Gauche", "Devise", "middle"), FrontDoor("right", "Droite", "Devise", "middle"))
    blocks = (
        DiagramBlock("a", "A", "top"),
        DiagramBlock("l", "L", "middle", door="left"),
        DiagramBlock("r", "R", "middle", door="right"),
        DiagramBlock("z", "Z", "bottom"),
    )
    return Diagram(bands, doors, blocks, flows)


def test_what_goes_from_a_door_to_the_other_goes_across_when_they_stand_side_by_side() -> None:
    [arrow] = lay_out(diagram(Flow("left", "right", "Messages", both_ways=True)), WIDE).arrows
    assert arrow.x1 < arrow.x2
    assert arrow.y1 == arrow.y2
    [arrow] = lay_out(diagram(Flow("right", "left", "Messages")), WIDE).arrows
    assert arrow.x1 > arrow.x2


def test_what_goes_from_a_door_to_the_other_goes_down_when_they_are_stacked() -> None:
    [arrow] = lay_out(diagram(Flow("left", "right", "Messages")), NARROW).arrows
    assert arrow.x1 == arrow.x2
    assert arrow.y1 < arrow.y2


@pytest.mark.parametrize(("source", "target", "is_down"), [("top", "middle", True), ("z", "l", False)])
def test_what_goes_from_a_band_to_the_next_points_at_it(source: str, target: str, is_down: bool) -> None:
    [arrow] = lay_out(diagram(Flow(source, target, "Alertes")), WIDE).arrows
    assert (arrow.y1 < arrow.y2) is is_down


def test_what_goes_further_than_the_next_band_says_where() -> None:
    [arrow] = lay_out(diagram(Flow("top", "bottom", "Règles")), WIDE).arrows
    assert " ".join(arrow.label) == "Règles (vers : Bas)"


def test_rows_of_blocks_are_even() -> None:
    many = Diagram((Band("one", "Une"),), (), tuple(DiagramBlock(f"b{i}", "Bloc", "one") for i in range(6)))
    rows = [box.y for box in boxes(lay_out(many, WIDE))]
    assert [rows.count(y) for y in dict.fromkeys(rows)] == [3, 3]
