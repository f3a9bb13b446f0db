"""Whose lines changed from one extraction to the next: told by pieces of files, and the same as if every line were compared."""

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.foundations.people.conftest import Directory
from tests.foundations.people.files import DIPL_AUTEXERC, DURAND, MARTIN, PERSONNE_ACTIVITE, PETIT, archive, line, text
from tests.foundations.people.test_bad_files import crowd

from socle.foundations.people.actions.charge import Charge
from socle.foundations.people.actions.gathering import Gathering
from socle.foundations.people.model import Ecarts
from socle.foundations.people.model.identifiants import numero_enrole
from socle.foundations.people.store import loads, reading
from socle.foundations.people.store.lines import Reader, line_key, number_of, person_key
from socle.foundations.people.store.pieces import MOST, pieces
from socle.foundations.people.store.staging import Staging

GATHERING = "socle.foundations.people.actions.gathering"
STAGING = "socle.foundations.people.store.staging"
READING = "socle.foundations.people.store.reading"
WRONG = ("8|1|2", "9|9", "8|99700075065|899700075065|||||||||||")


@dataclass
class Day:
    """An extraction as sets of lines."""

    activities: list[str]
    degrees: list[str]
    end: str = "\n"

    @property
    def lines(self) -> set[str]:
        return {one for one in (*self.activities, *self.degrees) if one}

    @property
    def kept(self) -> set[str]:
        return self.lines - set(WRONG)

    @property
    def wrong(self) -> int:
        return sum(one in WRONG for one in (*self.activities, *self.degrees))

    def write(self, folder: Path) -> Path:
        folder.mkdir()
        for name, headings, lines in (
            ("1_activite.txt", PERSONNE_ACTIVITE, self.activities),
            ("2_diplomes.txt", DIPL_AUTEXERC, self.degrees),
        ):
            contents = self.end.join(["|".join(headings) + "|", *lines, ""])
            (folder / name).write_bytes(contents.encode())
        return folder


def person(text: str) -> str:
    """The number that a line bears, as it is written."""
    return text.split("|")[2] if text.count("|") > 1 else ""


def first_day(chance: random.Random) -> Day:
    activities, degrees = [], []
    for n in range(1, 61):
        number = numero_enrole(n)
        activities += [an_activity(chance, number) for _ in range(chance.choice((1, 1, 2, 3)))]
        if chance.random() < 0.7:
            degrees.append(a_degree(chance, number))
    return Day(activities, degrees)


def an_activity(chance: random.Random, number: str) -> str:
    place = chance.randrange(40)
    values = {"Identifiant PP": number, "Identification nationale PP": f"8{number}"}
    structure = {"Identifiant technique de la structure": f"R9{place}" if place else "", "Numéro SIRET site": ""}
    return line({**PETIT, **values, **structure, "Raison sociale site": ""}, PERSONNE_ACTIVITE)


def a_degree(chance: random.Random, number: str) -> str:
    values = {"Identifiant PP": number, "Identification nationale PP": f"8{number}"}
    code = {"Code diplôme obtenu": f"DE{chance.randrange(90)}", "Code type diplôme obtenu": "DE"}
    return line({**PETIT, **values, **code}, DIPL_AUTEXERC)


def next_day(chance: random.Random, before: Day) -> Day:
    """A few lines changed, added, taken away, said twice, moved, spoilt, left empty."""
    day = Day(list(before.activities), list(before.degrees), chance.choice(("\n", "\n", "\n", "\r\n")))
    for lines, new in ((day.activities, an_activity), (day.degrees, a_degree)):
        for _ in range(chance.randrange(6)):
            at, number = chance.randrange(len(lines)), numero_enrole(chance.randrange(1, 75))
            match chance.randrange(6):
                case 0:
                    lines[at] = new(chance, number)
                case 1:
                    lines.insert(at, new(chance, number))
                case 2:
                    del lines[at]
                case 3:
                    lines.insert(chance.randrange(len(lines)), lines[at])
                case 4:
                    lines.append(lines.pop(at))
                case _:
                    lines.insert(at, chance.choice((*WRONG, "")))
    return day


@dataclass
class Reading:
    """What a load reads, without what it builds."""

    touched: set[int] = field(default_factory=set)
    staged: set[int] = field(default_factory=set)
    done: Charge = field(default_factory=lambda: Charge(0))


