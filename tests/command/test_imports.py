"""`socle import`: on the machine and from afar; what was loaded, what was left out, and the exit code."""

import io
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.foundations.people.files import DURAND, MARTIN, archive
from tests.foundations.people.test_mailbox_extraction import extraction, personal
from tests.foundations.structures.support import EJ1, ET1, METADATA, ej_line, et_line
from tests.house.running import RunningHouse

from socle.command import main

MAPPING = 'system.url = "http://x.example/{way}"\ncolumns = {{code = "CODE", display = "NOM"}}\n'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with RunningHouse(tmp_path_factory.mktemp("imports") / "data", "--no-demo") as running:
        yield running


@pytest.fixture
def socle(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """(exit code, standard output, standard error) of a command, in this process."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["socle", *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return run


@pytest.mark.parametrize("way", ["data", "url"])
def test_a_table_is_imported_and_its_wrong_lines_are_told(
    house: RunningHouse, tmp_path: Path, socle: Callable[..., tuple[int, str, str]], way: str
) -> None:
    door = ["--data", str(house.data)] if way == "data" else ["--url", house.url, "--key", house.key("operator")]
    (tmp_path / "m.toml").write_text(MAPPING.format(way=way), encoding="utf-8")
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "a.csv").write_bytes("CODE;NOM\nA;Été\n;rien\nB;deux\n".encode("cp1252"))
    asked = ["import", "terminology", str(folder), "--format", "csv", "--mapping", str(tmp_path / "m.toml"), *door]

    code, out, said = socle(*asked)
    assert (code, out) == (1, "")
    assert "a.csv:3:1" in said
    assert "[csv-code]" in said

    code, out, said = socle(*asked, "--keep-going")
    assert code == 0, said
    assert out == f"http://x.example/{way}  2 concepts\n"
    assert "cp1252" in said
    assert "1 ligne(s) laissée(s) de côté" in said


def test_what_cannot_be_read_is_said_in_one_line(
    house: RunningHouse, tmp_path: Path, socle: Callable[..., tuple[int, str, str]]
) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0\1")
    for arguments, sentence in (
        ([str(tmp_path / "none.xml")], "aucun fichier ni dossier"),
        ([str(tmp_path / "a.bin")], "format non reconnu"),
        ([str(tmp_path / "a.bin"), "--format", "xls"], "--format xls"),
    ):
        code, out, said = socle("import", "terminology", *arguments, "--data", str(house.data))
        assert (code, out) == (1, "")
        assert sentence in said


COMMUNES = "code_insee,nom_standard,latitude_centre,longitude_centre\n99998,Bourg-l'Exemple,45.75,4.85\n"


def test_communes_are_imported_by_hand_and_again(
    house: RunningHouse, tmp_path: Path, socle: Callable[..., tuple[int, str, str]]
) -> None:
    file = tmp_path / "communes-france.csv"
    file.write_text(COMMUNES, encoding="utf-8")
    for _ in range(2):
        code, out, said = socle("import", "communes", str(file), "--data", str(house.data))
        assert (code, out) == (0, "1 communes chargées\n"), said


def test_a_wrong_line_of_communes_is_named_and_the_whole_refused(
    house: RunningHouse, tmp_path: Path, socle: Callable[..., tuple[int, str, str]]
) -> None:
    file = tmp_path / "fausses.csv"
    file.write_text(COMMUNES + "7505,,91,2\n", encoding="utf-8")
    code, out, said = socle("import", "communes", str(file), "--data", str(house.data))
    assert (code, out) == (1, "")
    assert "fausses.csv:3" in said
    code, _, said = socle("import", "communes", str(tmp_path / "absent.csv"), "--data", str(house.data))
    assert code == 1
    assert "absent.csv" in said


def test_the_help_of_communes_names_the_columns(socle: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = socle("import", "communes", "--help")
    assert code == 0
    assert "latitude" in out


def test_the_registers_of_a_house_elsewhere_are_loaded_by_its_address(
    house: RunningHouse, tmp_path: Path, socle: Callable[..., tuple[int, str, str]]
) -> None:
    door = ["--url", house.url, "--key", house.key("operator")]
    source = archive(tmp_path, [MARTIN, DURAND, {**DURAND, "Identifiant PP": "1"}])
    code, out, said = socle("import", "annuaire", str(source), *door)
    assert (code, "2 créés" in out, "[SOCLE-ANNUAIRE-IDENTIFIER]" in said) == (0, True, True), said
    assert socle("import", "annuaire", str(source), *door)[1] == "déjà servi : rien à faire\n"
    boxes = extraction(tmp_path, personal("durand@exemple.mssante.fr", DURAND["Identifiant PP"]))
    code, out, _ = socle("import", "annuaire", str(boxes), *door)
    assert (code, "boîtes MSSanté créées : 1" in out) == (0, True)

    folder = tmp_path / "finess"
    folder.mkdir()
    for name, line in (("ej", ej_line(EJ1)), ("et", et_line(ET1))):
        (folder / f"{name}.csv").write_text(f"{METADATA}\n{line}\n", "utf-8")
    code, out, said = socle("import", "finess", str(folder), "--difference", *door)
    assert (code, "établissements : 1 créés" in out) == (0, True), said
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(f"{METADATA}\nautre;1\n", "utf-8")
    code, out, said = socle("import", "finess", str(wrong), "--difference", *door)
    assert (code, out, "wrong.csv:2" in said) == (1, "", True), said

    communes = tmp_path / "communes.csv"
    communes.write_text("code_insee,nom_standard,latitude_centre,longitude_centre\n01053,Bourg,46.2,5.2\n", "utf-8")
    code, out, said = socle("import", "communes", str(communes), *door)
    assert (code, out) == (0, "1 communes chargées\n"), said


def test_files_come_in_from_an_operator_only_and_nothing_of_them_stays(house: RunningHouse) -> None:
    path = "/house/imports/annuaire?name=a.txt"
    for key, status in (("", 401), (house.key("publisher"), 403)):
        assert house.request("POST", path, b"x", key=key)[0] == status
    operator = house.key("operator")
    assert house.request("POST", "/house/imports/other", b"x", key=operator)[0] == 404
    assert house.request("POST", f"{path}&forse=true", b"x", key=operator)[0] == 400
    assert house.request("POST", f"{path}&processes=many", b"x", key=operator)[0] == 400
    assert house.request("POST", f"{path}&processes=17", b"x", key=operator)[0] == 400
    assert house.request("POST", f"{path}&processes=0", b"no heading", key=operator)[0] == 200
    assert house.request("POST", "/house/imports/finess?packed=tar", b"no tar", key=operator)[0] == 400
    status, said, _ = house.request("POST", path, b"no heading", key=operator)
    assert (status, "refused" in str(said)) == (200, True)
    assert list((house.data / "imports").iterdir()) == []


def _tar(name: str, kind: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname, member.size = kind, "/etc/passwd", 4 if kind == tarfile.REGTYPE else 0
        tar.addfile(member, io.BytesIO(b"data"))
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../../escaped.csv", tarfile.REGTYPE),
        ("/tmp/socle-escaped.csv", tarfile.REGTYPE),
        ("link.csv", tarfile.SYMTYPE),
        ("link.csv", tarfile.LNKTYPE),
        ("pipe.csv", tarfile.FIFOTYPE),
    ],
)
def test_a_tar_that_holds_more_than_files_or_reaches_elsewhere_is_refused(
    house: RunningHouse, name: str, kind: bytes
) -> None:
    sent = "/house/imports/finess?packed=tar"
    assert house.request("POST", sent, _tar(name, kind), key=house.key("operator"))[0] == 400
    assert list((house.data / "imports").iterdir()) == []
    assert not (house.data / "escaped.csv").exists()
    assert not Path("/tmp/socle-escaped.csv").exists()
