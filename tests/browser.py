"""A real browser for the tests of pages: fixtures, and the checks that every page must pass.

Import the fixtures in a test file: `from tests.browser import browser, served`. Without Chromium the tests are skipped
and say why: pages are then unverified on this machine, which is worth knowing.
"""

import contextlib
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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


def chromium() -> str | None:
    """The Chromium of this machine: `SOCLE_CHROMIUM`, else the first found on the path."""
    return os.environ.get("SOCLE_CHROMIUM") or next(filter(None, map(shutil.which, CANDIDATES)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser, closed at the end of the file."""
    executable = chromium()
    if executable is None:
        pytest.skip("no Chromium here: install the package `chromium`, or set SOCLE_CHROMIUM to its path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
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


def context(browser: Any, *, phone: bool = False, dark: bool = False, script: bool = True, **more: Any) -> Any:
    """A fresh browser context, French, as wide and as bright as asked."""
    return browser.new_context(
        viewport=PHONE if phone else WIDE,
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
        locale="fr-FR",
        **more,
    )


def violations(page: Any) -> list[str]:
    """What axe finds wrong with the page as it stands (WCAG 2.2 AA and best practices)."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['help']}: {[node['html'][:160] for node in v['nodes'][:3]]}" for v in found]


def overflow(page: Any) -> int:
    """By how many pixels the page is wider than the screen: 0, or a phone scrolls sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
