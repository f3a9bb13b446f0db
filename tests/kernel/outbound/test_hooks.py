"""Where notifications may lead: an address that somebody else chose is judged before anything is sent to it."""

import ipaddress
from collections.abc import Sequence

import pytest
from tests.foundations.interoperability.receivers import receiving

from socle.kernel.outbound.hooks import Failed, Hooks, Reach
from socle.kernel.outcome import Problem


def allowed(reach: Reach, address: str, host: str = "receiver.example") -> bool:
    return reach.allows(host, ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "172.16.0.9", "169.254.169.254", "0.0.0.0", "::", "fe80::1",
        "fd00::1", "224.0.0.1", "100.64.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "255.255.255.255",
    ],
)  # fmt: skip
def test_by_default_only_the_internet_is_reached(address: str) -> None:
    assert not allowed(Reach.read("", demo=False), address)


def test_a_demonstration_may_tell_its_own_machine_and_no_private_network() -> None:
    reach = Reach.read("", demo=True)
    assert allowed(reach, "127.0.0.1")
    assert allowed(reach, "::ffff:127.0.0.1")
    assert allowed(reach, "8.8.8.8")
    assert not allowed(reach, "10.0.0.1")


def test_a_list_is_all_that_is_reached() -> None:
    reach = Reach.read("his.example, 10.2.0.0/16", demo=True)
    assert allowed(reach, "10.2.3.4")
    assert allowed(reach, "192.168.0.1", "his.example")
    assert not allowed(reach, "10.3.0.1")
    assert not allowed(reach, "8.8.8.8")
    assert not allowed(reach, "127.0.0.1")
    assert allowed(Reach.read("*,10.2.0.0/16", demo=False), "8.8.8.8")


@pytest.mark.parametrize("item", ["10.0.0.0/99", "http://his.example/"])
def test_an_item_that_is_nothing_is_refused(item: str) -> None:
    with pytest.raises(Problem, match="SOCLE_HOOKS"):
        Reach.read(item, demo=False)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/", "file:///etc/passwd", "http://", "http:///x", "http://u:p@a.example/", "http://a.example/#x",
        "http://a.example/ x", "http://a.example/é", "http://a.example:99999/", "http://[::1", "http://127.0.0.1/",
        "http://a.example/" + "x" * 3_000,
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(Problem, match="Adresse de notification refusée"):
        Reach.read("", demo=False).check(url)


async def test_a_name_that_leads_inside_is_not_followed() -> None:
    async def inside(host: str, port: int) -> Sequence[str]:
        return ["10.0.0.7"]

    with pytest.raises(Failed, match="SOCLE_HOOKS"):
        await Hooks(Reach(), resolve=inside).send("POST", "http://a.example/", {}, b"", timeout=1)


async def test_the_connection_goes_to_the_address_that_was_judged_with_the_name_that_was_asked() -> None:
    asked = 0

    async def rebinding(host: str, port: int) -> Sequence[str]:
        nonlocal asked
        asked += 1
        return ["127.0.0.1"] if asked == 1 else ["10.0.0.7"]

    async with receiving() as receiver:
        hooks = Hooks(Reach(loopback=True), resolve=rebinding)
        url = f"http://a.example:{receiver.port}/x?y=1"
        assert await hooks.send("POST", url, {"X-Mine": "1"}, b"{}", timeout=60) == 200
        await hooks.close()
    [letter] = receiver.letters
    assert (letter.path, letter.headers["host"]) == ("/x?y=1", f"a.example:{receiver.port}")


async def test_what_does_not_succeed_says_why_in_a_word() -> None:
    async with receiving() as receiver:
        hooks = Hooks(Reach(loopback=True))
        for status in (199 + 101, 307, 404, 500):
            receiver.status = status
            with pytest.raises(Failed, match=f"HTTP {status}"):
                await hooks.send("POST", receiver.url, {}, b"", timeout=60)
        receiver.hang = True
        with pytest.raises(Failed, match="no answer within"):
            await hooks.send("POST", receiver.url, {}, b"", timeout=0.1)
        await receiver.down()
        with pytest.raises(Failed, match="nobody answers there"):
            await hooks.send("POST", receiver.url, {}, b"", timeout=60)
        await hooks.close()