async def read(directory: Directory, source: Path, *, first: bool, processes: int = 0) -> Reading:
    """Read and settle an extraction as a load does."""
    files = reading.fichiers(source)
    found = Reading()
    async with directory.database.switch("annuaire") as switch:
        lot = await loads.begin(switch, source.name, str(source), "extraction", "test", directory.clock())
        staging = Staging(switch, lot.id, {})
        await staging.start()
        sources = [(file, Reader(file.name, rank, reading.entete(file))) for rank, file in enumerate(files)]
        gathering = Gathering(staging, sources, found.done, processes, lambda done, total, what: None)
        if first:
            await gathering.lines(None, frozenset())
            await staging.touch_all()
        else:
            await gathering.hashes(await staging.known())
            staging.point.clear()
            persons = await staging.differ()
            still = frozenset[bytes]() if persons is None else await staging.known() - await staging.stirred()
            await gathering.lines(persons, still)
        found.touched = await column(switch, "SELECT DISTINCT personne FROM annuaire.lot_touche")
        found.staged = await column(switch, "SELECT DISTINCT empreinte FROM annuaire.lot_ligne")
        for sql, args in staging.settle(first=first):
            await switch.run(sql, *args)
        await staging.drop()
    return found


async def column(switch: Any, sql: str) -> set[int]:
    return {row[0] for row in await switch.query(sql)}


def numbers(lines: set[str]) -> set[int]:
    return {number_of(line_key(one.encode())) for one in lines}


