"""The data folder belongs to one house at a time."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from socle.kernel.outcome import Issue, Kind, Problem, Text, system_said

_NAME = "house.lock"


class FolderInUse(Problem):
    """Another house runs on this data folder; `pid` is its process, 0 when unknown."""

    def __init__(self, folder: Path, pid: int) -> None:
        self.pid = pid
        who_fr = f" (processus {pid})" if pid else ""
        who_en = f" (process {pid})" if pid else ""
        text = Text(
            f"Le dossier de données {folder} sert déjà à une autre maison{who_fr}. "
            "Arrêtez-la, ou choisissez un autre dossier avec --data.",
            f"The data folder {folder} is already used by another house{who_en}. "
            "Stop it, or choose another folder with --data.",
        )
        super().__init__(Kind.CONFLICT, Issue(text))


class FolderUnusable(Problem):
    """The data folder can be neither made nor written in; `error` is what the system says."""

    def __init__(self, folder: Path, error: OSError) -> None:
        said = system_said(error)
        text = Text(
            f"Le dossier de données {folder} ne peut pas servir ({said.fr}). Choisissez avec --data un dossier où vous "
            "pouvez écrire.",
            f"The data folder {folder} cannot be used ({said.en}). Choose with --data a folder where you may write.",
        )
        super().__init__(Kind.INVALID, Issue(text))


class FolderLock:
    """An exclusive lock on a data folder; the kernel releases it when this process dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        """Take the lock, making the folder if need be.

        Raises: FolderInUse, FolderUnusable.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Not inherited by children: PostgreSQL outliving us must not keep the folder.
            self._descriptor = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FolderUnusable(folder, error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            written = os.read(self._descriptor, 32).strip()
            os.close(self._descriptor)
            raise FolderInUse(folder, int(written) if written.isdigit() else 0) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Give the folder back; harmless twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()
