"""A process of a pool does not outlive the one that made it."""

import os
import select
import subprocess
import sys

_POOL = """
import os, sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from socle.kernel.parent import end_with_parent
pool = ProcessPoolExecutor(2, get_context("spawn"), end_with_parent)
print(pool.submit(os.getpid).result(), flush=True)
sys.stdin.read()
"""


def test_a_process_of_a_pool_ends_when_its_parent_is_killed() -> None:
    """They hold open for each other the pipe on which they wait for work."""
    command = [sys.executable, "-c", _POOL]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        ended = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    try:
        assert select.select([ended], [], [], 30.0)[0], "still there half a minute after"
    finally:
        os.close(ended)
