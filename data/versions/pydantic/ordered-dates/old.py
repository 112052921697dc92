from datetime import date

from pydantic import BaseModel, root_validator


class Stay(BaseModel):
    arrival: date
    departure: date

    @root_validator
    def in_order(cls, values):
        if "arrival" in values and "departure" in values:
            if values["departure"] <= values["arrival"]:
                raise ValueError("the departure is not after the arrival")
        return values
