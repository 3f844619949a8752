"""What an editor or help() shows of a method."""

from __future__ import annotations

import inspect

from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.names import method_names


def test_every_method_shows_its_name_its_arguments_and_what_it_does() -> None:
    with HathoraCloud() as cloud:
        for operation, names in method_names().items():
            method = getattr(getattr(cloud, names.resource), names.method)
            shown = inspect.signature(method).parameters

            assert method.__name__ == names.method
            assert method.__doc__ == operation.__doc__
            assert {*shown} - {"player_auth"} == {*operation.model_fields}
            for name, field in operation.model_fields.items():
                assert (shown[name].default is inspect.Parameter.empty) == field.is_required()


def test_an_argument_is_shown_as_it_is_declared() -> None:
    with HathoraCloud() as cloud:
        stop = inspect.signature(cloud.processes_v3.stop_process)
        create = inspect.signature(cloud.lobbies_v3.create_lobby)

    assert str(stop) == "(*, process_id: 'str', app_id: 'str' = '')"
    assert list(create.parameters)[:3] == ["player_auth", "region", "visibility"]
