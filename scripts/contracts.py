"""Import contracts that the linter does not have: each is one sentence of ARCHITECTURE.md."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

ROOMS = ("socle.foundations", "socle.services", "socle.platforms", "socle.support")


class _Pairs(Contract):
    """A contract broken by single imports: `broken` lists them, the rest is the same for all."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every forbidden import, with its line."""
        found = [
            (importer, imported, detail["line_number"], detail["line_contents"])
            for importer, imported in self.broken(graph)
            for detail in graph.get_import_details(importer=importer, imported=imported)
        ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def broken(self, graph: ImportGraph) -> list[tuple[str, str]]:
        """Forbidden (importer, imported) pairs."""
        raise NotImplementedError

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line an import."""
        for importer, imported, line, text in check.metadata["found"]:
            output.print_error(f"{importer} imports {imported} (line {line}: {text})")


def _module_of(name: str) -> str | None:
    """The module of the house that `name` belongs to: "socle.foundations.ins.rules" → "socle.foundations.ins"."""
    parts = name.split(".")
    return ".".join(parts[:3]) if len(parts) >= 3 and ".".join(parts[:2]) in ROOMS else None


def _imports(graph: ImportGraph) -> list[tuple[str, str]]:
    return [(m, i) for m in sorted(graph.modules) for i in sorted(graph.find_modules_directly_imported_by(m))]


def _inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


class PrivateParts(_Pairs):
    """You may ask a module what it knows and ask it to act; its drawers, doors and phone are its own."""

    type_name = "private_parts"
    parts: Any = fields.StringField()

    def broken(self, graph: ImportGraph) -> list[tuple[str, str]]:
        """Imports of another module's private part."""
        parts = str(self.parts).split()
        return [
            (importer, imported)
            for importer, imported in _imports(graph)
            if (owner := _module_of(imported))
            and _module_of(importer) != owner
            and set(imported.split(".")[3:]) & set(parts)
        ]


class IndependentRooms(_Pairs):
    """Modules of one room do not import each other, directly."""

    type_name = "independent_rooms"
    room: Any = fields.StringField()

    def broken(self, graph: ImportGraph) -> list[tuple[str, str]]:
        """Imports between two modules of the room."""
        room = str(self.room)
        return [
            (importer, imported)
            for importer, imported in _imports(graph)
            if _inside(importer, room)
            and _inside(imported, room)
            and _module_of(importer)
            and _module_of(imported)
            and _module_of(importer) != _module_of(imported)
        ]


class Outsider(_Pairs):
    """A module that must not know any of the others, even through somebody."""

    type_name = "outsider"
    outsider: Any = fields.StringField()
    forbidden: Any = fields.StringField()

    def broken(self, graph: ImportGraph) -> list[tuple[str, str]]:
        """Imports by the outsider, or by what it imports, of a forbidden package."""
        outsider, forbidden = str(self.outsider), str(self.forbidden).split()
        if outsider not in graph.modules:
            return []
        reached = graph.find_upstream_modules(outsider, as_package=True) | {
            m for m in graph.modules if _inside(m, outsider)
        }
        return [
            (importer, imported)
            for importer, imported in _imports(graph)
            if importer in reached and any(_inside(imported, package) for package in forbidden)
        ]


class NamedDoors(_Pairs):
    """A third-party part is imported only where its door is."""

    type_name = "named_doors"
    doors: Any = fields.ListField(subfield=fields.StringField())

    def broken(self, graph: ImportGraph) -> list[tuple[str, str]]:
        """Imports of a part elsewhere than at its doors."""
        found = []
        for line in self.doors:
            part, _, allowed = str(line).partition(":")
            doors = allowed.split()
            root = part.split(".")[0]
            if part not in graph.modules and root not in graph.modules:
                continue
            target = part if part in graph.modules else root
            found += [
                (importer, target)
                for importer in sorted(graph.find_modules_that_directly_import(target))
                if not any(_inside(importer, d) or fnmatch(importer, d) or fnmatch(importer, d + ".*") for d in doors)
            ]
        return found
