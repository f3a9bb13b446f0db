"""Processes that work for another: they end when it does, however it ends.

A pool's processes wait for work on a pipe that they hold open for each other: when the process that gives them work is killed,
they would wait for ever.
"""

import os
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from threading import Thread


def end_with_parent() -> None:
    """Called once by a process of a pool, when it begins: from now on it does not outlive the one that made it."""
    parent = parent_process()
    if parent is not None:
        Thread(target=_follow, args=(parent,), name="parent", daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)  # nobody waits for what is under way
