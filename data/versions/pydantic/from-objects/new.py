from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str


def as_dict(row) -> dict:
    return Row.model_validate(row).model_dump()
