"""The INS datamatrix: byte-exact on the published example, readable from a picture, hard to fool."""

import io
import struct
import zlib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from socle.foundations.ins import datamatrix
from socle.foundations.ins.model import INS, AutoriteAffectation, LunarDate, MatriculeINS, Sexe, TraitsStricts
from socle.foundations.ins.population import generate
from socle.kernel.outcome import Kind, Problem

GOLDEN = (
    "IS010000000000000000000000S1277010115400329S21.2.250.1.213.1.4.8\x1d"
    "S3SARAH-LOU ANNA\x1dS4GARCIA-HAMMADI\x1dS5FS621-01-1977"
)
SARAH = TraitsStricts.of(
    nom_naissance="Garcia-Hammadi", prenoms="Sarah-Lou Anna", sexe="F", date_naissance="21/01/1977"
)
INS_OF_SARAH = INS(MatriculeINS.parse("277010115400329"), AutoriteAffectation.NIR)

names = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=30)
people = st.builds(
    lambda nom, prenoms, sexe, day, lieu: TraitsStricts(nom, prenoms[0], tuple(prenoms), sexe, LunarDate.of(day), lieu),
    names,
    st.lists(names, min_size=1, max_size=3),
    st.sampled_from([Sexe.M, Sexe.F]),
    st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    st.sampled_from(["63220", "2A004", "99351", "99999"]),
)
authorities = st.sampled_from(list(AutoriteAffectation))


def test_the_published_example_is_written_to_the_byte() -> None:
    assert datamatrix.write(INS_OF_SARAH, SARAH) == GOLDEN


def test_the_published_example_is_read_though_its_date_and_number_disagree() -> None:
    seen = datamatrix.parse(GOLDEN)
    assert (seen.ins, seen.traits) == (INS_OF_SARAH, SARAH)


@given(people, authorities)
def test_what_is_written_is_read_back(traits: TraitsStricts, authority: AutoriteAffectation) -> None:
    ins = INS(MatriculeINS("2770101154003"), authority)
    seen = datamatrix.parse(datamatrix.write(ins, traits))
    assert (seen.ins, seen.traits) == (ins, traits)


def test_a_full_length_field_has_no_separator() -> None:
    ins = INS(INS_OF_SARAH.matricule, AutoriteAffectation.NIR_TEST)  # its OID has 20 characters
    assert "S21.2.250.1.213.1.4.10S3" in datamatrix.write(ins, SARAH)
    full = TraitsStricts("A" * 100, "B" * 100, ("B" * 100,), Sexe.F, LunarDate(1977, 1, 21))
    text = datamatrix.write(ins, full)
    assert "\x1d" not in text
    assert datamatrix.parse(text).traits == full


def test_a_list_of_given_names_that_is_too_long_is_cut_at_a_name() -> None:
    many = tuple("ABCDEFGHI" for _ in range(11))
    traits = TraitsStricts("A", many[0], many, Sexe.F, LunarDate(1977, 1, 21))
    assert datamatrix.parse(datamatrix.write(INS_OF_SARAH, traits)).traits.prenoms == many[:10]


def test_an_undetermined_sex_cannot_be_written() -> None:
    with pytest.raises(Problem, match="M ou F"):
        datamatrix.write(INS_OF_SARAH, TraitsStricts("A", "B", ("B",), Sexe.I, LunarDate(1977, 1, 21)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DC03FR0AXT4A",  # a 2D-Doc
        "IS02" + GOLDEN[4:],
        GOLDEN[:20],
        GOLDEN[:-1],  # truncated date
        GOLDEN.replace("S5F", "S5X"),
        GOLDEN.replace("S5F", ""),
        GOLDEN.replace("S621-01-1977", "S621/01/1977"),
        GOLDEN.replace("S3SARAH-LOU ANNA\x1d", "S3\x1d"),
        GOLDEN + "S9x",
        GOLDEN + "S5F",
        GOLDEN + "S7632",
        GOLDEN + "\x1d" * 1000,
    ],
)
def test_what_is_no_ins_datamatrix(text: str) -> None:
    with pytest.raises(Problem) as refused:
        datamatrix.parse(text)
    assert refused.value.kind is Kind.MALFORMED


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GOLDEN.replace("277010115400329", "277010115400330"), Kind.RULE_VIOLATED),  # wrong key, production OID
        (GOLDEN.replace("1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.2"), Kind.INVALID),
        (GOLDEN.replace("21-01-1977", "31-02-1977"), Kind.INVALID),
        (GOLDEN.replace("GARCIA", "G4RCIA"), Kind.INVALID),
    ],
)
def test_values_that_are_impossible(text: str, kind: Kind) -> None:
    with pytest.raises(Problem) as refused:
        datamatrix.parse(text)
    assert refused.value.kind is kind