async def days_agree(directory: Directory, folder: Path, seed: int, *, everyone: bool = False) -> None:
    """Four days of an extraction, each compared with what its sets of lines say. `everyone`: all lines are read again."""
    chance = random.Random(seed)
    day = first_day(chance)
    await read(directory, day.write(folder / "0"), first=True)
    for n in range(1, 5):
        before, day = day, next_day(chance, day)
        found = await read(directory, day.write(folder / str(n)), first=False)
        changed = {person(one) for one in (day.lines - before.kept) | (before.kept - day.lines)}
        assert found.touched == {person_key(one) for one in changed}
        theirs = {one for one in day.kept if person(one) in changed}
        assert found.staged == numbers(day.kept if everyone else theirs)
        assert (found.done.rejetes, found.done.lignes) == (day.wrong, len(day.activities) + len(day.degrees))
        rows = await directory.database.query("SELECT empreinte, structure IS NULL AS nowhere FROM annuaire.ligne")
        assert {row["empreinte"] for row in rows} == numbers(day.kept)
        places = {number_of(line_key(one.encode())): "|R9" not in one for one in day.kept}
        assert all(places[row["empreinte"]] == row["nowhere"] for row in rows)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few lines, written two by two."""
    monkeypatch.setattr(f"{READING}.BLOCK", 5_000)
    monkeypatch.setattr(f"{READING}.TAIL", 3_000)
    monkeypatch.setattr(f"{GATHERING}.CHUNK", 2)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(3))
async def test_pieces_tell_whose_lines_changed_as_sets_of_lines_do(
    directory: Directory, tmp_path: Path, seed: int
) -> None:
    await days_agree(directory, tmp_path, seed)


@pytest.mark.usefixtures("small")
async def test_pieces_that_are_too_many_to_be_held_are_compared_line_by_line(
    directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{STAGING}.MOST_KNOWN", 3)
    await days_agree(directory, tmp_path, 3)


@pytest.mark.usefixtures("small")
async def test_persons_who_are_too_many_to_be_held_are_told_all_the_same(
    directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{STAGING}.MOST_HELD", 0)
    await days_agree(directory, tmp_path, 4, everyone=True)


async def test_lines_that_were_loaded_without_their_pieces_are_compared_one_by_one(
    directory: Directory, tmp_path: Path
) -> None:
    await directory.load(archive(tmp_path, [MARTIN, DURAND]))
    async with directory.database.switch("annuaire") as switch:  # as a version before pieces left them
        await switch.run("UPDATE annuaire.ligne SET bloc = NULL")
    done = await directory.load(archive(tmp_path, [MARTIN, {**DURAND, "Prénom d'exercice": "Luc"}], name="PS_2.zip"))
    assert (done.ecarts, done.versions) == (Ecarts(2, 0, 1, 0), 1)
    done = await directory.load(archive(tmp_path, [MARTIN], name="PS_3.zip"))
    assert done.ecarts == Ecarts(2, 0, 0, 1)


async def test_a_newcomer_whose_line_is_left_out_is_not_counted_as_come(directory: Directory, tmp_path: Path) -> None:
    await directory.load(archive(tmp_path, [MARTIN]))
    nameless = {**DURAND, "Nom d'exercice": ""}
    done = await directory.load(archive(tmp_path, [MARTIN, nameless], name="PS_2.zip"))
    assert (done.ecarts, done.rejetes) == (Ecarts(1, 0, 0, 0), 1)
    done = await directory.load(archive(tmp_path, [MARTIN, nameless, PETIT], name="PS_3.zip"))
    assert (done.ecarts, done.rejetes) == (Ecarts(1, 1, 0, 0), 1)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("step", ["_keep_hashes", "_keep_lines"])
async def test_a_reading_that_was_cut_goes_on_where_it_stopped(
    directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    people = crowd(60)
    await directory.load(archive(tmp_path, people))
    changed = [{**one, "Prénom d'exercice": "Luc"} if n % 9 == 1 else one for n, one in enumerate(people)]
    spoilt = [{**people[0], "Nom d'exercice": ""}, {**people[0], "Code profession": "99", "Libellé profession": "Neuf"}]
    second = archive(tmp_path, [*spoilt, *changed], name="PS_LibreAcces_2.zip")
    real, calls = getattr(Gathering, step), 0

    async def cut(self: Gathering, *args: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ConnectionError("the machine stops")
        await real(self, *args)

    monkeypatch.setattr(Gathering, step, cut)
    with pytest.raises(ConnectionError):
        await directory.load(second, force=True)
    monkeypatch.setattr(Gathering, step, real)
    done = await directory.load(second, force=True)
    assert (done.repris, done.lignes, done.rejetes, await directory.count("rejet")) == (True, 62, 1, 1)
    assert done.ecarts == Ecarts(60, 0, 8, 0)
    assert len(await directory.search("Practitioner", given="luc", _count="50")) == 7
    [row] = await directory.database.query("SELECT nom FROM annuaire.libelle WHERE code = '99'")
    assert row["nom"] == "Neuf"


@pytest.mark.usefixtures("small")
async def test_other_processes_read_what_this_one_would(
    directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{GATHERING}.PARALLEL_FROM", 0)
    day = first_day(random.Random(5))
    day.activities.insert(20, WRONG[0])
    found = await read(directory, day.write(tmp_path / "0"), first=True, processes=1)
    assert found.staged == numbers(day.kept)
    assert (found.done.rejetes, found.done.rejets[0].ligne, found.done.lignes) == (
        1,
        22,
        len(day.activities + day.degrees),
    )
    pieces_then = await directory.database.query("SELECT count(bloc) AS known FROM annuaire.ligne")
    async with directory.database.switch("annuaire") as switch:
        await switch.run("UPDATE annuaire.ligne SET bloc = NULL")
    found = await read(directory, tmp_path / "0", first=False, processes=1)
    assert found.touched == {person_key("2")}
    assert await directory.database.query("SELECT count(bloc) AS known FROM annuaire.ligne") == pieces_then


def test_pieces_are_the_whole_file_and_what_is_added_moves_one_of_them() -> None:
    octets = text(crowd(300)).encode()
    before = list(pieces(octets))
    assert b"".join(octets[start:end] for _, start, end in before) == octets
    assert 15 < len(before) < 60
    place = octets.index(b"\n", len(octets) // 2) + 1
    after = list(pieces(octets[:place] + b"8|1|2\n" + octets[place:]))
    assert len({one for one, _, _ in after} - {one for one, _, _ in before}) == 1


def test_a_file_that_tells_no_piece_is_cut_where_lines_end() -> None:
    octets = b"abc\n" * 20_000 + b"d" * 2 * MOST
    found = list(pieces(octets))
    assert b"".join(octets[start:end] for _, start, end in found) == octets
    assert all(octets[end - 1 : end] in (b"\n", b"d") for _, _, end in found)
    assert len(found) == 4


async def test_who_moves_is_found_in_the_new_town_and_no_more_in_the_old(directory: Directory, tmp_path: Path) -> None:
    async def found(town: str) -> int:
        return len(await directory.search("Practitioner", town=town, **{"qualification-code": "21"}))

    await directory.load(archive(tmp_path, [DURAND]))
    assert (await found("grenoble"), await found("chambery")) == (1, 0)
    moved = {**DURAND, "Code commune (coord. structure)": "73065", "Libellé commune (coord. structure)": "Chambéry"}
    await directory.load(archive(tmp_path, [moved], name="PS_LibreAcces_2.zip"))
    assert (await found("grenoble"), await found("chambery")) == (0, 1)
