"""A link to the customer portal (behaviour/customers-and-plans#sub-resources-of-a-customer)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import orjson

from mockserver.customers import rules as customers
from mockserver.work import Work

PORTAL = "http://localhost:3000"
LIFETIME = timedelta(hours=1)
_SIGNING_KEY = b"flexprice-mock"  # known to everyone: the token opens nothing, it only has the shape of a real one


def session(work: Work, external_id: str) -> dict[str, Any]:
    """A signed token naming the published customer, good for an hour."""
    customer = customers.get_by_external_id(work, external_id)
    expires_at = work.now + LIFETIME
    claims = {
        "customer_id": customer["id"],
        "environment_id": customer["environment_id"],
        "exp": int(expires_at.timestamp()),
        "external_customer_id": external_id,
        "iat": int(work.now.timestamp()),
        "tenant_id": customer["tenant_id"],
    }
    token = _signed({"alg": "HS256", "typ": "JWT"}, claims)
    return {"url": f"{PORTAL}?token={token}", "token": token, "expires_at": expires_at}


def _signed(header: dict[str, Any], claims: dict[str, Any]) -> str:
    signed = b".".join(_base64(orjson.dumps(part)) for part in (header, claims))
    signature = hmac.new(_SIGNING_KEY, signed, hashlib.sha256).digest()
    return b".".join((signed, _base64(signature))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
