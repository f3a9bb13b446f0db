"""Subscriptions of a real house: over websockets, and told of what was committed just before it was killed."""

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.house.running import PATIENCE, RunningHouse
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import connect

from socle.kernel.subscription.topics import CHANGE

HERE = {"SOCLE_HOOKS": "127.0.0.0/8"}  # a house without demonstration calls nobody on its own machine unless told
IG = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"


class Receiver:
    """A small web server that keeps what it is sent. Closed, its port refuses connections."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.port = 0
        self.open()

    def open(self) -> None:
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def events(self) -> set[tuple[str, str]]:
        """(id, version) of the resources told of."""
        entries = [entry for body in self.bodies for entry in body["entry"][1:]]
        return {(one["resource"]["id"], one["resource"]["meta"]["versionId"]) for one in entries}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    there = Receiver()
    yield there
    there.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with RunningHouse(tmp_path_factory.mktemp("told") / "data", "--no-demo", env=HERE) as running:
        yield running


def subscription(endpoint: str = "", *, topic: bool = True) -> dict[str, Any]:
    channel: dict[str, Any] = {"type": "rest-hook" if endpoint else "websocket"}
    if endpoint:
        channel["endpoint"] = endpoint
    made: dict[str, Any] = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "essai",
        "channel": channel,
    }
    if not topic:
        return {**made, "criteria": "Patient?active=true"}
    channel["payload"] = "application/fhir+json"
    channel["_payload"] = {"extension": [{"url": f"{IG}/backport-payload-content", "valueCode": "full-resource"}]}
    filters = [{"url": f"{IG}/backport-filter-criteria", "valueString": "Patient?active=true"}]
    return {**made, "criteria": CHANGE.url, "_criteria": {"extension": filters}}


def subscribed(house: RunningHouse, key: str, resource: dict[str, Any]) -> str:
    """The id of a subscription, once it is active."""
    status, made, _ = house.request("POST", "/sandbox/fhir/Subscription", resource, key=key)
    assert status == 201, made
    until(lambda: house.get(f"/sandbox/fhir/Subscription/{made['id']}", key=key)[1]["status"] == "active")
    return str(made["id"])


def until(happened: Any, seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.05)


def put(house: RunningHouse, key: str, id: str) -> None:
    patient = {"resourceType": "Patient", "id": id, "active": True}
    assert house.request("PUT", f"/sandbox/fhir/Patient/{id}", patient, key=key)[0] in (200, 201)


def test_a_websocket_opened_with_a_token_is_told_of_events(house: RunningHouse) -> None:
    key = house.key("publisher")
    id = subscribed(house, key, subscription())
    put(house, key, "before")  # waits until somebody is there
    _, given, _ = house.get(f"/sandbox/fhir/Subscription/{id}/$get-ws-binding-token", key=key)
    said = {one["name"]: next(v for k, v in one.items() if k.startswith("value")) for one in given["parameter"]}
    assert said["websocket-url"] == f"{house.url.replace('http', 'ws')}/sandbox/websocket"
    with connect(said["websocket-url"]) as socket:
        socket.send(f"bind-with-token {said['token']}")
        kinds = [kind(json.loads(socket.recv(timeout=PATIENCE))) for _ in range(2)]
        assert kinds == ["handshake", "event-notification"]
        put(house, key, "after")
        bundle = json.loads(socket.recv(timeout=PATIENCE))
        assert bundle["entry"][1]["resource"]["id"] == "after"
    with connect(said["websocket-url"]) as socket:
        socket.send(f"bind-with-token {said['token']}")  # it served
        assert str(socket.recv(timeout=PATIENCE)).startswith("error")


def kind(bundle: dict[str, Any]) -> str:
    return next(one["valueCode"] for one in bundle["entry"][0]["resource"]["parameter"] if one["name"] == "type")


def test_a_websocket_of_r4_is_bound_by_its_owner_and_pinged(house: RunningHouse) -> None:
    key = house.key("publisher")
    id = subscribed(house, key, subscription(topic=False))
    url = f"{house.url.replace('http', 'ws')}/sandbox/websocket"
    with connect(url, additional_headers={"Authorization": f"Bearer {key}"}) as socket:
        socket.send(f"bind {id}")
        assert socket.recv(timeout=PATIENCE) == f"bound {id}"
        put(house, key, "pinged")
        assert socket.recv(timeout=PATIENCE) == f"ping {id}"
    for headers in ({}, {"Authorization": f"Bearer {house.key('publisher')}"}):
        with connect(url, additional_headers=headers) as socket:
            socket.send(f"bind {id}")
            assert str(socket.recv(timeout=PATIENCE)).startswith("error")


@pytest.mark.parametrize("how", ["off", "deleted"])
def test_a_websocket_whose_subscription_is_over_is_closed(house: RunningHouse, how: str) -> None:
    key = house.key("publisher")
    id = subscribed(house, key, subscription(topic=False))
    url = f"{house.url.replace('http', 'ws')}/sandbox/websocket"
    with connect(url, additional_headers={"Authorization": f"Bearer {key}"}) as socket:
        socket.send(f"bind {id}")
        assert socket.recv(timeout=PATIENCE) == f"bound {id}"
        there = f"/sandbox/fhir/Subscription/{id}"
        if how == "off":
            house.request("PUT", there, {**subscription(topic=False), "id": id, "status": "off"}, key=key)
        else:
            house.request("DELETE", there, key=key)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1001, "subscription off")


def test_what_no_websocket_is_stays_pages_and_a_flood_is_cut(house: RunningHouse) -> None:
    assert house.get("/sandbox/websocket")[0] == 404
    with connect(f"{house.url.replace('http', 'ws')}/sandbox/websocket") as socket:
        with contextlib.suppress(WebSocketException):  # it may be cut before all is sent
            socket.send("x" * 1_000_000)
        with pytest.raises(WebSocketException):
            socket.recv(timeout=PATIENCE)
    assert house.get("/health")[0] == 200


@pytest.mark.crash
def test_a_house_killed_after_the_commit_tells_when_it_is_back(tmp_path: Path, receiver: Receiver) -> None:
    data = tmp_path / "data"
    with RunningHouse(data, "--no-demo", env=HERE) as first:
        key = first.key("publisher")
        subscribed(first, key, subscription(f"http://127.0.0.1:{receiver.port}/hook"))
        put(first, key, "told")
        until(lambda: receiver.events == {("told", "1")})
        receiver.close()
        for n in range(20):
            put(first, key, f"p{n}")
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
    receiver.open()
    with RunningHouse(data, "--no-demo", env=HERE):
        wanted = {("told", "1"), *((f"p{n}", "1") for n in range(20))}
        until(lambda: receiver.events == wanted, 60)
