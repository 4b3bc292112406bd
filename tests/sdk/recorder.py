"""A client of the official SDK that keeps a list of the operations called through it.

Needs nothing but the SDK: it also runs in environments that hold another release and nothing else.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from flexprice import Flexprice
from flexprice.models import errors


class Recorder:
    """``on.customers.create_customer(...)`` calls that operation of the SDK.

    ``refuses`` names operations whose answers this release of the SDK cannot read, though the real server gives the
    same ones. The answer then is what the server sent, and the refusal is kept in ``refused``. Anything else that goes
    wrong is raised.
    """

    def __init__(self, client: Flexprice, refuses: Iterable[str] = ()) -> None:
        self.client = client
        self.expected = frozenset(refuses)
        self.called: set[str] = set()
        self.refused: dict[str, str] = {}

    def __getattr__(self, family: str) -> _Family:
        return _Family(self, family)

    def has(self, name: str) -> bool:
        """Whether this release has an operation of that name."""
        family, operation = name.split(".")
        return hasattr(getattr(self.client, family), operation)

    def takes(self, name: str, argument: str) -> bool:
        """Whether an operation of this release has such an argument."""
        family, operation = name.split(".")
        return argument in inspect.signature(getattr(getattr(self.client, family), operation)).parameters

    def call(self, name: str, operation: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        self.called.add(name)
        try:
            return operation(**arguments)
        except errors.ResponseValidationError as error:
            if name not in self.expected:
                raise
            self.refused[name] = str(error.cause)
            return view(json.loads(error.body))


class _Family:
    def __init__(self, recorder: Recorder, name: str) -> None:
        self._recorder, self._name = recorder, name

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        found = getattr(getattr(self._recorder.client, self._name), operation)
        name = f"{self._name}.{operation}"
        return lambda **arguments: self._recorder.call(name, found, arguments)


def view(value: Any) -> Any:
    """JSON with its objects' members as attributes, None where there is none, as the SDK's models have them."""
    if isinstance(value, dict):
        return _View(**{key: view(each) for key, each in value.items()})
    return [view(each) for each in value] if isinstance(value, list) else value


class _View(SimpleNamespace):
    def __getattr__(self, name: str) -> None:
        return None


def refusal(call: Callable[[], Any]) -> errors.FlexpriceError | None:
    """What a call is refused with; None if it is not refused."""
    try:
        call()
    except errors.FlexpriceError as error:
        return error
    return None


def status_of(call: Callable[[], Any]) -> int:
    """The status a call is refused with; 0 if it is not refused."""
    error = refusal(call)
    return 0 if error is None else int(error.status_code)


def operations(client: Flexprice, family: str) -> dict[str, tuple[str, str]]:
    """Every operation of a family with its method and path below ``/v1``, as the SDK's code has them."""
    found = {}
    for name, function in inspect.getmembers(getattr(client, family), inspect.ismethod):
        if name.startswith(("_", "do_request")) or name.endswith("_async"):
            continue
        sent = re.search(r'method="(\w+)",\s*path="([^"]*)"', inspect.getsource(function))
        if sent is not None:
            found[f"{family}.{name}"] = (sent[1], sent[2])
    return found
