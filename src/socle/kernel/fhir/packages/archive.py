"""The members of a package, one at a time, in constant memory.

A package comes from anywhere. Nothing is ever written to disk, so a path that climbs out could harm nothing here; it is
refused all the same, with links and devices, because a package that holds one was made to harm somebody.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, Protocol

from socle.kernel.outcome import Kind, Problem, system_said

RULE: Final = "SOCLE-PACKAGE"
_FOLDER: Final = "package"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a package may hold, unpacked: octets in all, octets of one member, members."""

    total: int = 2_000_000_000
    member: int = 64_000_000
    members: int = 100_000


class _TooLarge(Exception):
    pass


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Forward:
    """What is unpacked, read forward only, within bounds: even a header cannot ask for more than a member may hold.

    `tarfile` sees a file; going back is refused (it never needs to).
    """

    def __init__(self, source: _Source, limits: Limits) -> None:
        self._source = source
        self._limits = limits
        self._at = 0

    def tell(self) -> int:
        return self._at

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or position < self._at:
            raise io.UnsupportedOperation("forward only")
        while self._at < position and self.read(min(65_536, position - self._at)):
            pass
        return self._at

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self._limits.member + 1024:  # a header block is read with its padding
            raise _TooLarge
        found = self._source.read(size)
        self._at += len(found)
        if self._at > self._limits.total:
            raise _TooLarge
        return found


def members(path: Path, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """(name below `package/`, contents) of the files directly in the folder `package` of a .tgz, or in a folder.

    Only these are part of a package's definitions; `other/`, `openapi/`, `xml/` … are skipped without being kept.
    Raises: Problem(MALFORMED | TOO_LARGE | RULE_VIOLATED | NOT_FOUND) naming the file and the member.
    """
    return _of_folder(path, limits) if path.is_dir() else _of_archive(path, limits)


def _of_archive(path: Path, limits: Limits) -> Iterator[tuple[str, bytes]]:
    try:
        with path.open("rb") as file, gzip.GzipFile(fileobj=file) as unpacked:
            source = _Forward(unpacked, limits)
            with tarfile.open(fileobj=source, mode="r:", errorlevel=2) as tar:  # type: ignore[call-overload] # file enough
                count = 0
                while (member := tar.next()) is not None:
                    tar.members.clear()  # else it remembers them all
                    count += 1
                    if count > limits.members:
                        raise _too_large(path, "", limits)
                    name = _name(path, member)
                    if member.size > limits.member:
                        raise _too_large(path, member.name, limits)
                    if name and member.isreg():
                        content = tar.extractfile(member)
                        yield name, content.read(member.size) if content is not None else b""
    except _TooLarge:
        raise _too_large(path, "", limits) from None
    except gzip.BadGzipFile as error:
        raise unreadable(path, "ce n'est pas du gzip", "it is not gzip") from error
    except (tarfile.TarError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise unreadable(path, "l'archive est abîmée ou coupée", f"the archive is damaged or cut: {error}") from error
    except OSError as error:
        raise unreadable(path, *system_said(error)) from error


def _name(path: Path, member: tarfile.TarInfo) -> str:
    """The name below `package/` when the member is a file directly there, else "". Raises: Problem(RULE_VIOLATED)."""
    parts = member.name.removeprefix("./").split("/")
    if member.name.startswith("/") or ".." in parts or "\\" in member.name or "\0" in member.name:
        _refuse(path, member.name, "son chemin sort du paquet", "its path leads out of the package")
    if member.issym() or member.islnk():
        _refuse(path, member.name, "c'est un lien", "it is a link")
    if not (member.isreg() or member.isdir()) or member.issparse():
        _refuse(path, member.name, "ce n'est ni un fichier ni un dossier", "it is neither a file nor a folder")
    return parts[1] if len(parts) == 2 and parts[0] == _FOLDER else ""


def _of_folder(path: Path, limits: Limits) -> Iterator[tuple[str, bytes]]:
    folder = path / _FOLDER if (path / _FOLDER).is_dir() else path
    total = 0
    try:
        for count, item in enumerate(sorted(folder.iterdir()), start=1):
            if item.is_symlink():
                _refuse(path, item.name, "c'est un lien", "it is a link")
            if not item.is_file():
                continue
            size = item.stat().st_size
            total += size
            if size > limits.member:
                raise _too_large(path, item.name, limits)
            if total > limits.total or count > limits.members:
                raise _too_large(path, "", limits)
            yield item.name, item.read_bytes()
    except OSError as error:
        raise unreadable(path, *system_said(error)) from error


def _refuse(path: Path, member: str, fr: str, en: str) -> NoReturn:
    shown = printable(member)
    raise Problem.of(
        Kind.RULE_VIOLATED,
        f"{path.name} : le membre « {shown} » est refusé, {fr}. Rien n'a été installé ; reprenez le paquet à sa source.",
        f"{path.name}: member “{shown}” is refused, {en}. Nothing was installed; take the package again from its source.",
        rule=RULE,
    )


def _too_large(path: Path, member: str, limits: Limits) -> Problem:
    what = f" (« {printable(member)} »)" if member else ""
    what_en = f" (“{printable(member)}”)" if member else ""
    return Problem.of(
        Kind.TOO_LARGE,
        f"{path.name} dépasse ce qu'un paquet peut contenir{what} : {limits.member // 10**6} Mo par fichier, "
        f"{limits.total // 10**6} Mo et {limits.members} fichiers en tout. Rien n'a été installé.",
        f"{path.name} exceeds what a package may hold{what_en}: {limits.member // 10**6} MB a file, "
        f"{limits.total // 10**6} MB and {limits.members} files in all. Nothing was installed.",
        rule=RULE,
    )


def unreadable(path: Path, fr: str, en: str) -> Problem:
    """The Problem of a package that cannot be read, and why."""
    return Problem.of(
        Kind.MALFORMED,
        f"{path.name} n'est pas un paquet FHIR lisible ({printable(fr)}). Attendu : un .tgz au format npm, ou le dossier "
        "qu'il donne une fois ouvert.",
        f"{path.name} is no readable FHIR package ({printable(en)}). Expected: a .tgz in npm layout, or the folder that "
        "it makes once unpacked.",
        rule=RULE,
    )


def printable(text: str) -> str:
    """A name from outside as a message may show it: one line, short."""
    shown = "".join(char if char.isprintable() else "�" for char in text)
    return shown if len(shown) <= 120 else shown[:119] + "…"
