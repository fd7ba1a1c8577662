"""The keys that a YAML mapping may hold, declared once for reading and for the schema."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class ScalarKind(Generic[T_co]):
    """How a scalar is read (`parse` raises InvalidValue) and how an editor may check it."""

    parse: Callable[[str], T_co]
    schema: dict[str, object]
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Key(Generic[T_co]):
    """A key with a value or a list of values. `says` documents it, `also` are other names people try.

    `keeps_out` says what any stranger may do without this key: so an empty value of it is reported.
    """

    name: str
    kind: ScalarKind[T_co]
    says: str
    required: bool = False
    default: object = None
    many: bool = False
    example: str = ""
    also: tuple[str, ...] = ()
    keeps_out: str = ""

    @property
    def usual(self) -> tuple[T_co, ...]:
        """The default as values: one, unless a list of them is the default."""
        if self.default is None:
            return ()
        given = self.default if isinstance(self.default, list) else [self.default]
        return tuple(self.kind.parse(str(one)) for one in given)


@dataclass(frozen=True, slots=True)
class Branch:
    """A key that holds a mapping of `shape`, or a list of them."""

    name: str
    shape: "Shape"
    says: str
    required: bool = False
    many: bool = False
    example: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """All keys of a kind of mapping. `rule` adds to its JSON Schema what single keys cannot express."""

    title: str
    keys: tuple[Key[object] | Branch, ...]
    rule: dict[str, object] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Key[object] | Branch]:
        return iter(self.keys)
