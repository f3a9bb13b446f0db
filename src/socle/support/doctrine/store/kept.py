"""Forms already made, kept in the data folder so that a house that starts again does not make them again."""

import contextlib
import os
from pathlib import Path


class Kept:
    """Files in a folder, by edition, form and content. Whatever goes wrong here only costs time: the form is made again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, edition: str, digest: str, ending: str) -> bytes | None:
        """What was kept, None when there is nothing."""
        try:
            return self._path(edition, digest, ending).read_bytes()
        except OSError:
            return None

    def write(self, edition: str, digest: str, ending: str, content: bytes) -> None:
        """Keep a form, whole or not at all; what the edition was before is forgotten."""
        path = self._path(edition, digest, ending)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(content)
            beside.replace(path)
            for other in self._folder.glob(f"{edition}-*.{ending}"):
                if other != path:
                    other.unlink(missing_ok=True)

    def _path(self, edition: str, digest: str, ending: str) -> Path:
        return self._folder / f"{edition}-{digest}.{ending}"
