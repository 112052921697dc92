from pydantic import BaseModel, ValidationInfo, field_validator


class Size(BaseModel):
    width: int
    height: int

    @field_validator("width", "height")
    @classmethod
    def positive(cls, value: int, info: ValidationInfo) -> int:
        if value < 1:
            raise ValueError(f"{info.field_name} has to be positive")
        return value
