"""The forms of the doctrine: how long each takes to make, the whole build, and OSCAL beside compliance-trestle.

    python -m bench.doctrine_forms [--rounds 5] [--requirements 2000]

Measured on the edition in force as shipped, and on the same one grown until it has `--requirements` requirements. Ours
reads a catalog back into an edition (`from_catalog`) and loads and checks the edition's files; trestle reads the three
OSCAL documents into its model (its import) and runs all its validators. Targets: the whole build within 30 seconds.
"""

import argparse
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from trestle.core.validator_factory import validator_factory
from trestle.oscal.catalog import Catalog
from trestle.oscal.component import ComponentDefinition
from trestle.oscal.profile import Profile

from bench.loading import rounds_of
from socle.catalogue import MODULES
from socle.support.doctrine.actions import folders
from socle.support.doctrine.forms.everything import everything
from socle.support.doctrine.forms.oscal import from_catalog
from socle.support.doctrine.model import Chapter, Edition

READERS: dict[str, Any] = {"catalog": Catalog, "profile": Profile, "component-definition": ComponentDefinition}
ALL = validator_factory.get(argparse.Namespace(mode="all"))
TITLES = {module.name: module.title.fr for module in MODULES}


def seconds(rounds: int, act: Callable[[], object]) -> tuple[float, float, float]:
    """Median, fastest and slowest of some rounds, after one that does not count."""
    taken = rounds_of(rounds, act)
    return median(taken), min(taken), max(taken)


def line(name: str, taken: tuple[float, float, float], more: str = "") -> None:
    """One figure."""
    print(f"  {name:<44} {taken[0]:8.3f} s   {taken[1]:7.3f} to {taken[2]:7.3f}   {more}".rstrip(), flush=True)


def grown(edition: Edition, size: int) -> Edition:
    """The same edition with each chapter's requirements repeated under other numbers until there are `size`."""
    times = -(-size // len(edition.requirements))

    def grow(chapter: Chapter) -> Chapter:
        more = tuple(
            replace(one, id=f"{one.id[:4]}{copy}{one.id[4:]}" if copy else one.id)
            for copy in range(times)
            for one in chapter.requirements
        )
        return replace(chapter, requirements=more)

    return replace(edition, chapters=tuple(grow(chapter) for chapter in edition.chapters))


def forms(edition: Edition, rounds: int) -> dict[str, bytes]:
    """Each form, then all of them; the OSCAL files."""
    made: dict[str, bytes] = {}
    total = 0.0
    for name, make in everything(edition, titles=TITLES, url="http://127.0.0.1:8000"):
        files = make()
        taken = seconds(rounds, make)
        total += taken[0]
        line(name, taken, f"{len(files)} files, {sum(map(len, files.values())) / 1e6:.2f} MB")
        made.update(files)
    print(f"  {'sum of the medians':<44} {total:8.3f} s")
    return made


def oscal(made: dict[str, bytes], edition: Edition, rounds: int) -> None:
    """Our reading beside trestle's, on the same files."""
    documents = {model: made[f"oscal/{model}.json"] for model in READERS}
    assert from_catalog(orjson.loads(documents["catalog"])) == edition, "something was lost on the way"
    line("ours: catalog read back, whole", seconds(rounds, lambda: from_catalog(orjson.loads(documents["catalog"]))))
    with tempfile.TemporaryDirectory() as place:
        for model, content in documents.items():
            (Path(place) / f"{model}.json").write_bytes(content)

        def read(model: str) -> Any:
            found = READERS[model].oscal_read(Path(place) / f"{model}.json")
            assert found is not None
            return found

        for model in READERS:
            line(f"trestle: {model} read", seconds(rounds, lambda model=model: read(model)))  # type: ignore[misc]
        for model in READERS:
            found = read(model)

            def validate(found: Any = found) -> None:
                assert ALL.model_is_valid(found, True)

            line(f"trestle: {model} validated", seconds(rounds, validate))


def commands(edition: str) -> None:
    """The commands as a person runs them, start of Python included; each once."""
    tools = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as place:

        def run(name: str, *command: str) -> None:
            begun = time.perf_counter()
            subprocess.run(command, cwd=place, check=True, capture_output=True)
            taken = time.perf_counter() - begun
            line(name, (taken, taken, taken))

        socle, trestle = str(tools / "socle"), str(tools / "trestle")
        run("socle doctrine build", socle, "doctrine", "build", edition, "--out", "made")
        run("socle doctrine export --format oscal", socle, "doctrine", "export", "--format", "oscal")
        run("trestle init", trestle, "init", "--local")
        with tempfile.TemporaryDirectory() as outside:
            for model in READERS:
                path = Path(outside, f"{model}.json")
                path.write_bytes(Path(place, "made", "oscal", f"{model}.json").read_bytes())
                run(f"trestle import, {model}", trestle, "import", "-f", str(path), "-o", "doctrine")
        run("trestle validate --all", trestle, "validate", "--all")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requirements", type=int, default=2_000)
    options = parser.parse_args()
    logging.disable(logging.INFO)
    known = folders.known_modules(TITLES)
    edition = folders.current_edition(known)
    for title, one in (
        (f"Edition {edition.id} as shipped", edition),
        (f"The same, grown to {options.requirements} requirements", grown(edition, options.requirements)),
    ):
        print(f"{title}: {len(one.chapters)} chapters, {len(one.requirements)} requirements\n")
        print("  Forms (median, fastest to slowest)")
        made = forms(one, options.rounds)
        print("\n  OSCAL beside compliance-trestle, in one process")
        if one is edition:
            line("ours: files loaded and checked", seconds(options.rounds, lambda: folders.current_edition(known)))
        oscal(made, one, options.rounds)
        print()
    print("Commands, start of Python included")
    commands(edition.id)


if __name__ == "__main__":
    main()
