from pydantic import BaseModel


def nested_models(model: type[BaseModel]) -> list[str]:
    return sorted(model.schema().get("definitions", {}))
