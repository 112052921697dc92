from pydantic import BaseModel, Field


class Car(BaseModel):
    plate: str = Field(..., pattern=r"^[A-Z]{2}-[0-9]{1,4}$")
    seats: int = 5
