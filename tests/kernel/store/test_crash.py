"""Kill -9 at any moment, again and again: nothing acknowledged is lost, nothing is half-written."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.kernel.store import crash_worker

ROUNDS = 16


def killed_house(folder: Path, known: Path, first: int, after: int, dice: random.Random) -> list[int]:
    """One life: start, prove, write until `after` acknowledgements, die. The units acknowledged."""
    command = [sys.executable, str(crash_worker.__file__), str(folder), str(known), str(first)]
    path = os.pathsep.join([str(Path.cwd()), *sys.path])
    with (
        (folder.parent / "said").open("w+") as said_wrong,  # a pipe that nobody reads would stop it
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=said_wrong, text=True, env={**os.environ, "PYTHONPATH": path}
        ) as process,
    ):
        assert process.stdout is not None
        server = int(process.stdout.readline())
        said = process.stdout.readline()
        if said != "whole\n":
            process.kill()
            process.wait()
            pytest.fail(f"round {first}: {(folder.parent / 'said').read_text()}")
        lines = [process.stdout.readline() for _ in range(after)]
        victims = [process.pid, server]
        if dice.random() < 0.5:
            victims.reverse()
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        lines += process.stdout.readlines()
    return [int(line) for line in lines if line.endswith("\n")]


@pytest.mark.crash
def test_a_house_killed_again_and_again_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    dice = random.Random(20261122)
    known = tmp_path / "acknowledged"
    known.write_text("")
    total = 0
    for turn in range(ROUNDS):
        acknowledged = killed_house(tmp_path / "data", known, turn * 10_000, dice.randrange(0, 60), dice)
        total += len(acknowledged)
        with known.open("a") as file:
            file.write("".join(f"{n}\n" for n in acknowledged))
    killed_house(tmp_path / "data", known, ROUNDS * 10_000, 0, dice)
    assert total > ROUNDS
