"""The same keys as a JSON Schema (draft 2020-12), for editors that complete and check YAML."""

from bot.config.keys import Branch, Key, Shape
from bot.config.root import ROOT

PLACEHOLDER: dict[str, object] = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}"}


def json_schema() -> dict[str, object]:
    """The schema of the whole file. `${NAME}` may stand wherever a single value may."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_mapping(ROOT)}


def _mapping(shape: Shape) -> dict[str, object]:
    return {
        "title": shape.title,
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {"^x-": {}},
        "properties": {key.name: _property(key) for key in shape},
        "required": [key.name for key in shape if key.required],
        **shape.rule,
    }


def _property(key: Key[object] | Branch) -> dict[str, object]:
    about: dict[str, object] = {"description": key.says}
    if isinstance(key, Branch):
        below = _mapping(key.shape)
        if key.many:
            least = {"minItems": 1} if key.required else {}
            return {**about, "type": "array" if key.required else ["array", "null"], "items": below, **least}
        return {**below, **about} if key.required else {**below, **about, "type": ["object", "null"]}
    value = _value(key)
    if key.default is not None:
        about["default"] = key.default
    if key.many:
        least = {"minItems": 1} if key.keeps_out else {}
        return {**about, "anyOf": [value, {"type": "array", "items": value, **least}]}
    return {**about, **value}


def _value(key: Key[object]) -> dict[str, object]:
    schema = key.kind.schema
    is_free_text = schema.get("type") in ("string", ["string", "integer"]) and not {"enum", "pattern"} & set(
        schema
    )
    return dict(schema) if is_free_text else {"anyOf": [dict(schema), PLACEHOLDER]}
