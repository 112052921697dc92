from typing import List

from pydantic import BaseModel


class Scores(BaseModel):
    __root__: List[int]


def total(values: list) -> int:
    return sum(Scores(__root__=values).__root__)
