"""Printing for people: consoles that cannot show a character get its escape, and what was sent drives no terminal."""

from __future__ import annotations

import io
import sys

import click

from mockserver.secrets import one_line


def be_tolerant() -> None:
    """Let output that the console's encoding does not know be spelled out instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str, *, err: bool = False) -> None:
    """Print one line that may hold what clients sent."""
    click.echo(one_line(text), err=err)
