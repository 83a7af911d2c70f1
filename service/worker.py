"""The process that answers requests, as the server starts it."""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.process import BaseProcess
from typing import Final

from litestar import Litestar

from service.app import from_environment

ORPHANED: Final = 3
"""The exit code of a worker whose parent is gone."""


def application() -> Litestar:
    """The application; its process must not outlive the one that people know and end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), name="orgline-parent", daemon=True).start()
    return from_environment()


def _end_with(parent: BaseProcess) -> None:
    """End this process when its parent has ended without a word (kill -9), else the port stays taken."""
    parent.join()
    os._exit(ORPHANED)
