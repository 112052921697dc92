from datetime import date

from pydantic import BaseModel, model_validator


class Stay(BaseModel):
    arrival: date
    departure: date

    @model_validator(mode="after")
    def in_order(self):
        if self.departure <= self.arrival:
            raise ValueError("the departure is not after the arrival")
        return self
