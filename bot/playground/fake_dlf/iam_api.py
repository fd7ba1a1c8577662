"""Answer the two imitated requests of IAM: a token for a password, and the id of a project."""

import json
from hmac import compare_digest

from aiohttp import web

from bot.playground.fake_dlf.iam import Iam, IssuedToken, stamp
from bot.playground.fake_dlf.request import DlfRequest
from bot.playground.fake_dlf.responses import as_json, iam_error, request_id

_MALFORMED = "The request body is malformed: "


def tokens(request: DlfRequest) -> web.Response:
    """`POST /v3/auth/tokens`: 201 with the token in `X-Subject-Token`."""
    iam = request.world.iam
    try:
        body = json.loads(request.raw.body)
    except (ValueError, RecursionError):
        return iam_error(400, _MALFORMED + "it is not JSON")
    if _text(body, "auth", "identity", "methods", 0) != "password":
        return iam_error(400, _MALFORMED + "auth.identity.methods must be [password]")
    user = _text(body, "auth", "identity", "password", "user", "name")
    password = _text(body, "auth", "identity", "password", "user", "password")
    domain = _text(body, "auth", "identity", "password", "user", "domain", "name")
    scope = {name: _text(body, "auth", "scope", "project", name) for name in ("name", "id")}
    if not any(scope.values()):
        return iam_error(400, _MALFORMED + "auth.scope.project must be given by name or id")
    known = iam.passwords.get(user)
    if known is None or domain != iam.domain or not compare_digest(known.encode(), password.encode()):
        return iam_error(401, "The username or password is wrong.")
    project = iam.project_id(**scope)
    if project is None:
        return iam_error(400, "Can not find the project.")
    request.record.user, request.record.auth = user, "password"
    text, token = iam.login(user, project)
    headers = {"X-Subject-Token": text, "X-Request-Id": request_id()}
    return as_json({"token": _described(iam, token, "nocatalog" not in request.query)}, 201, headers)


def projects(request: DlfRequest) -> web.Response:
    """`GET /v3/projects?name=`."""
    request.authenticate()
    name = request.query.get("name")
    found = [
        {"id": id, "name": known, "domain_id": request.world.iam.domain, "enabled": True}
        for id, known in request.world.iam.projects.items()
        if name in (None, known)
    ]
    return as_json({"projects": found, "links": {"self": "/v3/projects"}})


def _described(iam: Iam, token: IssuedToken, with_catalog: bool) -> dict[str, object]:
    domain = {"id": iam.domain, "name": iam.domain}
    described: dict[str, object] = {
        "expires_at": stamp(token.expires),
        "issued_at": stamp(token.issued),
        "methods": ["password"],
        "project": {"id": token.project, "name": iam.projects[token.project], "domain": domain},
        "user": {"id": token.user, "name": token.user, "domain": domain},
        "roles": [{"id": "0", "name": "dayu_user"}],
    }
    if with_catalog:
        described["catalog"] = [{"id": "1", "name": "dayu", "type": "dayu", "endpoints": []}]
    return described


def _text(body: object, *path: str | int) -> str:
    """The text at a path in JSON; "" where there is none."""
    for step in path:
        if isinstance(body, dict) and isinstance(step, str):
            body = body.get(step)
        elif isinstance(body, list) and isinstance(step, int) and len(body) > step:
            body = body[step]
        else:
            return ""
    return body if isinstance(body, str) else ""
