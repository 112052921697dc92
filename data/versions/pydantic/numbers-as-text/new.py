from pydantic import BaseModel, ConfigDict


class Product(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    code: str
    name: str
