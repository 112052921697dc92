import pandas as pd


def hours(texts: list[str]) -> list[int]:
    return pd.to_datetime(texts).hour.tolist()
