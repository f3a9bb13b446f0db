"""A package that is a file or a folder: its manifest at once, its resources one at a time."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from socle.kernel.fhir.packages.archive import Limits, members, unreadable
from socle.kernel.fhir.packages.entry import NOT_RESOURCES, Entry, entry_of
from socle.kernel.fhir.packages.manifest import Manifest, manifest_of
from socle.kernel.outcome import Kind, Problem


class Resource(NamedTuple):
    """A resource of a package: what it is, and its JSON as it was written."""

    entry: Entry
    body: bytes


@dataclass(frozen=True, slots=True)
class Package:
    """A package at hand, its resources not read yet."""

    manifest: Manifest
    path: Path
    limits: Limits

    @classmethod
    def open(cls, path: Path, limits: Limits | None = None) -> "Package":
        """The package at `path`: a .tgz, or the folder that it makes.

        Raises: Problem(NOT_FOUND | MALFORMED | INVALID | TOO_LARGE | RULE_VIOLATED).
        """
        limits = limits or Limits()
        if not path.exists():
            raise Problem.of(
                Kind.NOT_FOUND, f"{path} : il n'y a rien à cet endroit.", f"{path}: there is nothing there."
            )
        for name, content in members(path, limits):
            if name == "package.json":
                return cls(manifest_of(content, path), path, limits)
        raise unreadable(path, "sans package/package.json", "without package/package.json")

    def resources(self) -> Iterator[Resource]:
        """Its resources, in constant memory. Raises: as `open`, at any moment: keep nothing until the end."""
        for name, content in members(self.path, self.limits):
            if name.endswith(".json") and name not in NOT_RESOURCES:
                entry = entry_of(content, self.path, name)
                if entry is not None:
                    yield Resource(entry, content)

    def as_archive(self, folder: Path) -> Path:
        """A .tgz of this package: itself, or one made in `folder` when it is a folder. Raises: as `open`."""
        if self.path.is_file():
            return self.path
        made = folder / "package.tgz"
        with tarfile.open(made, "w:gz") as tar:
            for name, content in members(self.path, self.limits):
                member = tarfile.TarInfo(f"package/{name}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return made


def is_package(path: Path) -> bool:
    """Whether a folder is a package, and not a shelf of packages."""
    return (path / "package.json").is_file() or (path / "package" / "package.json").is_file()


def packages_at(path: Path) -> list[Path]:
    """Where packages are: `path` itself, or the .tgz files and package folders directly in it, sorted.

    Raises: Problem(NOT_FOUND) when there is none.
    """
    if not path.is_dir() or is_package(path):
        return [path]
    found = [
        item
        for item in sorted(path.iterdir())
        if (item.is_file() and item.name.endswith((".tgz", ".tar.gz"))) or (item.is_dir() and is_package(item))
    ]
    if not found:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"{path} ne contient aucun paquet : ni package.json, ni fichier .tgz.",
            f"{path} holds no package: neither package.json nor any .tgz file.",
        )
    return found
