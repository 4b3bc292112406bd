"""Which URL calls which access rule (behaviour/http#authentication)."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mockserver.access import rules
from mockserver.access.schemas import (
    CreatedKeyOut,
    CreateEnvironmentIn,
    CreateKeyIn,
    CreateUserIn,
    EnvironmentListOut,
    EnvironmentOut,
    SecretOut,
    SessionOut,
    SignUpIn,
    UserOut,
)
from mockserver.errors import Forbidden
from mockserver.http.auth import AccessRefused
from mockserver.http.listing import envelope
from mockserver.http.routing import Answer, Call, Routes
from mockserver.store import access

ROUTES = Routes("Access")
ENVIRONMENT, SECRET, CREATED_KEY = EnvironmentOut(), SecretOut(), CreatedKeyOut()
CREATE_ENVIRONMENT, CREATE_KEY, CREATE_USER, SIGN_UP = CreateEnvironmentIn(), CreateKeyIn(), CreateUserIn(), SignUpIn()


@contextlib.contextmanager
def _writing(call: Call) -> Iterator[tuple[sqlite3.Connection, datetime]]:
    """These objects belong to tenants, so the transaction is not an environment's."""
    now = call.environment.now() if call.environment is not None else datetime.now(UTC)
    with call.store.write() as tx:
        yield tx.connection, now


def _environment(row: dict[str, Any]) -> dict[str, Any]:
    seconds = {name: row[name].replace(microsecond=0) for name in ("created_at", "updated_at")}
    return ENVIRONMENT.dump({**row, **seconds})


@ROUTES.get("/v1/environments", permission="read", answer=EnvironmentListOut())
def list_environments(call: Call) -> dict[str, Any]:
    """List the environments of the caller's tenant."""
    rows = access.environments_of(call.store.connection, call.caller.tenant_id)
    return {"environments": [_environment(row) for row in rows], "total": len(rows), "offset": 0, "limit": 50}


@ROUTES.post("/v1/environments", status=201, body=CREATE_ENVIRONMENT, answer=ENVIRONMENT)
def create_environment(call: Call) -> dict[str, Any]:
    """Create an environment."""
    body = call.body()
    with _writing(call) as (connection, now):
        row = rules.create_environment(connection, call.caller, body, now)
        call.store.environment_created(connection, row["id"])
        return _environment(row)


@ROUTES.post("/v1/secrets/api/keys", status=201, body=CREATE_KEY, answer=CREATED_KEY)
def create_key(call: Call) -> dict[str, Any]:
    """Create an API key bound to the caller's environment; the key itself is shown once."""
    body = call.body()
    with _writing(call) as (connection, now):
        return CREATED_KEY.dump(rules.mint_key(connection, call.caller, body, now))


@ROUTES.get("/v1/secrets/api/keys", permission="read", answer=SECRET, items=True)
def list_keys(call: Call) -> dict[str, Any]:
    """List the API keys of the caller's environment."""
    rows = access.keys_of(call.store.connection, call.caller.tenant_id, call.caller.environment_id)
    return envelope([SECRET.dump(row) for row in rows], len(rows), 50, 50)


@ROUTES.delete("/v1/secrets/api/keys/<key_id>", status=204)
def delete_key(call: Call) -> Answer:
    """Delete an API key; it stops working at once."""
    with _writing(call) as (connection, _):
        rules.delete_key(connection, call.caller, call.params["key_id"])
    return Answer(204)


@ROUTES.get("/v1/users/me", answer=UserOut())
def me(call: Call) -> dict[str, Any]:
    """The user behind the credential, with its tenant."""
    return _shown_user(call, call.caller.user_id)


@ROUTES.post("/v1/users", status=201, body=CREATE_USER, answer=UserOut())
def create_user(call: Call) -> dict[str, Any]:
    """Create a service account."""
    body = call.body()
    with _writing(call) as (connection, now):
        user_id = rules.create_service_account(connection, call.caller, body, now)
    return _shown_user(call, user_id)


def _shown_user(call: Call, user_id: str) -> dict[str, Any]:
    row = rules.user(call.store.connection, call.caller, user_id)
    return row if row["email"] is not None else {name: value for name, value in row.items() if name != "email"}


@ROUTES.get("/v1/tenants/<tenant_id>")
def get_tenant(call: Call) -> Any:
    """The caller's own tenant."""
    if call.params["tenant_id"] != call.caller.tenant_id:
        raise Forbidden("that is another tenant")
    return rules.user(call.store.connection, call.caller, call.caller.user_id)["tenant"]


@ROUTES.add("POST", "/v1/auth/signup", public=True, writes=True, permission=None, body=SIGN_UP, answer=SessionOut())
def sign_up(call: Call) -> dict[str, str]:
    """Sign up: a tenant, an environment and a session."""
    _demand_open_door(call)
    body = call.body()
    with _writing(call) as (connection, now):
        session, environment_id = rules.sign_up(connection, body, now)
        call.store.environment_created(connection, environment_id)
        return session


@ROUTES.add("POST", "/v1/auth/login", public=True, writes=True, permission=None, body=SIGN_UP, answer=SessionOut())
def log_in(call: Call) -> dict[str, str]:
    """Log in: a session."""
    _demand_open_door(call)
    body = call.body()
    with _writing(call) as (connection, now):
        return rules.log_in(connection, body, now)


def _demand_open_door(call: Call) -> None:
    if not call.settings.anybody_signs_up:
        raise Forbidden("this server takes only the keys it was started with; --sign-up opens it to others")


@ROUTES.get("/v1/customer/portal/info", public=True)
def portal_info(call: Call) -> Any:
    """The customer portal needs a session of its own, which this emulator does not issue
    (behaviour/http#portal-sessions)."""
    token = call.http.headers.get("X-Session-Token", "")
    text = "Invalid or expired session token" if token else "Session token required"
    raise AccessRefused(401, {"error": text})
