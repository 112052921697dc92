from pydantic import RootModel


class Scores(RootModel[list[int]]):
    pass


def total(values: list) -> int:
    return sum(Scores(values).root)
