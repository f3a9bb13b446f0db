"""What a stranger sees first: the house opens, answers, refuses clearly, closes cleanly, opens again with what it kept."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house.running import PATIENCE, RunningHouse, free_port, socle, typed

from socle.catalogue import MODULES
from socle.kernel.fhir.check import check

ORGANIZATION = {"resourceType": "Organization", "name": "CHU d'Essai"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with RunningHouse(tmp_path_factory.mktemp("house") / "data", "--population", "50") as running:
        yield running


def test_health_is_open_and_says_ok(house: RunningHouse) -> None:
    status, body, _ = house.get("/health")
    assert (status, body["status"]) == (200, "ok")


def test_the_doors_are_printed(house: RunningHouse) -> None:
    said = house.log.read_text()
    for door in ("/sandbox/fhir", "/ins/fhir", "/ins ", "/insi/lps", "actor create"):
        assert door in said


@pytest.mark.parametrize("path", ["/", "/connexion", "/modules", "/sandbox/fhir/metadata", "/ins/fhir/metadata"])
def test_every_door_answers(house: RunningHouse, path: str) -> None:
    assert house.get(path)[0] == 200


def test_what_every_fhir_server_says_of_itself_is_legal(house: RunningHouse) -> None:
    for endpoint in (endpoint for module in MODULES for endpoint in module.endpoints):
        status, statement, _ = house.get(f"{endpoint.base}/metadata")
        assert status == 200
        check(statement, expected_type="CapabilityStatement")


def test_the_desk_asks_who_you_are(house: RunningHouse) -> None:
    status, page, _ = house.get("/ins")
    assert status == 401
    assert "/connexion?next=" in page


def test_a_key_made_while_the_house_runs_is_accepted_at_once(house: RunningHouse) -> None:
    status, made, headers = house.request(
        "POST", "/sandbox/fhir/Organization", ORGANIZATION, key=house.key_by_command("publisher")
    )
    assert status == 201
    assert headers["location"].endswith(f"/sandbox/fhir/Organization/{made['id']}/_history/1")


def test_the_key_is_all_that_actor_create_prints_on_standard_output(house: RunningHouse) -> None:
    made = socle("actor", "create", "--name", "X", "--role", "publisher", "--data", str(house.data))
    assert made.stdout.startswith("socle_")
    assert len(made.stdout.split()) == 1


def test_an_unknown_role_is_refused_and_the_known_ones_named(house: RunningHouse) -> None:
    made = typed("actor", "create", "--name", "X", "--role", "roi", "--data", str(house.data))
    assert made.returncode != 0
    assert "publisher" in made.stderr
    assert "Traceback" not in made.stderr


def test_what_a_script_reads_of_the_actors_is_whole_one_line_each(house: RunningHouse) -> None:
    roles = ["identity-agent", "care-offer-feeder", "publisher"]
    name = "[/bold] Un logiciel dont le nom est bien plus long que les autres"
    _, made, _ = house.request("POST", "/house/actors", {"name": name, "roles": roles}, key=house.key("operator"))
    listed = typed("actor", "list", "--data", str(house.data)).stdout.splitlines()
    [line] = [one for one in listed if one.startswith(made["id"])]
    assert name in line
    assert all(role in line for role in roles)


def test_a_revoked_key_stops_working(house: RunningHouse) -> None:
    operator = house.key("operator")
    _, made, _ = house.request("POST", "/house/actors", {"name": "Y", "roles": ["publisher"]}, key=operator)
    assert house.get("/house/status", key=operator)[0] == 200
    assert typed("actor", "revoke", made["id"], "--url", house.url, "--key", operator).returncode == 0
    assert house.get("/sandbox/fhir/Patient", key=made["key"])[0] == 401


def test_the_console_is_for_operators(house: RunningHouse) -> None:
    assert house.get("/house/status")[0] == 401
    assert house.get("/house/status", key=house.key("publisher"))[0] == 403


def test_a_second_house_on_the_same_folder_is_told_so(house: RunningHouse) -> None:
    second = socle("up", "--data", str(house.data), "--port", str(free_port()))
    assert second.returncode != 0
    assert str(house.data) in second.stderr
    assert "Traceback" not in second.stderr


def test_a_taken_port_is_told_before_anything_starts(house: RunningHouse, tmp_path: Path) -> None:
    second = socle("up", "--data", str(tmp_path / "other"), "--port", str(house.port))
    assert second.returncode != 0
    assert str(house.port) in second.stderr
    assert "Traceback" not in second.stderr
    assert not (tmp_path / "other").exists()


def test_a_folder_that_cannot_be_made_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = socle("up", "--data", str(tmp_path / "file" / "data"), "--port", str(free_port()))
    assert said.returncode != 0
    assert "--data" in said.stderr
    assert "Traceback" not in said.stderr


def test_status_counts_what_there_is(house: RunningHouse) -> None:
    said = typed("status", "--data", str(house.data))
    assert said.returncode == 0
    assert "sandbox" in said.stdout


def test_the_traces_are_whole(house: RunningHouse) -> None:
    said = typed("audit", "verify", "--data", str(house.data))
    assert said.returncode == 0, said.stdout + said.stderr


def test_resetting_the_sandbox_empties_it_and_keeps_the_traces(house: RunningHouse) -> None:
    key = house.key("publisher")
    house.request("POST", "/sandbox/fhir/Organization", ORGANIZATION, key=key)
    assert typed("sandbox", "reset", "--yes", "--data", str(house.data)).returncode == 0
    _, found, _ = house.get("/sandbox/fhir/Organization?_summary=count", key=key)
    assert found["total"] == 0
    assert typed("audit", "verify", "--data", str(house.data)).returncode == 0


def test_a_script_empties_the_sandbox_only_when_it_says_so(house: RunningHouse) -> None:
    key = house.key("publisher")
    house.request("POST", "/sandbox/fhir/Organization", ORGANIZATION, key=key)
    said = socle("sandbox", "reset", "--data", str(house.data))
    assert said.returncode != 0
    assert "--yes" in said.stderr
    _, found, _ = house.get("/sandbox/fhir/Organization?_summary=count", key=key)
    assert found["total"] > 0


def test_a_command_without_a_house_says_what_to_do(tmp_path: Path) -> None:
    said = typed("status", "--data", str(tmp_path / "nothing"))
    assert said.returncode != 0
    assert "socle up" in said.stderr


def test_a_house_elsewhere_asks_for_a_key_by_the_option_that_gives_it(house: RunningHouse) -> None:
    said = typed("status", "--url", house.url)
    assert said.returncode != 0
    assert "--key" in said.stderr
    assert "Authorization" not in said.stderr


def test_an_address_that_is_none_is_told_what_one_looks_like() -> None:
    said = typed("status", "--url", "maison", "--key", "x")
    assert said.returncode != 0
    assert "http://" in said.stderr


def test_nobody_at_the_address_is_a_line_not_a_traceback() -> None:
    said = typed("status", "--url", f"http://127.0.0.1:{free_port()}", "--key", "x")
    assert said.returncode != 0
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_and_keeps_what_it_was_given(tmp_path: Path, number: int) -> None:
    data = tmp_path / "data"
    with RunningHouse(data, "--no-demo") as first:
        key = first.key("publisher")
        _, made, _ = first.request("POST", "/sandbox/fhir/Organization", ORGANIZATION, key=key)
        assert first.stop(number) == 0
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", first.port)) != 0
    with RunningHouse(data, "--no-demo") as second:
        assert second.get(f"/sandbox/fhir/Organization/{made['id']}")[1]["name"] == ORGANIZATION["name"]


def test_after_kill_9_it_opens_again_with_what_was_acknowledged(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = RunningHouse(data, "--no-demo")
    key = first.key("publisher")
    _, made, _ = first.request("POST", "/sandbox/fhir/Organization", ORGANIZATION, key=key)
    first.process.kill()
    first.process.wait()
    with RunningHouse(data, "--no-demo") as second:
        assert second.get(f"/sandbox/fhir/Organization/{made['id']}")[0] == 200
        assert typed("audit", "verify", "--data", str(data)).returncode == 0


def test_a_database_that_is_killed_starts_again_and_the_house_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with RunningHouse(data, "--no-demo") as house:
        key = house.key("publisher")
        _, made, _ = house.request("POST", "/sandbox/fhir/Organization", ORGANIZATION, key=key)
        pid_file = data / "postgres" / "postmaster.pid"
        before = pid_file.read_text().split()[0]
        os.kill(int(before), signal.SIGKILL)
        limit = time.monotonic() + PATIENCE
        status, server = 0, before  # its children may still answer for a moment
        while (status != 201 or server in ("", before)) and time.monotonic() < limit:
            status, _, _ = house.request("POST", "/sandbox/fhir/Organization", ORGANIZATION, key=key)
            assert status in (201, 503)
            time.sleep(0.05)
            server = pid_file.read_text().partition("\n")[0] if pid_file.exists() else ""
        assert status == 201
        assert house.get(f"/sandbox/fhir/Organization/{made['id']}")[0] == 200
        assert house.get("/health")[0] == 200
        assert typed("audit", "verify", "--data", str(data)).returncode == 0


def test_help_teaches_in_both_languages() -> None:
    assert "Démarre" in socle("up", "--help").stdout
    assert "Starts" in socle("--lang", "en", "up", "--help").stdout
