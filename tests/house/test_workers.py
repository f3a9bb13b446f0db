"""A house of several processes: whichever answers, it is one house; one that dies is replaced, none outlives the first."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from tests.house.running import PATIENCE, RunningHouse, socle, typed
from tests.house.test_subscriptions import HERE, Receiver, kind, put, subscribed, subscription, until
from websockets.sync.client import connect

SEVERAL = 12  # connections: all of them by the same process is one chance in two thousand


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    folder = tmp_path_factory.mktemp("several") / "data"
    with RunningHouse(folder, "--no-demo", "--workers", "2", env=HERE) as running:
        yield running


def workers(house: RunningHouse) -> set[int]:
    """Process ids of the others."""
    children = Path(f"/proc/{house.process.pid}/task/{house.process.pid}/children").read_text().split()
    return {int(one) for one in children if b"\0worker\0" in Path(f"/proc/{one}/cmdline").read_bytes()}


def test_what_one_process_wrote_the_others_read_and_find(house: RunningHouse) -> None:
    key = house.key("publisher")
    ids = set()
    for rank in range(SEVERAL):
        organization = {"resourceType": "Organization", "name": f"Plusieurs {rank}"}
        status, made, _ = house.request("POST", "/sandbox/fhir/Organization", organization, key=key)
        assert status == 201
        ids.add(made["id"])
    assert {house.get(f"/sandbox/fhir/Organization/{id}", key=key)[0] for id in ids} == {200}
    found = house.get("/sandbox/fhir/Organization?name=Plusieurs&_count=50", key=key)[1]
    assert {entry["resource"]["id"] for entry in found["entry"]} == ids


def test_a_read_after_an_answered_write_shows_it_whichever_process_wrote_and_whichever_answers(
    house: RunningHouse,
) -> None:
    key = house.key("publisher")
    with ExitStack() as stack:
        kept = [
            stack.enter_context(
                httpx.Client(base_url=f"{house.url}/sandbox/fhir", headers={"Authorization": f"Bearer {key}"})
            )
            for _ in range(SEVERAL)
        ]
        for rank in range(5 * SEVERAL):
            body = {"resourceType": "Organization", "id": "renamed", "name": f"Nom {rank}"}
            assert kept[rank % SEVERAL].put("Organization/renamed", json=body).status_code in (200, 201)
            for client in kept:
                assert client.get("Organization/renamed").json()["name"] == f"Nom {rank}"


def test_each_process_keeps_its_own_chain_of_traces_and_all_are_whole(house: RunningHouse) -> None:
    key = house.key("publisher")
    for rank in range(SEVERAL):
        put(house, key, f"trace{rank}")
    done = typed("audit", "verify", "--data", str(house.data))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_subscriber_is_told_of_what_any_process_wrote(house: RunningHouse) -> None:
    key = house.key("publisher")
    receiver = Receiver()
    try:
        subscribed(house, key, subscription(f"http://127.0.0.1:{receiver.port}/"))
        for rank in range(SEVERAL):
            put(house, key, f"told{rank}")
        until(lambda: {id for id, _ in receiver.events} >= {f"told{rank}" for rank in range(SEVERAL)})
    finally:
        receiver.close()


def test_a_websocket_is_bound_whichever_process_took_the_connection(house: RunningHouse) -> None:
    key = house.key("publisher")
    id = subscribed(house, key, subscription())
    put(house, key, "before")
    url = f"{house.url.replace('http', 'ws')}/sandbox/websocket"
    headers = {"Authorization": f"Bearer {key}"}
    for _ in range(SEVERAL):
        with connect(url, additional_headers=headers) as socket:
            socket.send(f"bind {id}")
            assert kind(json.loads(socket.recv(timeout=PATIENCE))) == "handshake"


def test_a_process_that_dies_is_replaced(house: RunningHouse) -> None:
    before = workers(house)
    assert len(before) == 1
    for one in before:
        os.kill(one, signal.SIGKILL)
    until(lambda: len(workers(house) - before) == 1)
    assert house.get("/health")[0] == 200


def test_a_second_house_is_refused_the_port_although_it_is_shared(house: RunningHouse, tmp_path: Path) -> None:
    done = socle("up", "--data", str(tmp_path / "data"), "--port", str(house.port), "--workers", "2")
    assert done.returncode != 0
    assert str(house.port) in done.stderr


def test_no_process_outlives_the_first_however_it_ends(house: RunningHouse) -> None:
    others = workers(house)
    assert others
    house.stop(signal.SIGKILL)  # the last test of this house
    until(lambda: not any(Path(f"/proc/{one}").exists() for one in others))
