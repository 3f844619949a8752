"""Old operations and results, made of today's and the other way round."""

from __future__ import annotations

from typing import TypeVar

from hathora_deploy.api.model import Model

ModelT = TypeVar("ModelT", bound=Model)


def translated(model: type[ModelT], value: Model, **own: object) -> ModelT:
    """A model with the fields that another version has by the same names, and its ``own``."""
    shared = {
        name: getattr(value, name)
        for name in model.model_fields.keys() & type(value).model_fields.keys()
    }
    return model.model_validate({**shared, **own})
