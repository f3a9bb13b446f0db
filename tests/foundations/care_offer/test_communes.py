"""Communes from files: several publishers' headings, and what is wrong named with its line."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.foundations.care_offer.support import TRACE, Offer

from socle.foundations.care_offer.actions import communes
from socle.foundations.care_offer.store import cog
from socle.foundations.care_offer.store.communes import Commune, Communes
from socle.kernel.outcome import Problem
from socle.kernel.policy import Actor, Means

OPERATOR = Actor("console", "console", frozenset({"operator"}), Means.CONSOLE)
OFFICIAL = "code_insee,nom_standard,reg_code,latitude_centre,longitude_centre\n01001,L'Abergement,84,46.15,4.93\n"
POSTAL = (
    "\ufeffcode_commune_INSEE;nom_commune;code_postal;latitude;longitude\n"
    "2a004;AJACCIO;20000;41,92;8,73\n2A004;AJACCIO;20090;41,92;8,73\n"
)


def kept(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "communes.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_files_of_several_publishers_are_read(tmp_path: Path) -> None:
    assert cog.read(kept(tmp_path, OFFICIAL)) == [Commune("01001", "L'Abergement", 46.15, 4.93)]
    assert cog.read(kept(tmp_path, POSTAL)) == [Commune("2A004", "AJACCIO", 41.92, 8.73)]
    latin = OFFICIAL.replace("Abergement", "Évêché")
    assert cog.read(kept(tmp_path, latin, "latin-1"))[0].name == "L'Évêché"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "communes.csv:1 : il manque une colonne, l'une de : code_insee"),
        ("code_insee,nom_standard\n", "communes.csv:1 : il manque une colonne, l'une de : latitude_centre"),
        (OFFICIAL + "75O56,Paris,11,48.8,2.3\n", "communes.csv:3 : code de commune « 75O56 »"),
        (OFFICIAL + "75056,,11,48.8,2.3\n", "communes.csv:3 : le nom manque"),
        (OFFICIAL + "75056,Paris,11,91,2.3\n", "communes.csv:3 : « 91 » n'est pas une position"),
        (OFFICIAL + "75056,Paris,11,nan,2.3\n", "communes.csv:3 : « nan » n'est pas une position"),
        (OFFICIAL + "75056,Paris\n", "communes.csv:3 : 2 champs seulement"),
        (OFFICIAL.partition("\n")[0] + "\n", "communes.csv : aucune commune"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Problem) as refused:
        cog.read(kept(tmp_path, text))
    assert refused.value.issues[0].text.fr.startswith(said)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_octets_are_read_or_refused(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "octets.csv"
    path.write_bytes(OFFICIAL.encode() + octets)
    with suppress(Problem):  # and nothing else is raised
        assert cog.read(path)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"none\.csv"):
        cog.read(tmp_path / "none.csv")


async def test_a_file_that_is_loaded_answers_searches_at_once(offer: Offer, tmp_path: Path) -> None:
    path = kept(tmp_path, OFFICIAL.replace("01001", "01999"))
    assert (await offer.ask("GET", "Location?near-insee-code=01999|5|km")).status_code == 400
    assert await communes.load_file(offer.house.database, path, by=OPERATOR, trace=TRACE) == 1
    known = Communes()
    await known.refresh(offer.house.database, offer.clock())
    assert known.position("01999") == (46.15, 4.93)
    assert await offer.get("Location?near-insee-code=01999|5|km")  # the server does not wait to look at its table again
    assert (await offer.ask("GET", "Location?near-insee-code=01998|5|km")).status_code == 400
    nobody = Actor("x", "x", frozenset({"publisher"}), Means.CONSOLE)
    with pytest.raises(Problem):
        await communes.load_file(offer.house.database, path, by=nobody, trace=TRACE)
