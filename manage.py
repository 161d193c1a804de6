#!/usr/bin/env python
"""The command line of a clone; an installation calls the same `menkou`."""

from __future__ import annotations

from portal.command import main

if __name__ == "__main__":
    main()
