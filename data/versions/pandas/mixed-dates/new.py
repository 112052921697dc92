import pandas as pd


def parse_dates(texts: list[str]) -> list[str]:
    return pd.to_datetime(texts, format="mixed").strftime("%Y-%m-%d").tolist()
