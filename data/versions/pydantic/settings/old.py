from pydantic import BaseSettings


class Settings(BaseSettings):
    host: str = "localhost"
    port: int = 8000

    class Config:
        env_prefix = "APP_"


def server_settings() -> tuple[str, int]:
    settings = Settings()
    return settings.host, settings.port
