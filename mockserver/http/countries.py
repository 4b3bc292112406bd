"""Country codes (behaviour/customers-and-plans#creating-a-customer: ISO 3166-1 alpha-2 in upper case, and ``XK``)."""

from __future__ import annotations

import functools


@functools.cache
def _codes() -> frozenset[str]:
    # Imported on first use: the tables are large and few requests carry a country.
    import pycountry

    return frozenset({country.alpha_2 for country in pycountry.countries} | {"XK"})


def is_alpha2(code: str) -> bool:
    return code in _codes()
