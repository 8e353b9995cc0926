"""Durations as people write them on a command line."""

from __future__ import annotations

import re
from datetime import timedelta

import click

MAX_LIFETIME = timedelta(days=3660)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Lifetime(click.ParamType[timedelta]):
    """A duration such as ``90s``, ``30m``, ``8h`` or ``7d``."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        match = re.fullmatch(r"([1-9][0-9]{0,7})([smhd])", str(value))
        if match is None:
            self.fail(f"{value!r} is not a duration such as 30m, 8h or 7d", param, ctx)
        lifetime = timedelta(**{_UNITS[match[2]]: int(match[1])})
        if lifetime > MAX_LIFETIME:
            self.fail(f"{value!r} is longer than ten years", param, ctx)
        return lifetime
