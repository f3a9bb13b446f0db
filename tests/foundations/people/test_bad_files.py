"""Files that are not what they should be: nothing half loaded, and what was served still is."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.foundations.people.conftest import Directory
from tests.foundations.people.files import (
    DEGREE,
    DURAND,
    MARTIN,
    MARTIN_HOPITAL,
    PERSONNE_ACTIVITE,
    PETIT,
    RPPS,
    archive,
    line,
    text,
)

from socle.foundations.people.model.identifiants import numero_enrole
from socle.foundations.people.store import loads
from socle.foundations.people.store.loads import DEMONSTRATION
from socle.foundations.people.store.staging import Staging
from socle.kernel.outcome import Kind, Problem

NAME = "PS_LibreAcces_Personne_activite_1.txt"


def written(folder: Path, contents: str | bytes, name: str = NAME) -> Path:
    path = folder / name
    path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    return path


def crowd(count: int, **more: str) -> list[dict[str, str]]:
    """As many invented nurses, each with a number of the test series."""
    people = []
    for n in range(1, count + 1):
        number = numero_enrole(n)
        people.append({**PETIT, "Identifiant PP": number, "Identification nationale PP": f"8{number}", **more})
    return people


async def refused(directory: Directory, source: Path) -> Problem:
    with pytest.raises(Problem) as caught:
        await directory.load(source)
    return caught.value


async def test_columns_may_come_in_any_order(directory: Directory, tmp_path: Path) -> None:
    backwards = list(reversed(PERSONNE_ACTIVITE))
    done = await directory.load(written(tmp_path, text([MARTIN], backwards)))
    assert (done.rejetes, done.ecarts.crees) == (0, 1)
    [one] = await directory.search("Practitioner", family="martin")
    assert one["name"][0]["given"] == ["Hélène"]


@pytest.mark.parametrize(
    ("headings", "said"),
    [
        ([one for one in PERSONNE_ACTIVITE if one != "Code profession"], "Code profession"),
        ([*PERSONNE_ACTIVITE, "Code profession"], "deux fois"),
        (["Nom", "Prénom"], "Identification nationale PP"),
    ],
)
async def test_headings_that_do_not_fit_are_refused(
    directory: Directory, tmp_path: Path, headings: Sequence[str], said: str
) -> None:
    problem = await refused(directory, written(tmp_path, text([MARTIN], headings)))
    assert problem.kind is Kind.INVALID
    assert NAME in str(problem)
    assert said in str(problem)
    assert await directory.count("lot") == 0


async def test_unknown_columns_are_told(directory: Directory, tmp_path: Path) -> None:
    done = await directory.load(written(tmp_path, text([MARTIN], [*PERSONNE_ACTIVITE, "Nouvelle colonne"])))
    assert "Nouvelle colonne" in done.notes[0][0]


async def test_wrong_lines_are_left_out_and_told(directory: Directory, tmp_path: Path) -> None:
    shifted = {**DURAND, "Identifiant PP": RPPS[2]}
    false_key = {**DURAND, "Identifiant PP": "99700075065", "Identification nationale PP": "899700075065"}
    nameless = {**PETIT, "Nom d'exercice": ""}
    contents = text([MARTIN, shifted, false_key, nameless]) + "8|1|2\n"
    done = await directory.load(written(tmp_path, contents))
    assert [(one.ligne, one.colonne, one.regle.rpartition("-")[2]) for one in done.rejets] == [
        (3, "Identifiant PP", "IDENTIFIER"),
        (4, "Identification nationale PP", "IDENTIFIER"),
        (5, "Nom d'exercice", "NAME"),
        (6, "", "FIELDS"),
    ]
    assert (done.rejetes, done.ecarts.crees) == (4, 1)
    assert await directory.count("rejet") == 4


async def test_a_number_used_twice_is_told_and_the_first_holder_kept(directory: Directory, tmp_path: Path) -> None:
    other = {**MARTIN, "Nom d'exercice": "AUTRE", "Prénom d'exercice": "Zoé"}
    done = await directory.load(written(tmp_path, text([MARTIN, other])))
    assert [one.regle for one in done.rejets] == ["SOCLE-ANNUAIRE-SAME-IDENTIFIER"]
    [person] = await directory.search("Practitioner", identifier=RPPS[0])
    assert person["name"][0]["family"] == MARTIN["Nom d'exercice"]


async def test_a_number_used_twice_is_left_to_whom_the_degrees_name(directory: Directory, tmp_path: Path) -> None:
    other = {**MARTIN, "Nom d'exercice": "AUTRE", "Prénom d'exercice": "Zoé"}
    source = archive(tmp_path, [other, MARTIN, MARTIN_HOPITAL], [DEGREE])
    done = await directory.load(source)
    assert [(one.ligne, "AUTRE Zoé" in one.fr) for one in done.rejets] == [(2, True)]
    [person] = await directory.search("Practitioner", identifier=RPPS[0])
    assert person["name"][0]["family"] == MARTIN["Nom d'exercice"]
    assert len(await directory.search("PractitionerRole", active="true")) == 2


async def test_encodings_may_be_mixed(directory: Directory, tmp_path: Path) -> None:
    latin = line({**DURAND, "Nom d'exercice": "CÔTÉ"}, PERSONNE_ACTIVITE).encode("cp1252")
    source = written(tmp_path, b"\xef\xbb\xbf" + text([MARTIN]).replace("\n", "\r\n").encode() + latin + b"\r\n")
    done = await directory.load(source)
    assert (done.rejetes, done.ecarts.crees) == (0, 2)
    assert any("Windows-1252" in fr for fr, _ in done.notes)
    assert [one["name"][0]["family"] for one in await directory.search("Practitioner", family="cote")] == ["CÔTÉ"]


async def test_a_zip_damaged_in_its_midst_is_refused(directory: Directory, tmp_path: Path) -> None:
    await directory.load(archive(tmp_path, [MARTIN]))
    damaged = archive(tmp_path, crowd(500), name="PS_LibreAcces_2.zip")
    octets = bytearray(damaged.read_bytes())
    for place in range(300, 400):
        octets[place] ^= 0xFF
    damaged.write_bytes(octets)
    assert "abîmée" in str(await refused(directory, damaged))
    assert await directory.search("Practitioner", family="martin")


async def test_a_refusal_for_too_many_wrong_lines_names_the_first(directory: Directory, tmp_path: Path) -> None:
    people = [{**one, "Identifiant PP": RPPS[2]} for one in crowd(20)]
    problem = await refused(directory, written(tmp_path, text(people)))
    assert [issue.rule for issue in problem.issues] == ["SOCLE-ANNUAIRE-DIFFERENCE", *5 * ["SOCLE-ANNUAIRE-IDENTIFIER"]]
    assert f"{NAME}:2 [Identifiant PP]" in problem.issues[1].text.fr


async def test_the_persons_of_the_demonstration_do_not_blur_how_many_are_known(
    directory: Directory, tmp_path: Path
) -> None:
    await directory.load(archive(tmp_path, crowd(150)[100:]), origine=DEMONSTRATION)
    await directory.load(archive(tmp_path, crowd(120), name="PS_LibreAcces_2.zip"))
    [lot, *_] = await loads.told(directory.database)
    assert lot["connus"] == 120
    problem = await refused(directory, archive(tmp_path, crowd(110), name="PS_LibreAcces_3.zip"))
    assert "10 professionnels sur 120" in str(problem)


async def test_another_order_of_columns_is_asked_once_and_writes_nothing(directory: Directory, tmp_path: Path) -> None:
    people = crowd(120)
    await directory.load(written(tmp_path, text(people)))
    turned = [*PERSONNE_ACTIVITE[3:], *PERSONNE_ACTIVITE[:3]]
    lines = ["|".join(turned) + "|", *(line(one, turned).rstrip("\n") for one in people), ""]
    source = written(tmp_path, "\n".join(lines), "PS_LibreAcces_Personne_activite_2.txt")
    assert "ordre de colonnes" in str(await refused(directory, source))
    done = await directory.load(source, force=True)
    assert (done.rejetes, done.versions) == (0, 0)


@pytest.mark.parametrize("kept", [0.4, 0.97])
async def test_a_truncated_zip_is_refused(directory: Directory, tmp_path: Path, kept: float) -> None:
    await directory.load(archive(tmp_path, [MARTIN]))
    whole = archive(tmp_path, crowd(50), name="PS_LibreAcces_2.zip").read_bytes()
    cut = tmp_path / "PS_LibreAcces_3.zip"
    cut.write_bytes(whole[: int(len(whole) * kept)])
    problem = await refused(directory, cut)
    assert "tronquée" in str(problem)
    assert await directory.search("Practitioner", family="martin")


async def test_a_damaged_member_leaves_what_was_served(directory: Directory, tmp_path: Path) -> None:
    await directory.load(archive(tmp_path, [MARTIN]))
    path = archive(tmp_path, crowd(300), name="PS_LibreAcces_2.zip")
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 3] ^= 0xFF
    path.write_bytes(octets)
    with pytest.raises(Problem):
        await directory.load(path)
    assert await directory.count("resource") == 3
    assert {row["etat"] for row in await directory.database.query("SELECT etat FROM annuaire.lot")} == {
        "servi",
        "refuse",
    }


async def test_a_suspicious_difference_is_refused_unless_forced(directory: Directory, tmp_path: Path) -> None:
    await directory.load(archive(tmp_path, crowd(120)))
    half = archive(tmp_path, crowd(60), name="PS_LibreAcces_2.zip")
    problem = await refused(directory, half)
    assert problem.kind is Kind.RULE_VIOLATED
    assert "60 professionnels sur 120" in str(problem)
    assert len(await directory.search("Practitioner", active="true", _count="200")) == 120
    done = await directory.load(half, force=True)
    assert done.ecarts.clos == 60


async def test_a_load_that_was_cut_goes_on_where_it_stopped(
    directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socle.foundations.people.actions.importing.PIECE", 1)
    source = archive(tmp_path, crowd(60))
    real, calls = Staging.built, 0

    async def cut(self: Staging, *args: object, **point: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise ConnectionError("the machine stops")
        await real(self, *args, **point)  # type: ignore[arg-type]

    monkeypatch.setattr(Staging, "built", cut)
    with pytest.raises(ConnectionError):
        await directory.load(source)
    assert await directory.count("resource") == 0
    monkeypatch.setattr(Staging, "built", real)
    done = await directory.load(source)
    assert (done.repris, done.ecarts.crees) == (True, 60)
    assert await directory.count("resource") == 60 + 60 + 1
    assert await directory.count("situation") == 60


async def test_the_fifty_columns_are_read_with_or_without_headings(directory: Directory, tmp_path: Path) -> None:
    from socle.foundations.people.model.colonnes import CINQUANTE

    values = {**MARTIN, "_naissance": "01/01/1970"}
    without = "|".join(values.get(name, "") for name in CINQUANTE) + "\n"
    name = "Extraction_ProSanteConnect_Personne_activite_1.txt"
    done = await directory.load(written(tmp_path, without, name))
    assert (done.rejetes, done.ecarts.crees) == (0, 1)
    [place] = await directory.search("Organization")
    assert place["address"][0]["city"] == "LYON"
    [row] = await directory.database.query("SELECT commune FROM annuaire.situation")
    assert row["commune"] == "lyon"


async def test_a_folder_without_files_is_refused(directory: Directory, tmp_path: Path) -> None:
    assert (await refused(directory, tmp_path)).kind is Kind.INVALID
    assert (await refused(directory, tmp_path / "absent.zip")).kind is Kind.NOT_FOUND
