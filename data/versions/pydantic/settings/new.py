from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="APP_")

    host: str = "localhost"
    port: int = 8000


def server_settings() -> tuple[str, int]:
    settings = Settings()
    return settings.host, settings.port
