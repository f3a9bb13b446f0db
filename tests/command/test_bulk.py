"""socle export and socle import ndjson, on a house at rest."""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.house.running import PATIENCE, RunningHouse, beside, typed


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with RunningHouse(tmp_path_factory.mktemp("bulk") / "data", "--no-demo") as running:
        yield running


def patients(count: int) -> list[dict[str, Any]]:
    return [{"resourceType": "Patient", "name": [{"family": f"Nom{n}"}], "active": True} for n in range(count)]


def written(file: Path, lines: list[Any]) -> Path:
    file.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
    return file


@pytest.fixture(scope="module")
def total(house: RunningHouse) -> Callable[[], int]:
    """How many patients there are."""
    key = house.key("publisher")
    return lambda: int(house.get("/sandbox/fhir/Patient?_summary=count", key=key)[1]["total"])


def test_wrong_lines_are_named_and_the_rest_is_imported_then_exported(house: RunningHouse, tmp_path: Path) -> None:
    data = ("--data", str(house.data))
    first = written(tmp_path / "un.ndjson", [*patients(3), '{"resourceType": "Patient", "couleur": 1}'])
    second = written(tmp_path / "deux.ndjson", [{"resourceType": "Organization", "id": "chu", "name": "CHU"}, "{"])
    done = typed("import", "ndjson", str(first), str(second), *data)
    assert done.returncode == 1
    assert done.stdout == "4 ressources importées\n"
    assert "un.ndjson, ligne 4 : " in done.stderr
    assert "deux.ndjson, ligne 2 : " in done.stderr
    assert "Traceback" not in done.stderr

    third = written(tmp_path / "trois.ndjson", ["{"])
    elsewhere = typed("import", "ndjson", str(third), "--url", house.url, "--key", house.key("operator"))
    assert "\ntrois.ndjson, ligne 1 : JSON illisible, colonne " in f"\n{elsewhere.stderr}"
    assert "waiting" not in elsewhere.stderr + elsewhere.stdout

    refused = typed("import", "ndjson", "--refuse", str(first), *data)
    assert refused.returncode == 1
    assert "rien n'a été importé" in refused.stderr

    out = tmp_path / "sorti"
    done = typed("export", str(out), "--type", "Patient", "--type", "Organization", *data)
    assert done.returncode == 0, done.stderr
    files = [line.split("\t") for line in done.stdout.splitlines()]
    assert [(Path(path).name, kind, count) for path, kind, count in files] == [
        ("Organization.1.ndjson", "Organization", "1"), ("Patient.1.ndjson", "Patient", "3")
    ]  # fmt: skip
    names = {json.loads(line)["name"][0]["family"] for line in (out / "Patient.1.ndjson").read_text().splitlines()}
    assert names == {"Nom0", "Nom1", "Nom2"}
    again = typed("export", str(out), *data)
    assert again.returncode == 1
    assert "n'est pas vide" in again.stderr


def test_any_server_that_takes_imports_is_reached_here_or_from_elsewhere(house: RunningHouse, tmp_path: Path) -> None:
    """The terminologies: each line goes through their own rule; from elsewhere, with a key."""
    systems = [
        {"resourceType": "CodeSystem", "id": id, "url": url, "status": "active", "content": "complete"}
        for id, url in (("un", "http://codes.example/un"), ("deux", "http://codes.example/un"))
    ]
    file = written(tmp_path / "codes.ndjson", systems)
    there = ("--server", "/terminologies/fhir", "--url", house.url, "--key", house.key("operator"))
    done = typed("import", "ndjson", str(file), *there)
    assert (done.returncode, done.stdout) == (1, "1 ressources importées\n"), done.stderr
    assert "http://codes.example/un existe déjà" in done.stderr
    here = ("--server", "/terminologies/fhir", "--data", str(house.data))
    for name, where in (("loin", there), ("ici", here)):
        out = tmp_path / name
        done = typed(
            "export", str(out), "--type", "CodeSystem", "--filter", "CodeSystem?url=http://codes.example/un", *where
        )
        assert done.returncode == 0, done.stderr
        [line] = (out / "CodeSystem.1.ndjson").read_text().splitlines()
        assert json.loads(line)["id"] == "un"


def test_a_server_that_is_not_there_or_takes_no_import_is_named(house: RunningHouse, tmp_path: Path) -> None:
    file = written(tmp_path / "un.ndjson", patients(1))
    done = typed("import", "ndjson", str(file), "--server", "/rien/fhir", "--data", str(house.data))
    assert (done.returncode, "/sandbox/fhir" in done.stderr) == (1, True)
    done = typed("import", "ndjson", str(file), "--server", "/ins/fhir", "--data", str(house.data))
    assert (done.returncode, "ne prend pas d'import" in done.stderr) == (1, True)


@pytest.mark.crash
def test_an_import_killed_in_the_middle_goes_on_with_nothing_twice_and_nothing_lost(
    house: RunningHouse, total: Callable[[], int], tmp_path: Path
) -> None:
    count = 8_000
    before = total()
    file = written(tmp_path / "beaucoup.ndjson", [*patients(count // 2), "{", *patients(count // 2)])
    command = [sys.executable, "-m", "socle", "import", "ndjson", str(file), "--data", str(house.data)]
    with beside(command) as process:
        limit = time.monotonic() + PATIENCE
        while total() < before + 1_000:
            assert process.poll() is None
            assert time.monotonic() < limit
        process.send_signal(signal.SIGKILL)
    reached = total()
    assert before < reached < before + count
    done = typed("import", "ndjson", str(file), "--data", str(house.data))
    assert done.stdout == f"{count} ressources importées\n", done.stderr
    assert "ligne 4001 : " in done.stderr
    assert total() == before + count


def test_a_house_that_does_not_answer_is_told_with_what_to_do(tmp_path: Path) -> None:
    file = written(tmp_path / "un.ndjson", patients(1))
    done = typed("import", "ndjson", str(file), "--url", "http://127.0.0.1:9", "--key", "k")
    assert done.stderr == (
        "socle: pas de réponse de http://127.0.0.1:9 : personne n'y répond. Vérifiez l'adresse, et que la maison tourne "
        "(socle up).\n"
    )


def test_a_file_that_is_not_there_is_named(house: RunningHouse, tmp_path: Path) -> None:
    done = typed("import", "ndjson", str(tmp_path / "rien.ndjson"), "--data", str(house.data))
    assert (done.returncode, "rien.ndjson" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
