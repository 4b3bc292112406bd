"""Environments, keys, users and sessions (behaviour/http#authentication)."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from werkzeug.security import check_password_hash, generate_password_hash

from mockserver.errors import AlreadyExists, Invalid, NotFound, TossUp
from mockserver.http.schema import is_email
from mockserver.store import access
from mockserver.ulids import secret_ulid
from mockserver.work import Caller

SERVICE_ROLES = ("super_admin", "event_ingestor", "event_reader")
ROLES = (*SERVICE_ROLES, "all_reader", "all_writer")
MAX_DEVELOPMENT_ENVIRONMENTS = 2


def create_environment(
    connection: sqlite3.Connection, caller: Caller, body: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """A further environment of the tenant; two of type development at the most."""
    if body["type"] not in ("development", "production"):
        raise Invalid("type must be development or production", {"type": body["type"]})
    if body["type"] == "development":
        held = access.count_environments(connection, caller.tenant_id, "development")
        if held >= MAX_DEVELOPMENT_ENVIRONMENTS:
            raise Invalid(f"a tenant may have {MAX_DEVELOPMENT_ENVIRONMENTS} development environments")
    environment_id = access.add_environment(connection, caller.tenant_id, body["name"], body["type"], now)
    return {"id": environment_id, "name": body["name"], "type": body["type"], "created_at": now, "updated_at": now}


def mint_key(connection: sqlite3.Connection, caller: Caller, body: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A key bound to the caller's environment; publishable ones can be made but never authenticate."""
    if not body.get("name"):
        raise Invalid("name is required")
    kind = body.get("type", "")
    if kind not in ("private_key", "publishable_key"):
        raise Invalid("type must be private_key or publishable_key")
    user_id, user_type, roles = caller.user_id, caller.user_type, caller.roles
    if account_id := body.get("service_account_id"):
        account = access.user_by_id(connection, caller.tenant_id, account_id)
        if account is None:
            raise NotFound(f"no service account {account_id!r}", {"user_id": account_id})
        user_id, user_type, roles = account["id"], account["type"], tuple(account["roles"])
    raw = f"{'sk' if kind == 'private_key' else 'pk'}_{secret_ulid()}"
    expires_at = body.get("expires_at")
    key_id = access.add_key(
        connection,
        raw,
        tenant_id=caller.tenant_id,
        environment_id=caller.environment_id,
        user_id=user_id,
        name=body["name"],
        kind=kind,
        roles=roles,
        now=now,
        user_type=user_type,
        expires_at=None if expires_at is None else expires_at.instant,
    )
    secret = access.key_by_id(connection, caller.tenant_id, caller.environment_id, key_id)
    return {"secret": secret, "api_key": raw}


def delete_key(connection: sqlite3.Connection, caller: Caller, key_id: str) -> None:
    found = access.key_by_id(connection, caller.tenant_id, caller.environment_id, key_id)
    if found is None or found["status"] != "published":
        raise NotFound(f"no key {key_id!r}", {"secret_id": key_id})
    access.archive_key(connection, key_id)


def create_service_account(connection: sqlite3.Connection, caller: Caller, body: dict[str, Any], now: datetime) -> str:
    """A user that is a program; it may only hold some of the roles."""
    roles = tuple(body.get("roles", ()))
    if body.get("type") != "service_account" or not roles:
        raise Invalid("a service account with at least one role is expected")
    for role in roles:
        if role not in ROLES:
            raise Invalid(f"unknown role {role!r}", {"role": role})
        if role not in SERVICE_ROLES:
            raise Invalid(
                f"a service account may not hold {role!r}",
                {"role": role, "user_type": "service_account", "allowed_roles": list(SERVICE_ROLES)},
            )
    return access.add_user(connection, caller.tenant_id, "service_account", roles, now)


def user(connection: sqlite3.Connection, caller: Caller, user_id: str) -> dict[str, Any]:
    """A user with its tenant."""
    found = access.user_by_id(connection, caller.tenant_id, user_id)
    if found is None:
        raise NotFound(f"no user {user_id!r}", {"user_id": user_id})
    tenant = access.tenant_row(connection, caller.tenant_id)
    parts = (
        "address_line1",
        "address_line2",
        "address_city",
        "address_state",
        "address_postal_code",
        "address_country",
    )
    return {
        **{name: found[name] for name in ("id", "email", "type", "roles")},
        "tenant": {
            "id": tenant["id"],
            "name": tenant["name"],
            "billing_details": {"address": dict.fromkeys(parts, "")},
            "status": "published",
            "created_at": tenant["created_at"],
            "updated_at": tenant["created_at"],
            "metadata": None,
        },
    }


def _session(connection: sqlite3.Connection, tenant_id: str, user_id: str, now: datetime) -> dict[str, str]:
    token = f"session_{secret_ulid()}{secret_ulid()}"
    access.add_key(
        connection,
        token,
        tenant_id=tenant_id,
        environment_id=None,
        user_id=user_id,
        name="session",
        kind="session",
        roles=("super_admin",),
        now=now,
        admitted_by=access.SIGN_UP_MARK,
    )
    return {"token": token, "user_id": user_id, "tenant_id": tenant_id}


def _check_credentials(body: dict[str, Any]) -> None:
    if not is_email(body.get("email", "")) or len(body.get("password", "")) < 8:
        raise Invalid("an e-mail address and a password of at least 8 characters are needed")


def sign_up(connection: sqlite3.Connection, body: dict[str, Any], now: datetime) -> tuple[dict[str, str], str]:
    """A new tenant with one environment: a session of its first user, and the environment's id."""
    _check_credentials(body)
    if access.user_by_email(connection, body["email"]) is not None:
        raise AlreadyExists("that e-mail address is taken", {"email": body["email"]})
    tenant_id = access.add_tenant(connection, "Flexprice", now)
    environment_id = access.add_environment(connection, tenant_id, "Sandbox", "development", now)
    hashed = generate_password_hash(body["password"], method="pbkdf2:sha256:10000")
    user_id = access.add_user(connection, tenant_id, "user", ("super_admin",), now, body["email"], hashed)
    return _session(connection, tenant_id, user_id, now), environment_id


def log_in(connection: sqlite3.Connection, body: dict[str, Any], now: datetime) -> dict[str, str]:
    """A session; an unknown address is 404 or, at random on the real server, 403."""
    _check_credentials(body)
    found = access.user_by_email(connection, body["email"])
    if found is None:
        raise TossUp("no such user", {"email": body["email"]}, code="not_found", other="permission_denied")
    if not check_password_hash(found["password_hash"] or "", body["password"]):
        raise Invalid("the password is wrong")
    return _session(connection, found["tenant_id"], found["id"], now)
