from pydantic import BaseModel, ValidationError


def missing_fields(model: type[BaseModel], data: dict) -> list[str]:
    try:
        model(**data)
    except ValidationError as error:
        return [one["loc"][0] for one in error.errors() if one["type"] == "missing"]
    return []
