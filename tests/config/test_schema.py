"""The JSON Schema agrees with what is read: the example fits, broken files do not, every key is explained."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot.config import json_schema
from tests.support.config_texts import BROKEN, EXAMPLE, RULE, SMALL, Reader


def check_schema(path: Path) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(as_editors_read(path))


class EditorLoader(yaml.SafeLoader):
    """Reads as editors do, by YAML 1.2: 10:30, on and 0x1 are texts, 007 is a number."""


EditorLoader.yaml_implicit_resolvers = {}
for kind, pattern in {
    "null": r"(~|null)?",
    "bool": r"true|false",
    "int": r"[-+]?[0-9]+",
    "float": r"[-+]?[0-9]*\.[0-9]+",
}.items():
    EditorLoader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"^({pattern})$"), None)
EditorLoader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))


def as_editors_read(path: Path) -> object:
    return yaml.load(path.read_text(encoding="utf-8"), EditorLoader)


def test_the_schema_is_a_schema_and_the_example_fits() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "$id" not in schema
    assert json.loads(json.dumps(schema)) == schema
    check_schema(EXAMPLE)


@pytest.mark.parametrize(
    "text",
    [
        RULE % ("fail_count", "1_000"),
        RULE % ("success_rate", "95%"),
        RULE % ("fail_rate", "'${LIMIT:-2.5}'"),
        "digests: [{name: d, at: 7:05, weekdays: [mon, Wednesday, fri-sun], days: today}]",
        'digests: [{name: d, at: "10:30", weekdays: "mon,thu", workspaces: sales, max_lateness: 1h 30m}]',
        "rules:\ndigests: []\nhttp:\nlogs: {}\npoll_every: ${POLL:-5m}",
        "http: {port: '${PORT:-8080}', host: '::1'}",
        "unreadable: {mention: [S0ONCALL], severity: info}\nunreadable_after: 5",
        "unreadable:\nunreadable_after: 5",
        "x-limit: &limit 5\nrules: [{name: r, metric: fail_count, limit: *limit, x-note: why}]",
    ],
)
def test_a_config_that_loads_fits_the_schema(tmp_path: Path, text: str) -> None:
    read = Reader(tmp_path / "dlf.yaml")
    read(SMALL + text)
    check_schema(read.path)


# What an editor can see; the rest needs the environment, other keys or the outside world.
VISIBLE = (
    "bad-logs", "bad-mention", "bad-name", "bad-severity", "bad-time", "below-is-a-number", "bad-http",
    "channel-is-a-comment", "channel-without-hash", "duration-without-unit", "bad-duration", "empty-auth",
    "half-a-user", "half-an-access-key", "list-where-a-mapping-belongs", "mapping-where-a-list-belongs",
    "missing-keys", "no-auth", "no-projects", "no-region", "not-a-mapping", "not-a-number", "store-scheme",
    "two-ways-to-log-in", "unknown-key", "unknown-metric", "unknown-top-level-key", "zero-readings",
    "several-mistakes", "bad-unreadable", "unreadable-twice",
    "bad-metrics", "admins-nobody", "list-where-one-value-belongs", "bad-endpoint", "negative-limit",
)  # fmt: skip


@pytest.mark.parametrize("name", VISIBLE)
def test_an_editor_sees_the_mistake_too(name: str) -> None:
    path = BROKEN[0].parent / f"{name}.yaml"
    with pytest.raises(jsonschema.ValidationError):
        check_schema(path)


def test_every_key_of_the_schema_is_in_the_example_in_its_section() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    blocks = dict(re.findall(r"(?ms)^(?:# )?([a-z_]+):(.*?)(?=^(?:# )?[a-z_]+:|\Z)", text))
    for path in keys_of(json_schema()):
        top, *below = path
        assert top in blocks, f"{top} is not in config.example.yaml"
        if below:
            assert re.search(rf"(?m)(^[ #-]*|[{{,] ?){below[-1]}:", blocks[top]), (
                f"{'.'.join(path)} is missing"
            )


def test_every_key_of_the_schema_is_described() -> None:
    for path in keys_of(json_schema()):
        schema = json_schema()
        for name in path:
            schema = properties(schema)[name]
        assert len(str(schema.get("description", ""))) > 10, path


def properties(schema: dict[str, object]) -> dict[str, dict[str, object]]:
    holder = schema.get("items", schema)
    assert isinstance(holder, dict)
    found: dict[str, dict[str, object]] = holder.get("properties", {})
    return found


def keys_of(schema: dict[str, object]) -> Iterator[tuple[str, ...]]:
    for name, below in properties(schema).items():
        yield (name,)
        yield from ((name, *rest) for rest in keys_of(below))
