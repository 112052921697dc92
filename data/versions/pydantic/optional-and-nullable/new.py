from typing import Optional

from pydantic import BaseModel


class Contact(BaseModel):
    name: str
    phone: Optional[str] = None
    email: Optional[str]
