"""Requests from what the routes declare: a value for each field that its type would take, or one it would not."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from mockserver.http.fields import (
    AnyObject,
    Anything,
    Bool,
    Int,
    Money,
    Part,
    PartMap,
    Parts,
    Text,
    TextListMap,
    TextMap,
    Texts,
    Time,
)
from mockserver.http.schema import In
from tests.security.fuzzing import values

_MANY = (1000, 1001, 2000, 3000)


@dataclass(frozen=True, slots=True)
class Shape:
    """One operation: what may be sent to it."""

    method: str
    rule: str
    body: In | None = None
    query: In | None = None


@dataclass(slots=True)
class Known:
    """What answers have named so far, to be asked for again."""

    ids: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=lambda: ["cust_001", "image_generated"])

    def learn(self, value: Any, depth: int = 0) -> None:
        """Remember the ids and names of an answer."""
        if isinstance(value, dict) and depth < 4:
            for key, item in list(value.items())[:40]:
                if isinstance(item, str) and 0 < len(item) < 80:
                    if key == "id" or key.endswith("_id"):
                        kept = self.ids.setdefault(item.partition("_")[0], [])
                        if item not in kept and len(kept) < 40:
                            kept.append(item)
                    elif key in ("external_id", "lookup_key", "code", "event_name", "currency"):
                        self.texts = [*self.texts[-40:], item]
                else:
                    self.learn(item, depth + 1)
        elif isinstance(value, list):
            for item in value[:5]:
                self.learn(item, depth + 1)

    def an_id(self, rng: random.Random, name: str = "") -> str:
        """An id, of the kind its parameter's name suggests if there is one."""
        wanted = [ids for prefix, ids in self.ids.items() if name and prefix and prefix[:4] in name]
        return rng.choice(rng.choice(wanted or list(self.ids.values()) or [["none"]]))


