"""A real browser for the tests of pages: fixtures, and the checks that every page must pass.

Import the fixtures in a test file: `from tests.browser import browser, served`. Without Chromium the tests are skipped
and say why: pages are then unverified on this machine, which is worth knowing.
"""

import contextlib
import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import uvicorn

CANDIDATES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
ZOOMED = {"width": 640, "height": 450}
"""What remains of a wide screen for a page shown at 200 per cent."""
PATIENCE = 120_000
"""Milliseconds before what does not come is missed: a busy machine takes long, and only a failure waits to the end."""


def chromium() -> str | None:
    """The Chromium of this machine: `SOCLE_CHROMIUM`, else the first found on the path. The headless shell, which has no
    window to draw, takes half the processor's time.
    """
    return os.environ.get("SOCLE_CHROMIUM") or next(filter(None, map(shutil.which, CANDIDATES)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser, closed at the end of the file."""
    executable = chromium()
    if executable is None:
        pytest.skip(
            "no Chromium here: install `chromium-headless-shell` (or `chromium`), or set SOCLE_CHROMIUM to its path"
        )
    from playwright.sync_api import Locator, expect, sync_playwright

    click = Locator.click

    def click_through(self: Locator, **options: Any) -> None:
        click(self, **options)
        self.page.wait_for_load_state()

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright's click ends when the next page begins to arrive: its scripts may not be there, nor its last rows.
        patch.setattr(Locator, "click", click_through)
        running = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield running
        running.close()


@contextlib.contextmanager
def served(application: Any) -> Iterator[str]:
    """Serve an ASGI application on a free local port, in a thread; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(3000):  # a whole house may take a while to open
        if server.started:
            break
        time.sleep(0.02)
    assert server.started, "the server did not start"
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def context(
    browser: Any,
    *,
    phone: bool = False,
    zoomed: bool = False,
    dark: bool = False,
    script: bool = True,
    locale: str = "fr-FR",
    **more: Any,
) -> Any:
    """A fresh browser context, French, as wide and as bright as asked."""
    opened = browser.new_context(
        viewport=PHONE if phone else ZOOMED if zoomed else WIDE,
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
        locale=locale,
        **more,
    )
    opened.set_default_timeout(PATIENCE)
    return opened


CONTRAST = ["color-contrast", "link-in-text-block"]
"""The rules that look at what is painted: they measure each word, nine tenths of the time that axe takes."""

AXE = """async palette => {
    const run = (context, options) => axe.run(context, {resultTypes: ["violations"], preload: false, ...options});
    const rules = Object.fromEntries(CONTRAST.map(rule => [rule, {enabled: false}]));
    const found = palette === "light" ? (await run(document, {rules})).violations : [];
    // What is painted like three before it (same tags, classes, styles and states, from the page down to its last part) has
    // their colours: it is put aside.
    const mark = "data-painted-as-before", painted = /^(class|style|hidden|open|disabled|checked|data-|fill|stroke)/;
    const told = /^aria-(current|pressed|selected|expanded|checked|disabled|invalid|sort)$/;
    const said = ({name}) => name !== mark && (painted.test(name) || told.test(name));
    const own = node => node.tagName + [...node.attributes].filter(said).map(({name, value}) => name + value);
    const looks = new Map([[document.documentElement, ""]]), seen = new Map();
    for (const node of document.body.querySelectorAll("*")) {
        const from = (looks.get(node.parentNode) ?? "") + ">" + own(node);
        const look = from + "|" + [...node.querySelectorAll("*")].map(own);
        looks.set(node, from);
        seen.set(look, (seen.get(look) ?? 0) + 1);
        node.toggleAttribute(mark, seen.get(look) > 3);
    }
    const aside = new CSSStyleSheet(), worn = document.adoptedStyleSheets;
    aside.replaceSync(`[${mark}] { display: none !important }`);
    document.adoptedStyleSheets = [...worn, aside];
    found.push(...(await run(document, {runOnly: {type: "rule", values: CONTRAST}})).violations);
    document.adoptedStyleSheets = worn;
    return found.map(one => [one.id, one.help, one.nodes.slice(0, 3).map(node => node.html.slice(0, 160))]);
}""".replace("CONTRAST", json.dumps(CONTRAST))


def violations(page: Any, *, dark: bool = False) -> list[str]:
    """What axe finds wrong with the page as it stands (WCAG 2.2 AA and best practices).

    dark  the same page in the dark palette too: nothing but its colours changes (`prefers-color-scheme` is in the tokens of
          the shell alone), so that only their rules are tried again, without loading the page again
    """
    page.evaluate(_axe())
    found = page.evaluate(AXE, "light")
    if dark:
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found += [[f"dark {rule}", *more] for rule, *more in page.evaluate(AXE, "dark")]
        page.emulate_media(color_scheme="light", reduced_motion="null")
    return [f"{rule}: {text}: {nodes}" for rule, text, nodes in found]


@cache
def _axe() -> str:
    from axe_playwright_python.base import AXE_SCRIPT

    return str(AXE_SCRIPT)


def overflow(page: Any) -> int:
    """By how many pixels the page is wider than the screen: 0, or a phone scrolls sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def cut(page: Any) -> list[str]:
    """The tables of which a part is out of sight on a phone of 360 pixels, and how much of each."""
    page.set_viewport_size({"width": 360, "height": 740})
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll(".scroll")].filter(one => one.scrollWidth > one.clientWidth + 1)
            .map(one => `${one.ariaLabel}: ${one.scrollWidth - one.clientWidth}`)"""
    )
    return found
