import pandas as pd


def epoch_seconds(texts: list[str]) -> list[int]:
    return (pd.to_datetime(texts).astype("int64") // 10**6).tolist()
