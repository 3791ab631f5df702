"""Frames that are read once and protected from changes by callers."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    cached_frame = cached_property
else:

    class cached_frame(cached_property):  # noqa: N801 - a decorator
        """Cached frame; each access returns a copy, since Polars can change frames in place."""

        def __set_name__(self, owner: type, name: str) -> None:
            # Under its own name the cache would shadow this property.
            super().__set_name__(owner, f"_{name}")

        def __get__(self, instance: object, owner: type | None = None) -> Any:
            frame = super().__get__(instance, owner)
            return frame if instance is None or frame is None else frame.clone()
