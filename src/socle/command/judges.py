"""Who judges the texts of `socle validate`: this command alone, the house of a data folder, a house that runs elsewhere."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from socle.command import door
from socle.command.language import LANGUAGE, t
from socle.command.report import CommandError
from socle.kernel.fhir.validation import CoreCodes, Judged, Report, Source, judge_text
from socle.kernel.outcome import Issue, Text

if TYPE_CHECKING:
    from socle.assembly.console import Console
    from socle.kernel.fhir.packages.library import Looking

_LISTED = 10
_RULE = "https://socle-sante.example/fhir/CodeSystem/rule"


class Judge(Protocol):
    """One run of the command."""

    async def know(self, profiles: Sequence[str]) -> None:
        """Refuse a profile that nothing here defines: everything would be judged by something else. Raises: CommandError."""
        ...

    async def judge(self, source: Source, profiles: Sequence[str]) -> Judged:
        """The report on one text."""
        ...


class Alone:
    """FHIR R4 and the packages given; no house."""

    def __init__(self, packages: Sequence[Path]) -> None:
        from socle.kernel.fhir.packages.library import library_of

        self._library = library_of(packages)
        self._codes = CoreCodes(self._library)
        self._now = datetime.now(UTC).astimezone()

    async def know(self, profiles: Sequence[str]) -> None:
        """As a Judge."""
        await _know(self._library, profiles, "")

    async def judge(self, source: Source, profiles: Sequence[str]) -> Judged:
        """As a Judge."""
        report = judge_text(source, self._library, self._codes, profiles=profiles, now=self._now, language=LANGUAGE)
        return Judged(source, report)


class InHouse:
    """What is installed and loaded in a house, and the packages given."""

    def __init__(self, console: "Console", packages: Sequence[Path], data: Path) -> None:
        self._validator, self._library = console.validator(packages)
        self._data = data
        self._now = datetime.now(UTC).astimezone()

    async def know(self, profiles: Sequence[str]) -> None:
        """As a Judge."""
        await _know(self._library(), profiles, f" --data {self._data}")

    async def judge(self, source: Source, profiles: Sequence[str]) -> Judged:
        """As a Judge."""
        [judged] = await self._validator.judge_texts([source], profiles=profiles, now=self._now, language=LANGUAGE)
        return judged


class Elsewhere:
    """A house that is asked over HTTP; it says itself when it does not know a profile."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key

    async def know(self, profiles: Sequence[str]) -> None:
        """As a Judge."""

    async def judge(self, source: Source, profiles: Sequence[str]) -> Judged:
        """As a Judge."""
        asked = [("format", "json"), ("language", LANGUAGE), ("name", "text"), *(("profile", one) for one in profiles)]
        path = f"/interoperability/validate?{urlencode(asked)}"
        with NamedTemporaryFile() as file:
            file.write(source.data)
            file.flush()
            [row] = door.remote(self._url, self._key, "POST", path, file=Path(file.name), media="application/fhir+json")
        issues = row["outcome"]["issue"]
        if row["valid"] and len(issues) == 1 and "details" not in issues[0] and "expression" not in issues[0]:
            issues = []  # an outcome needs an issue: this one says that there is none
        return Judged(source, Report(tuple(_issue(one) for one in issues), tuple(row["profiles"]), ()))


def _issue(said: dict[str, Any]) -> Issue:
    places = [one.get("valueInteger", 0) for one in said.get("extension", ())]
    line, column = (places[0], places[1]) if len(places) == 2 else (0, 0)
    rule = next((one["code"] for one in said.get("details", {}).get("coding", ()) if one.get("system") == _RULE), "")
    text = said.get("diagnostics", "")
    return Issue(
        Text(text, text), tuple(said.get("expression", ())), rule, said["code"], said["severity"], line, column
    )


async def _know(library: "Looking", profiles: Sequence[str], where: str) -> None:
    for url in profiles:
        while (held := library.structure(url)) is None:
            if not await library.fetch():
                why = library.problem(url)
                raise CommandError(_unknown(url, where) if why is None else str(why.issues[0].text.to(LANGUAGE)))
        if not held.get("snapshot", {}).get("element"):
            raise CommandError(
                t(
                    f"le profil {url} n'a pas de snapshot : donnez un paquet qui en a un",
                    f"the profile {url} has no snapshot: give a package that has one",
                )
            )


def _unknown(url: str, where: str) -> str:
    return t(
        f"le profil {url} n'est défini nulle part ici : donnez son paquet avec --package FICHIER.tgz, ou installez-le "
        f"(« socle fhir install FICHIER.tgz{where} ») et nommez la maison avec --data",
        f"the profile {url} is defined nowhere here: give its package with --package FILE.tgz, or install it "
        f"(“socle fhir install FILE.tgz{where}”) and name the house with --data",
    )


def unknown_definitions(urls: Sequence[str], where: str) -> str:
    """What is said once, at the end, of profiles and extensions that resources name and nobody here knows."""
    listed = ", ".join(urls[:_LISTED]) + (" …" if len(urls) > _LISTED else "")
    return t(
        f"définitions inconnues ici, d'après lesquelles rien n'a été vérifié : {listed}. Donnez leurs paquets avec --package "
        f"FICHIER.tgz, ou installez-les dans une maison (« socle fhir install FICHIER.tgz{where} ») et nommez-la avec --data.",
        f"definitions unknown here, by which nothing was checked: {listed}. Give their packages with --package FILE.tgz, or "
        f"install them in a house (“socle fhir install FILE.tgz{where}”) and name it with --data.",
    )
