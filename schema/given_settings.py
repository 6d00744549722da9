"""Base of settings: a frozen object of what its constructor is given."""

from __future__ import annotations

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

__all__ = ["GivenSettings"]


class GivenSettings(BaseSettings):
    """Settings that read no environment by themselves: a bench or test must not depend on it."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The constructor's arguments only."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)
