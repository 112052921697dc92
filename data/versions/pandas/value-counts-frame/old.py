import pandas as pd


def frequencies(cities: list[str]) -> pd.DataFrame:
    counts = pd.Series(cities, name="city").value_counts().reset_index()
    return counts.rename(columns={"city": "count", "index": "city"})
