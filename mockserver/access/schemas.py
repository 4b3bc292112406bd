"""What access requests carry and how environments, keys and users look (behaviour/http#development-credentials,
behaviour/http#refused-requests)."""

from __future__ import annotations

from mockserver.http.fields import AnyObject, Int, Part, Parts, Show, Text, Texts, Time
from mockserver.http.schema import In, Out


class EnvironmentOut(Out):
    id = Text()
    name = Text()
    type = Text(enum=("development", "production"))
    created_at = Time(about="whole seconds")
    updated_at = Time(about="whole seconds")


class EnvironmentListOut(Out):
    environments = Parts(EnvironmentOut)
    total = Int()
    offset = Int()
    limit = Int()


class CreateEnvironmentIn(In):
    name = Text(tags="required")
    type = Text(tags="required", enum=("development", "production"))


class CreateKeyIn(In):
    name = Text()
    type = Text(enum=("private_key", "publishable_key"))
    expires_at = Time()
    service_account_id = Text()


class SecretOut(Out):
    id = Text()
    name = Text()
    type = Text()
    provider = Text()
    display_id = Text()
    roles = Texts()
    user_type = Text()
    user_id = Text()
    expires_at = Time(when=Show.IF_SET)
    last_used_at = Time(when=Show.IF_SET)
    status = Text()
    created_at = Time()
    updated_at = Time()


class CreatedKeyOut(Out):
    secret = Part(SecretOut)
    api_key = Text(about="shown once")


class SignUpIn(In):
    email = Text()
    password = Text()


class SessionOut(Out):
    token = Text(about="send it as Authorization: Bearer, with X-Environment-ID")
    user_id = Text()
    tenant_id = Text()


class CreateUserIn(In):
    type = Text(enum=("service_account",))
    roles = Texts()


class UserOut(Out):
    id = Text()
    email = Text(when=Show.IF_SET)
    type = Text()
    roles = Texts()
    tenant = AnyObject()
