"""The demonstration login: a signed cookie, worth something only here and only for a working day."""

from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.policy import ANONYMOUS, Actor, Means
from socle.kernel.rest.demo_login import COOKIE, LIFETIME, DemoLogin

CAMILLE = Actor("demo-camille", "Camille Durand", frozenset({"auditor"}), Means.DEMO)
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def login(secret: bytes = b"secret", now: datetime = NOW, *, secure: bool = False, demo: bool = True) -> DemoLogin:
    return DemoLogin({"camille": CAMILLE} if demo else {}, secret, lambda: now, secure=secure)


def value(header: str) -> str:
    return SimpleCookie(header)[COOKIE].value


async def who(cookie: str, desk: DemoLogin) -> Actor:
    return await desk.identify({}, {COOKIE: cookie})


async def test_the_cookie_given_is_the_person_chosen() -> None:
    assert await who(value(login().log_in("camille")), login()) == CAMILLE


async def test_no_cookie_is_nobody() -> None:
    assert await login().identify({}, {}) is ANONYMOUS


def test_scripts_and_other_sites_cannot_use_the_cookie() -> None:
    header = login().log_in("camille")
    assert "HttpOnly" in header
    assert "SameSite=Strict" in header
    assert "Secure" not in header
    assert "; Secure" in login(secure=True).log_in("camille")


async def test_the_cookie_of_another_house_is_worth_nothing() -> None:
    assert await who(value(login(b"another").log_in("camille")), login()) is ANONYMOUS


async def test_a_cookie_lasts_a_working_day() -> None:
    cookie = value(login().log_in("camille"))
    assert await who(cookie, login(now=NOW + LIFETIME - timedelta(seconds=1))) == CAMILLE
    assert await who(cookie, login(now=NOW + LIFETIME)) is ANONYMOUS


async def test_a_longer_life_cannot_be_written_into_it() -> None:
    name, expires, signature = value(login().log_in("camille")).split(".")
    assert await who(f"{name}.{int(expires) + 1}.{signature}", login()) is ANONYMOUS


async def test_without_demonstration_nobody_logs_in_and_old_cookies_are_worth_nothing() -> None:
    cookie = value(login().log_in("camille"))
    assert await who(cookie, login(demo=False)) is ANONYMOUS
    with pytest.raises(KeyError):
        login(demo=False).log_in("camille")


def test_a_demonstration_person_cannot_claim_a_stronger_proof() -> None:
    with pytest.raises(ValueError, match="DEMO"):
        DemoLogin({"x": Actor("x", "X", means=Means.API_KEY)}, b"secret", lambda: NOW)


def test_leaving_empties_the_cookie() -> None:
    header = login().log_out()
    assert value(header) == ""
    assert "Max-Age=0" in header


@given(st.text(max_size=60))
async def test_any_other_cookie_is_nobody(cookie: str) -> None:
    assert await who(cookie, login()) is ANONYMOUS
