"""The extraction of mailboxes of MSSanté comes in: whole or not at all, then by differences."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.foundations.people.conftest import Directory
from tests.foundations.people.files import DURAND, MARTIN, MARTIN_HOPITAL, PETIT, RPPS, archive, headings

from socle.foundations.people.model import Ecarts
from socle.foundations.people.store import boites
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store import Json

HEADINGS = headings(
    """
    Type de BAL| Adresse BAL| Type Identifiant PP| Identifiant PP| Identification nationale PP| Type identifiant structure|
    Identification Structure| Service de rattachement| Civilité d'exercice| Nom d'exercice| Prénom d'exercice|
    Catégorie profession| Libellé de catégorie profession| Code Profession| Libellé Profession| Code savoir-faire|
    Libellé savoir-faire| Dématérialisation| Raison Sociale structure BAL| Enseigne commerciale structure BAL|
    L2COMPLEMENTLOCALISATION| L3COMPLEMENTDISTRIBUTION| L4NUMEROVOIE| L4COMPLEMENTNUMEROVOIE| NL4TYPEVOIE| L4LIBELLEVOIE|
    L5LIEUDITMENTION| L6LIGNEACHEMINEMENT| Code postal| Département| Pays
    """
)
SITE = MARTIN_HOPITAL["Numéro FINESS site"]


def personal(address: str, rpps: str, finess: str = "") -> dict[str, str]:
    return {
        "Type de BAL": "PER",
        "Adresse BAL": address,
        "Type Identifiant PP": "8",
        "Identifiant PP": rpps,
        "Identification nationale PP": f"8{rpps}",
        "Type identifiant structure": "1" if finess else "",
        "Identification Structure": finess,
    }


def organisational(address: str, finess: str = SITE, service: str = "") -> dict[str, str]:
    return {
        "Type de BAL": "ORG",
        "Adresse BAL": address,
        "Type identifiant structure": "1",
        "Identification Structure": finess,
        "Service de rattachement": service,
    }


def extraction(folder: Path, *rows: dict[str, str], more: Sequence[str] = (), name: str = "1") -> Path:
    names = [*HEADINGS, *more]
    path = folder / f"Extraction_Correspondance_MSSante_{name}.txt"
    lines = ["|".join(names), *("|".join(row.get(one, "") for one in names) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
async def people(directory: Directory, tmp_path: Path) -> Directory:
    """Three persons, one of them at a hospital too."""
    await directory.load(archive(tmp_path, [MARTIN, MARTIN_HOPITAL, DURAND, PETIT]))
    return directory


async def mailboxes(directory: Directory, kind: str, **parameters: str) -> list[str]:
    found: list[Json] = await directory.search(kind, **parameters)
    return [point["value"] for one in found for point in one.get("telecom", []) if "mssante" in point["value"]]


async def test_mailboxes_are_shown_by_who_holds_them(people: Directory, tmp_path: Path) -> None:
    file = extraction(
        tmp_path,
        personal("durand@exemple.mssante.fr", RPPS[1]),
        personal("martin.chu@exemple.mssante.fr", RPPS[0], SITE),
        organisational("urgences@exemple.mssante.fr", service="Urgences"),
    )
    done = await people.load(file)
    assert (done.boites, done.ecarts, done.lignes, done.rejetes, done.versions) == (True, Ecarts(0, 3), 3, 0, 3)
    assert await mailboxes(people, "Practitioner", town="grenoble") == ["durand@exemple.mssante.fr"]
    assert await mailboxes(people, "PractitionerRole") == ["martin.chu@exemple.mssante.fr"]
    [hospital] = await people.search("Organization", **{"mailbox-mss": "urgences@exemple.mssante.fr"})
    [_, metadata] = hospital["telecom"][-1]["extension"]
    assert {"url": "service", "valueString": "Urgences"} in metadata["extension"]
    assert (await people.load(file)).deja


async def test_the_next_file_changes_only_what_differs(people: Directory, tmp_path: Path) -> None:
    kept = personal("durand@exemple.mssante.fr", RPPS[1])
    await people.load(extraction(tmp_path, kept, personal("martin@exemple.mssante.fr", RPPS[0])))
    done = await people.load(extraction(tmp_path, kept, personal("petit@exemple.mssante.fr", RPPS[2]), name="2"))
    assert (done.ecarts, done.versions) == (Ecarts(2, 1, 0, 1), 2)
    assert await mailboxes(people, "Practitioner") == ["durand@exemple.mssante.fr", "petit@exemple.mssante.fr"]
    # A load of professionals keeps them.
    await people.load(archive(tmp_path, [MARTIN, {**DURAND, "Prénom d'exercice": "Luc"}], name="PS_LibreAcces_2.zip"))
    assert await mailboxes(people, "Practitioner", family="durand") == ["durand@exemple.mssante.fr"]


async def test_what_an_operator_declared_stays_and_the_red_list_too(people: Directory, tmp_path: Path) -> None:
    holder = f"Practitioner/003-8{RPPS[0]}"
    await people.database.write(
        "annuaire",
        [
            (
                "INSERT INTO annuaire.bal (adresse, type, porteur, dossier, liste_rouge) VALUES ($1, 'PER', $3, $3, true), "
                "($2, 'PER', $3, $3, true)",
                ("cachee@exemple.mssante.fr", "martin@exemple.mssante.fr", holder),
            )
        ],
        people.trace(),
    )
    await people.load(extraction(tmp_path, personal("martin@exemple.mssante.fr", RPPS[0])))
    assert await mailboxes(people, "Practitioner") == []
    assert await people.count("bal") == 2


async def test_a_column_for_the_red_list_is_obeyed(people: Directory, tmp_path: Path) -> None:
    hidden = {**personal("durand@exemple.mssante.fr", RPPS[1]), "Liste rouge": "O"}
    await people.load(extraction(tmp_path, hidden, more=["Liste rouge"]))
    assert (await mailboxes(people, "Practitioner"), await people.count("bal")) == ([], 1)
    await people.load(extraction(tmp_path, {**hidden, "Liste rouge": "N"}, more=["Liste rouge"], name="2"))
    assert await mailboxes(people, "Practitioner") == ["durand@exemple.mssante.fr"]


async def test_wrong_lines_are_left_out_and_told(people: Directory, tmp_path: Path) -> None:
    good = personal("durand@exemple.mssante.fr", RPPS[1])
    done = await people.load(
        extraction(
            tmp_path,
            good,
            {**good, "Adresse BAL": "pas une adresse"},
            {**good, "Adresse BAL": "autre@exemple.mssante.fr", "Type de BAL": "XXX"},
            {**good, "Adresse BAL": "numero@exemple.mssante.fr", "Identification nationale PP": "899700075065"},
            {**good, "Adresse BAL": "DURAND@exemple.mssante.fr"},
            personal("inconnu@exemple.mssante.fr", "99700450226"),
            organisational("nulle.part@exemple.mssante.fr", "690999999"),
        )
    )
    told = [(one.ligne, one.regle) for one in done.rejets]
    assert (done.rejetes, done.ecarts.crees) == (6, 1)
    assert told == [
        (3, "SOCLE-ANNUAIRE-MAILBOX"),
        (4, "SOCLE-ANNUAIRE-MAILBOX"),
        (5, "SOCLE-ANNUAIRE-IDENTIFIER"),
        (6, "SOCLE-ANNUAIRE-MAILBOX"),
        (7, "SOCLE-ANNUAIRE-MAILBOX-HOLDER"),
        (8, "SOCLE-ANNUAIRE-MAILBOX-HOLDER"),
    ]


async def test_a_column_that_lacks_is_named_and_nothing_changes(people: Directory, tmp_path: Path) -> None:
    file = extraction(tmp_path, personal("durand@exemple.mssante.fr", RPPS[1]))
    file.write_text(file.read_text("utf-8").replace("Service de rattachement", "Autre"), "utf-8")
    with pytest.raises(Problem) as caught:
        await people.load(file)
    assert caught.value.kind is Kind.INVALID
    assert "Service de rattachement" in caught.value.issues[0].text.fr
    assert await people.count("bal") == 0


async def test_a_load_of_mailboxes_that_was_cut_goes_on_where_it_stopped(
    people: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = extraction(tmp_path, personal("durand@exemple.mssante.fr", RPPS[1]))
    real = boites.Comparing.differ

    async def cut(self: boites.Comparing, organization: int) -> Ecarts:
        await real(self, organization)
        raise Problem.of(Kind.UNAVAILABLE, "coupé", "cut")

    monkeypatch.setattr(boites.Comparing, "differ", cut)
    with pytest.raises(Problem):
        await people.load(file)
    assert await people.count("bal") == 0
    monkeypatch.setattr(boites.Comparing, "differ", real)
    done = await people.load(file)
    assert (done.repris, done.lignes, done.ecarts.crees) == (True, 1, 1)
