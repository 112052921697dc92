from pydantic import BaseModel, Field


class Item(BaseModel):
    item_id: int = Field(..., alias="itemId")

    class Config:
        allow_population_by_field_name = True
