from pydantic import BaseModel, ValidationError


def missing_fields(model: type[BaseModel], data: dict) -> list[str]:
    try:
        model(**data)
    except ValidationError as error:
        found = error.errors()
        return [one["loc"][0] for one in found if one["type"] == "value_error.missing"]
    return []
