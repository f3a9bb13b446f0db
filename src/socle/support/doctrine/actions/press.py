"""The forms that take time to make: PDF, EPUB, OSCAL. Made in a thread, once for each content, by one maker at a time."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from socle.support.doctrine.forms.digest import pdf_digest
from socle.support.doctrine.forms.epub import to_epub
from socle.support.doctrine.forms.everything import as_bytes
from socle.support.doctrine.forms.oscal import document, to_profile
from socle.support.doctrine.forms.pdf import to_pdf
from socle.support.doctrine.model import Addressee, Edition
from socle.support.doctrine.store.kept import Kept


@dataclass(slots=True)
class _Copies:
    """What was made of an edition, by the name of the form; a form that is being made is there already."""

    edition: Edition
    making: dict[str, asyncio.Task[bytes]] = field(default_factory=dict)


class Press:
    """Makes forms and remembers them for as long as the edition stays the same."""

    def __init__(self, folder: Path, titles: Mapping[str, str]) -> None:
        """`folder` is where PDF are kept from one start to the next; `titles`: what modules are called, by name."""
        self._kept = Kept(folder)
        self._titles = titles
        self._copies: dict[str, _Copies] = {}

    async def pdf(self, edition: Edition) -> bytes:
        """The PDF. Raises: Problem(INVALID) when the edition cannot be typeset."""
        return await self._made(edition, "pdf", self._pdf)

    async def epub(self, edition: Edition) -> bytes:
        """The EPUB."""
        return await self._made(edition, "epub", to_epub)

    async def oscal(self, edition: Edition, model: str) -> bytes:
        """One of the OSCAL documents of the whole edition (`forms.oscal.MODELS`)."""
        return await self._made(edition, model, lambda one: as_bytes(document(model, one, self._titles)))

    async def profile(self, edition: Edition, addressee: Addressee) -> bytes:
        """What one kind of addressee must do, as an OSCAL profile."""
        return await self._made(edition, f"profile-{addressee}", lambda one: as_bytes(to_profile(one, addressee)))

    async def _made(self, edition: Edition, name: str, make: Callable[[Edition], bytes]) -> bytes:
        copies = self._copies.get(edition.id)
        if copies is None or copies.edition is not edition:
            copies = self._copies[edition.id] = _Copies(edition)
        task = copies.making.get(name)
        if task is None or _failed(task):
            task = copies.making[name] = asyncio.create_task(asyncio.to_thread(make, edition))
        return await asyncio.shield(task)  # whoever leaves first does not stop it for the others

    def _pdf(self, edition: Edition) -> bytes:
        digest = pdf_digest(edition)
        found = self._kept.read(edition.id, digest, "pdf")
        if found is None:
            found = to_pdf(edition)
            self._kept.write(edition.id, digest, "pdf", found)
        return found


def _failed(task: asyncio.Task[bytes]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
