"""Tax keys in ``metadata`` of customers and prices (behaviour/customers-and-plans#tax-keys-in-metadata)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mockserver.errors import Invalid

_GSTIN = re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]", re.ASCII)
_PAN = re.compile(r"[A-Z]{5}[0-9]{4}[A-Z]", re.ASCII)
_HSN_SAC = re.compile(r"[0-9]{4}(?:[0-9]{2}){0,2}", re.ASCII)


def check_tax_metadata(metadata: Mapping[str, str] | None) -> None:
    """Refuse a malformed ``gstin``, ``pan`` or ``hsn_sac``; values are trimmed and upper-cased for the check only."""
    if not metadata:
        return
    gstin = metadata.get("gstin", "").strip().upper()
    pan = metadata.get("pan", "").strip().upper()
    hsn_sac = metadata.get("hsn_sac", "").strip()
    if gstin and not _GSTIN.fullmatch(gstin):
        raise Invalid("metadata.gstin is not a GSTIN")
    if pan and not _PAN.fullmatch(pan):
        raise Invalid("metadata.pan is not a PAN")
    if gstin and pan and pan != gstin[2:12]:
        raise Invalid("metadata.pan differs from the one inside metadata.gstin", {"pan_from_gstin": gstin[2:12]})
    if hsn_sac and not _HSN_SAC.fullmatch(hsn_sac):
        raise Invalid("metadata.hsn_sac must have 4, 6 or 8 digits")
