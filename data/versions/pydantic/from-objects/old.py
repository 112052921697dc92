from pydantic import BaseModel


class Row(BaseModel):
    id: int
    title: str

    class Config:
        orm_mode = True


def as_dict(row) -> dict:
    return Row.from_orm(row).dict()
