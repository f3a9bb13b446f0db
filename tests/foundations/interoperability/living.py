"""A whole house that lives in a loop of its own, in a thread, while a browser asks. Nothing here tests anything."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any

from tests.browser import context, cut, overflow, served, violations
from tests.foundations.interoperability.houses import Sandbox

Application = Callable[[Any, Any, Any], Any]


class _Loop:
    """A loop in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@contextmanager
def living(opened: Callable[[], AbstractAsyncContextManager[Sandbox]]) -> Iterator[tuple[Application, str]]:
    """The application of the house that `opened` gives, to be served by another loop, and an operator's key."""
    ours = _Loop()
    over = asyncio.Event()
    ready = threading.Event()
    found: list[Any] = []

    async def live() -> None:
        async with opened() as house:
            found.extend([house.app, house.keys["operator"]])
            ready.set()
            await over.wait()

    life = asyncio.run_coroutine_threadsafe(live(), ours.loop)
    assert ready.wait(60)
    app, key = found

    async def bridged(scope: Any, receive: Any, send: Any) -> None:
        """From the server's loop to the house's and back."""
        server = asyncio.get_running_loop()

        async def there_receive() -> Any:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(receive(), server))

        async def there_send(message: Any) -> None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(send(message), server))

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(app(scope, there_receive, there_send), ours.loop))

    yield bridged, key
    ours.loop.call_soon_threadsafe(over.set)
    life.result(60)
    ours.close()


@contextmanager
def shown(browser: Any, lived: tuple[Application, str], path: str, *, phone: bool, dark: bool) -> Iterator[Any]:
    """A page as an operator sees it; what an assistive tool or a narrow screen would stumble on is none."""
    app, key = lived
    with served(app) as address:
        here = context(browser, phone=phone, dark=dark, bypass_csp=True)
        here.set_extra_http_headers({"Authorization": f"Bearer {key}"})
        page = here.new_page()
        page.goto(f"{address}{path}")
        yield page
        assert overflow(page) == 0
        assert not phone or cut(page) == []
        assert violations(page) == []
        here.close()
