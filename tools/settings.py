"""Settings: environment variables `EDGEWRIGHT_*` over one TOML file over the defaults here."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_config_path, user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from engine.errors import InvalidInput


def config_file() -> Path:
    """The TOML file that is read, whether it exists or not (`EDGEWRIGHT_CONFIG` names another)."""
    named = os.environ.get("EDGEWRIGHT_CONFIG")
    return Path(named) if named else user_config_path("edgewright") / "edgewright.toml"


class Settings(BaseSettings):
    """All settings, each with the name of its environment variable in lower case without the prefix."""

    model_config = SettingsConfigDict(env_prefix="EDGEWRIGHT_", extra="ignore")

    home: Path = Field(
        default_factory=lambda: user_data_path("edgewright"),
        description="Folder of the lake, the database and the reports.",
    )
    database_url: str = Field(
        default="", description="SQLAlchemy URL; empty means SQLite in the home folder."
    )
    bybit_host: str = Field(
        default="api.bybit.com",
        description="Host of Bybit's public API; some regions have their own, e.g. api.bybit.eu.",
    )
    toolsets: tuple[str, ...] = Field(default=(), description="Toolsets that MCP serves; empty means all.")
    read_only: bool = Field(default=False, description="Leave out every tool that writes.")
    trust_code: bool = Field(
        default=False, description="Run strategy code without walls where this machine has none. Your risk."
    )
    strategy_seconds: float = Field(
        default=10.0, gt=0, le=600, description="Wall-clock limit of one strategy run."
    )
    strategy_memory_mb: int = Field(
        default=1024, ge=64, le=65536, description="Memory limit of one strategy run."
    )
    holdout_allowance: int = Field(
        default=5, ge=0, le=1000, description="How often an asset's holdout may be opened, by all lineages."
    )
    dask_address: str = Field(
        default="",
        description="Scheduler of the Dask cluster that searches may run on, e.g. tcp://host:8786.",
    )

    @property
    def lake_root(self) -> Path:
        """Folder of the Parquet lake."""
        return self.home / "lake"

    @property
    def reports_root(self) -> Path:
        """Folder of HTML reports."""
        return self.home / "reports"

    @property
    def proofs_file(self) -> Path:
        """File of the proofs of the sandbox."""
        return self.home / "sandbox-proof.json"

    @property
    def signing_key_file(self) -> Path:
        """File of the private key that signs bundles."""
        return self.home / "signing-key.pem"

    @property
    def known_keys_file(self) -> Path:
        """File of the public keys that a person has named."""
        return self.home / "known-keys.json"

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the store."""
        return self.database_url or f"sqlite:///{self.home / 'edgewright.db'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic calls it so
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic calls it so
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        InvalidInput: a value is not possible; the text names it, never its content.
    """
    try:
        return Settings()  # pyright: ignore[reportCallIssue] - every field has a default
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InvalidInput(
            f"The settings are wrong: {wrong}.", f"They come from EDGEWRIGHT_* and {config_file()}."
        ) from None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{config_file()} cannot be read: {error}.", "Mend or remove it.") from None
