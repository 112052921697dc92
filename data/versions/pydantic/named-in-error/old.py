from pydantic import BaseModel, validator


class Size(BaseModel):
    width: int
    height: int

    @validator("width", "height")
    def positive(cls, value, field):
        if value < 1:
            raise ValueError(f"{field.name} has to be positive")
        return value
