"""`python -m service.cli` is `orgline`."""

from __future__ import annotations

from service.cli import main

main()