class Maker:
    """Values for declared fields; one in ``oddity`` is absurd."""

    def __init__(self, rng: random.Random, known: Known, oddity: float) -> None:
        self.rng, self.known, self.oddity = rng, known, oddity

    def body(self, schema: In, depth: int = 0) -> dict[str, Any]:
        """An object of the schema; required fields are nearly always there."""
        declared: Mapping[str, Any] = schema.fields
        result: dict[str, Any] = {}
        for name, known in declared.items():
            required = "required" in getattr(known, "tags", ())
            if self.rng.random() < (0.97 if required else 0.3 / (depth + 1)):
                result[known.data_key or name] = self.value(name, known, depth)
        return result

    def value(self, name: str, known: Any, depth: int = 0) -> Any:
        """A value for one field."""
        rng = self.rng
        odd = rng.random() < self.oddity
        if odd and rng.random() < 0.3:
            return values.anything(rng)
        if isinstance(known, Part):
            return self.body(known.nested_schema, depth + 1) if depth < 4 else {}
        if isinstance(known, Parts):
            part = self.body(known.bound_part.nested_schema, depth + 1) if depth < 4 else {}
            return [part] * rng.choice(_MANY) if odd else [part]
        if isinstance(known, PartMap):
            return {self.text("id", odd): self.body(known.bound_part.nested_schema, depth + 1) if depth < 4 else {}}
        if isinstance(known, Bool):
            return rng.random() < 0.5
        if isinstance(known, Int):
            return rng.choice(values.NUMBERS) if odd else rng.choice((0, 1, 2, 5, 30))
        if isinstance(known, Money):
            return rng.choice(values.NUMBERS + values.DECIMALS) if odd else rng.choice(("1", "0.5", "10", "2.25"))
        if isinstance(known, Time):
            return self.time(odd)
        if isinstance(known, Texts):
            return [self.text(name, odd)] * (rng.choice(_MANY) if odd else 1)
        if isinstance(known, TextMap):
            return {self.text("key", odd)[:400]: self.text("text", odd)}
        if isinstance(known, TextListMap):
            return {self.text("key", odd)[:400]: [self.text("text", odd)]}
        if isinstance(known, (AnyObject, Anything)):
            return {"a": values.anything(rng) if odd else rng.choice((1, "2", 2.5)), "model": "dall-e-3"}
        return self.named(name, known, odd)

    def named(self, name: str, known: Any, odd: bool) -> Any:
        """A text, by the field's name."""
        choices = known.metadata.get("enum") if isinstance(known, Text) else None
        if choices and not odd:
            return self.rng.choice(list(choices))
        return self.text(name, odd)

    def text(self, name: str, odd: bool) -> str:
        rng = self.rng
        if name == "expression":
            return rng.choice(values.FORMULAS if odd else ("a", "a * 2", "max(a, b)"))
        if odd:
            return rng.choice(values.TEXTS + (values.DECIMALS if rng.random() < 0.2 else ()))
        if "currency" in name:
            return "usd"
        if name.endswith(("_date", "_time", "_at")):
            return self.time(odd)
        if name == "id" or name.endswith(("_id", "_ids")):
            return self.known.an_id(rng, name)
        if "email" in name:
            return "a@example.com"
        if "timezone" in name:
            return rng.choice(("UTC", "Asia/Kolkata", "America/New_York"))
        return rng.choice((f"t{rng.randrange(10**6)}", rng.choice(self.known.texts)))

    def time(self, odd: bool) -> str:
        if odd:
            return self.rng.choice(values.TIMES)
        return f"2026-{self.rng.randrange(1, 13):02d}-{self.rng.randrange(1, 29):02d}T00:00:00Z"

    def path(self, rule: str) -> str:
        """A path of the rule, its parameters filled and encoded."""
        parts = []
        for part in rule.split("/"):
            if part.startswith("<"):
                name = part.strip("<>").partition(":")[2] or part.strip("<>")
                odd = self.rng.random() < self.oddity
                text = self.rng.choice(values.TEXTS)[:5000] if odd else self.known.an_id(self.rng, name)
                part = quote(text.encode("utf-8", "replace"), safe="")
            parts.append(part)
        path = "/".join(parts)
        if self.rng.random() < 0.02:
            path += self.rng.choice(("/", "%0d%0aX-A:%20b", "%0d%0a/", "//", "%00", "%ff", "%2f..", "/%0a/"))
        return path

    def query(self, names: Sequence[tuple[str, Any]]) -> str:
        """A query string over declared parameters, and now and then one more."""
        rng = self.rng
        pairs = []
        for name, known in names:
            if rng.random() < 0.35:
                odd = rng.random() < self.oddity
                if isinstance(known, Int):
                    text = rng.choice(values.QUERY_NUMBERS) if odd else str(rng.choice((0, 1, 5, 50)))
                elif isinstance(known, (Part, Parts, TextMap, TextListMap)):
                    text = values.dumps(self.value(name, known))[:60000]
                else:
                    value = self.value(name, known)
                    text = value if isinstance(value, str) else values.dumps(value)
                    if isinstance(value, list) and value:
                        text = str(value[0])
                if odd and rng.random() < 0.4:
                    text = rng.choice(values.QUERY_NUMBERS + values.TIMES + values.TEXTS)
                pairs.append((name, str(text)[:60000]))
        if rng.random() < 0.05:
            pairs.append((rng.choice(values.TEXTS)[:300], rng.choice(values.QUERY_NUMBERS)))
        return "&".join(
            f"{quote(n.encode('utf-8', 'replace'))}={quote(t.encode('utf-8', 'replace'))}" for n, t in pairs
        )

    def mutated(self, value: Any) -> Any:
        """A copy of a good body with something absurd in one place, or in none."""
        rng = self.rng
        if isinstance(value, dict) and value:
            result = dict(value)
            key = rng.choice(list(result))
            chance = rng.random()
            if chance < 0.07:
                del result[key]
            elif chance < 0.12:
                result[rng.choice(values.TEXTS)[:300]] = values.anything(rng)
            else:
                result[key] = self.mutated(result[key])
            return result
        if isinstance(value, list) and value:
            result = list(value)
            chance = rng.random()
            if chance < 0.1:
                return result * (rng.choice(_MANY) // len(result))
            index = rng.randrange(len(result))
            result[index] = self.mutated(result[index])
            return result
        return self.replaced(value)

    def replaced(self, value: Any) -> Any:
        """Something absurd that resembles what stood there."""
        rng = self.rng
        if rng.random() < 0.3:
            return values.anything(rng)
        if isinstance(value, bool) or value is None:
            return values.anything(rng)
        if isinstance(value, (int, float)):
            return rng.choice(values.NUMBERS)
        text = str(value)
        if text[4:5] == "-" and text[:4].isdigit():
            return rng.choice(values.TIMES)
        if text.replace(".", "").isdigit():
            return rng.choice(values.DECIMALS + values.NUMBERS)
        return rng.choice(values.TEXTS + values.FORMULAS)
