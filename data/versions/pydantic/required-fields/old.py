from pydantic import BaseModel


def required_fields(model: type[BaseModel]) -> list[str]:
    return [name for name, field in model.__fields__.items() if field.required]