@given(st.text(max_size=300))
def test_reading_anything_gives_a_problem(text: str) -> None:
    with pytest.raises(Problem):
        datamatrix.parse(text)


@given(st.integers(0, len(GOLDEN) - 1), st.characters(max_codepoint=127))
def test_a_damaged_text_is_read_or_refused_never_worse(at: int, character: str) -> None:
    try:
        datamatrix.parse(GOLDEN[:at] + character + GOLDEN[at + 1 :])
    except Problem as problem:
        assert problem.issues  # noqa: PT017 - both outcomes are right


@settings(max_examples=20, deadline=None)
@given(people, authorities)
def test_a_picture_gives_the_text_back(traits: TraitsStricts, authority: AutoriteAffectation) -> None:
    text = datamatrix.write(INS(MatriculeINS("2770101154003"), authority), traits)
    assert datamatrix.read_png(datamatrix.to_png(text)) == text


def test_the_symbol_is_square() -> None:
    with Image.open(io.BytesIO(datamatrix.to_png(GOLDEN))) as image:
        assert image.width == image.height


def test_the_drawing_is_the_picture() -> None:
    svg = datamatrix.to_svg(GOLDEN)
    with Image.open(io.BytesIO(datamatrix.to_png(GOLDEN, module=1))) as image:
        dark = image.convert("L").tobytes().count(0)
        assert f'viewBox="0 0 {image.width} {image.height}"' in svg
    runs = [int(part.split("v1", 1)[0]) for part in svg.split('fill="#000"')[1].split("h")[1:] if "v1" in part]
    assert sum(runs) == dark


@pytest.mark.parametrize("angle", [3, 90, 180])
def test_a_turned_picture_is_read(angle: int) -> None:
    with Image.open(io.BytesIO(datamatrix.to_png(GOLDEN, module=6))) as image:
        turned = image.convert("L").rotate(angle, expand=True, fillcolor=255)
    out = io.BytesIO()
    turned.save(out, "PNG")
    assert datamatrix.read_png(out.getvalue()) == GOLDEN


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, data: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.MALFORMED),
        (b"GIF89a" + b"\x00" * 100, Kind.MALFORMED),
        (_png(100_000, 100_000), Kind.TOO_LARGE),  # a bomb: its size is known before anything is unpacked
        (_png(4_000, 4_001), Kind.TOO_LARGE),
        (_png(10, 10, b"garbage"), Kind.MALFORMED),
        (_png(0, 0), Kind.MALFORMED),
        (b"\x00" * (datamatrix.MAX_IMAGE + 1), Kind.TOO_LARGE),
        (_png(50, 50, zlib.compress(b"\x00" + b"\xff" * 50) * 50), Kind.MALFORMED),  # white: no datamatrix
    ],
)
def test_hostile_pictures_are_refused(data: bytes, kind: Kind) -> None:
    with pytest.raises(Problem) as refused:
        datamatrix.read_png(data)
    assert refused.value.kind is kind


def test_every_person_of_the_population_can_be_printed() -> None:
    for personne in generate(300, seed=9):
        seen = datamatrix.parse(datamatrix.write(personne.ins, personne.traits))
        assert seen.ins == personne.ins
        assert seen.traits.prenoms == personne.traits.prenoms
