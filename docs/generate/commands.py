"""The command line: every command with its options, and the environment variables they can be given as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from contracts.cli import main as suite
from docs.generate.markdown import table
from mockserver.cli import main

_MANY = 4
_OF_THE_SUITE = {
    "FLEXPRICE_BASE_URL": ("Base URL of the target `real`.", "`contracts`"),
    "FLEXPRICE_API_KEY": ("Its key.", "`contracts`"),
    "FLEXPRICE_ENVIRONMENT_ID": ("Its environment, for a key that is bound to none.", "`contracts`"),
}


def walk(group: click.Group, trail: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command below a group with its full name, groups left out."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = suite if not trail and name == "contracts" else group.get_command(context, name)
        assert command is not None
        full = f"{trail}{name}"
        if isinstance(command, click.Group):
            yield from walk(command, f"{full} ")
        else:
            yield full, command


def options_of(command: click.Command) -> list[click.Option]:
    """A command's options but ``--help``."""
    return [p for p in command.params if isinstance(p, click.Option) and p.name not in ("help", "version")]


def _variable(option: click.Option) -> str:
    return f"`{option.envvar}`" if option.envvar else ""


def _default(option: click.Option) -> str:
    if option.required:
        return "must be given"
    value = option.default
    if option.is_flag and not option.secondary_opts and value in (None, False):
        return ""
    # click's own mark for "no default" is an object, never a plain value.
    return f"`{value}`" if isinstance(value, (str, int, float, Path)) and value != "" else ""


def _spelled(option: click.Option) -> str:
    return " / ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))


def _meaning(option: click.Option, name: str) -> str:
    if not option.help:
        raise ValueError(f"{name} {option.opts[0]} has no help, and the reference is made from it")
    choices = (
        f" One of {', '.join(f'`{c}`' for c in option.type.choices)}." if isinstance(option.type, click.Choice) else ""
    )
    return option.help + choices + (" May be repeated." if option.multiple and "repeat" not in option.help else "")


def _table_of(found: Sequence[click.Option], name: str) -> str:
    if any(option.envvar for option in found):
        rows = [(_spelled(o), _variable(o), _meaning(o, name), _default(o)) for o in found]
        return table(("option", "environment variable", "meaning", "default"), rows)
    return table(("option", "meaning", "default"), [(_spelled(o), _meaning(o, name), _default(o)) for o in found])


def serve() -> str:
    """The options of ``serve``."""
    return _table_of(options_of(main.commands["serve"]), "serve")


def _shared(found: Iterable[tuple[str, click.Command]]) -> dict[tuple[str, str | None], tuple[str, click.Option]]:
    """The options that many commands have in common, by spelling and help, each with a command that has it."""
    times: Counter[tuple[str, str | None]] = Counter()
    first: dict[tuple[str, str | None], tuple[str, click.Option]] = {}
    for name, command in found:
        for option in options_of(command):
            times[_spelled(option), option.help] += 1
            first.setdefault((_spelled(option), option.help), (name, option))
    return {key: first[key] for key, number in times.items() if number >= _MANY}


def others() -> str:
    """Every other command with its arguments and options; what many share is told once, at the top."""
    found = [(name, command) for name, command in walk(main) if name != "serve"]
    shared = _shared(found)
    parts = ["Options that many commands share:", _table_of([option for _, option in shared.values()], "a command")]
    for name, command in found:
        arguments = "".join(
            f" {p.make_metavar(click.Context(command))}" for p in command.params if p.param_type_name == "argument"
        )
        if not command.help:
            raise ValueError(f"{name} has no help, and the reference is made from it")
        text = " ".join(command.help.split("\n\n")[0].split())
        parts.append(f"### `flexprice-mock {name}{arguments}`\n\n{text}")
        own = [option for option in options_of(command) if (_spelled(option), option.help) not in shared]
        also = [_spelled(option) for option in options_of(command) if (_spelled(option), option.help) in shared]
        if own:
            parts.append(_table_of(own, name))
        if also:
            parts.append(f"Shared: {', '.join(also)}.")
    return "\n\n".join(parts)


def variables() -> str:
    """Every variable with the commands that read it."""
    users: dict[str, tuple[str, dict[str, None]]] = {}
    for name, command in walk(main):
        for option in options_of(command):
            if isinstance(option.envvar, str):
                users.setdefault(option.envvar, (_meaning(option, name), {}))[1][f"`{name.split()[0]}`"] = None
    rows = [(f"`{name}`", meaning, ", ".join(used)) for name, (meaning, used) in sorted(users.items())]
    rows += [(f"`{name}`", *row) for name, row in _OF_THE_SUITE.items()]
    return table(("variable", "meaning", "read by"), rows)
