import pandas as pd


def frequencies(cities: list[str]) -> pd.DataFrame:
    return pd.Series(cities, name="city").value_counts().reset_index()
