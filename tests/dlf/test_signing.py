"""Our signatures, held against the official SDK's for the same request."""

from datetime import UTC, datetime

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dlf.settings import AccessKey
from bot.dlf.signing import Signable, sign
from bot.secret import Secret

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
KEY = AccessKey("AKWITNESS", Secret("sk-witness"))
PATH = "/v2/0123abc/factory/monitor/task-statistics-overview"
HEADERS = {
    "Host": "dayu.ap-southeast-3.myhuaweicloud.com",
    "Content-Type": "application/json",
    "workspace": "5a1b0c7e",
    "X-Project-Id": "0123abc",
}


def official(request: Signable, key: AccessKey = KEY) -> str:
    """The `Authorization` that the SDK gives the same request at the same second."""
    headers = {**request.headers, "X-Sdk-Date": f"{AT:%Y%m%dT%H%M%SZ}"}
    if key.security_token:
        headers["X-Security-Token"] = key.security_token.reveal()
    theirs = SdkRequest(
        method=request.method,
        schema="https",
        host=request.headers["Host"],
        resource_path=request.path,
        query_params=list(request.query),
        header_params=headers,
        body=request.body,
    )
    signer = Signer(BasicCredentials(key.access_key, key.secret_key.reveal(), "0123abc"))
    return str(signer.sign(theirs).header_params["Authorization"])


def test_the_signature_of_the_question_is_the_sdks_byte_for_byte():
    request = Signable("GET", PATH, (("is_own", "false"), ("query_days", "yesterday")), HEADERS)
    ours = sign(request, KEY, AT)["Authorization"]
    assert ours == official(request)
    assert ours.startswith(
        "SDK-HMAC-SHA256 Access=AKWITNESS, "
        "SignedHeaders=content-type;host;workspace;x-project-id;x-sdk-date, Signature="
    )


def test_a_temporary_keys_token_is_sent_and_signed():
    key = AccessKey("AKTEMP", Secret("sk"), Secret("the-token"))
    request = Signable("GET", PATH, (), HEADERS)
    ours = sign(request, key, AT)
    assert ours["X-Security-Token"] == "the-token"
    assert "x-security-token" in ours["Authorization"]
    assert ours["Authorization"] == official(request, key)


@pytest.mark.parametrize("change", ["path", "query", "workspace", "key", "time"])
def test_every_signed_part_of_a_request_changes_the_signature(change: str):
    plain = Signable("GET", PATH, (("query_days", "today"),), HEADERS)
    other = {
        "path": Signable("GET", PATH + "s", plain.query, HEADERS),
        "query": Signable("GET", PATH, (("query_days", "all"),), HEADERS),
        "workspace": Signable("GET", PATH, plain.query, {**HEADERS, "workspace": "another"}),
    }.get(change, plain)
    key = AccessKey(KEY.access_key, Secret("another")) if change == "key" else KEY
    at = AT.replace(second=4) if change == "time" else AT
    assert sign(other, key, at)["Authorization"] != sign(plain, KEY, AT)["Authorization"]


def test_the_signatures_date_is_utc_in_every_time_zone():
    from zoneinfo import ZoneInfo

    local = AT.astimezone(ZoneInfo("Asia/Singapore"))
    assert sign(Signable("GET", PATH, (), HEADERS), KEY, local)["X-Sdk-Date"] == "20261123T010203Z"


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)
SEGMENT = st.one_of(TEXT, st.sampled_from(["", "~", "a b", "%2F", "%7e", "a+b", "é", "日本", "..", "a=b&c"]))
NAME = st.text("abcdefghijklmnopqrstuvwxyzABC-_", min_size=1, max_size=10).map(lambda name: "x-" + name)


@settings(deadline=None, max_examples=300)
@given(
    segments=st.lists(SEGMENT, max_size=5),
    query=st.lists(st.tuples(TEXT, TEXT), max_size=5),
    extra=st.dictionaries(
        NAME, st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12), max_size=4
    ),
    body=st.binary(max_size=40),
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40),
)
def test_odd_paths_queries_and_headers_are_signed_as_the_sdk_signs_them(
    segments: list[str], query: list[tuple[str, str]], extra: dict[str, str], body: bytes, secret: str
):
    known = {name.lower() for name in HEADERS}
    unlike = {name.lower(): value for name, value in extra.items() if name.lower() not in known}
    request = Signable("POST", "/" + "/".join(segments), tuple(query), {**HEADERS, **unlike}, body)
    key = AccessKey("AKWITNESS", Secret(secret))
    assert sign(request, key, AT)["Authorization"] == official(request, key)


def test_no_secret_shows_in_what_is_signed():
    request = Signable("GET", PATH, (), {**HEADERS, "X-Auth-Token": "token-in-a-header"}, b"secret body")
    assert "token-in-a-header" not in repr(request)
    assert "secret body" not in repr(request)
    assert "sk-witness" not in repr(KEY)
