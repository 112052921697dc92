from pydantic import BaseModel


class Product(BaseModel):
    code: str
    name: str
