"""`/interoperability/abonnements`: how each subscription is doing, and the letters that never arrived, for an operator."""

import re
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import Response

from socle.foundations.interoperability.actions import subscriptions as actions
from socle.foundations.interoperability.permissions import DEAD_LETTERS, SANDBOX
from socle.kernel.fhir.json import parse
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Handler, Page
from socle.kernel.store import Json
from socle.kernel.subscription import desk
from socle.kernel.subscription.forms import Happened

PATH: Final = "/interoperability/abonnements"
MOST_LETTERS: Final = 50
TONES: Final = {"active": "ok", "requested": "unknown", "error": "refused", "off": "unknown"}


@dataclass(frozen=True, slots=True)
class Row:
    """A subscription as the page shows it. `where`: the host only, an address may hold a secret."""

    id: str
    status: str
    criteria: str
    channel: str
    where: str
    how: desk.Subscriber
    letters: list[Happened]


def show(house: House) -> Handler:
    """The page."""

    async def handle(page: Page) -> Response:
        page.require(DEAD_LETTERS)
        rows = await _rows(house)
        return page.render(
            "subscriptions.html", rows=rows, tones=TONES, most=MOST_LETTERS, trouble=partial(_trouble, page)
        )

    return handle


def settle(house: House) -> Handler:
    """A button of the page: send dead letters again, or drop them."""

    async def handle(page: Page) -> Response:
        ground = page.require(DEAD_LETTERS)
        form = await page.form()
        what, id, number = form.get("quoi"), form.get("abonnement"), form.get("numero")
        if what not in ("renvoyer", "abandonner") or not (number == "" or (number.isdigit() and len(number) < 18)):
            raise Problem.of(
                Kind.INVALID,
                "Ce bouton n'existe pas : revenez à la page des abonnements.",
                "There is no such button: go back to the page of subscriptions.",
            )
        if await desk.find(house.database, SANDBOX, id) is None:
            raise Problem.of(Kind.NOT_FOUND, "Cet abonnement n'existe plus.", "This subscription is no more.")
        act = actions.send_again if what == "renvoyer" else actions.drop
        trace = page.trace(SANDBOX, f"subscription:{what}", ground)
        await act(house, id, int(number) if number else None, by=page.actor, trace=trace)
        return page.redirect(PATH, done="subscriptions.sent" if what == "renvoyer" else "subscriptions.dropped")

    return handle


async def _rows(house: House) -> list[Row]:
    subscribers = await desk.all_of(house.database, SANDBOX)
    store = house.repositories[SANDBOX].store
    found = await store.read_many([("Subscription", one.id) for one in subscribers])
    resources = {stored.id: parse(stored.body) for stored in found}
    rows = []
    for one in subscribers:
        resource: Json = resources.get(one.id, {})
        letters = (
            await desk.events(house.database, SANDBOX, one.id, 0, 10**17, MOST_LETTERS, ("dead",)) if one.dead else []
        )
        channel = resource.get("channel", {})
        rows.append(
            Row(
                one.id,
                resource.get("status", "off"),
                _criteria(resource),
                channel.get("type", ""),
                urlsplit(channel.get("endpoint", "")).netloc.rpartition("@")[2],
                one,
                letters,
            )
        )
    order = {"error": 0, "requested": 1, "active": 2}
    return sorted(rows, key=lambda row: (order.get(row.status, 3), -row.how.dead, row.id))


# What the sending says of a failure (`kernel.outbound.hooks`, `kernel.subscription.sending`), and the text that tells it.
_TROUBLES: Final = (
    (re.compile(r"no answer within (?P<seconds>[\d.]+) s"), "slow"),
    (re.compile(r"HTTP (?P<status>\d+)"), "status"),
    (re.compile("nobody answers there"), "silent"),
    (re.compile("connection cut before an answer"), "cut"),
    (re.compile("certificate refused"), "certificate"),
    (re.compile("unknown host"), "host"),
    (re.compile(r"address not allowed \(SOCLE_HOOKS\)"), "reach"),
    (re.compile("no websocket|closed"), "websocket"),
)


def _trouble(page: Page, error: str) -> str:
    """Why the last sending failed, in a sentence; what is rarer as it was said."""
    for said, key in _TROUBLES:
        if found := said.fullmatch(error):
            return page.text(f"trouble.{key}", **found.groupdict())
    return error


def _criteria(resource: Json) -> str:
    """What is watched; the filter, when a topic is named."""
    for one in resource.get("_criteria", {}).get("extension", ()):
        if "valueString" in one:
            return str(one["valueString"])
    return str(resource.get("criteria", ""))
