from pydantic import BaseModel


def nested_models(model: type[BaseModel]) -> list[str]:
    return sorted(model.model_json_schema().get("$defs", {}))
