import pandas as pd


def hours(texts: list[str]) -> list[int]:
    return pd.to_datetime(texts, format="ISO8601").hour.tolist()
