from typing import Optional

from pydantic import BaseModel, Field


class Contact(BaseModel):
    name: str
    phone: Optional[str]
    email: Optional[str] = Field(...)
