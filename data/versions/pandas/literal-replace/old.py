import pandas as pd


def without_mark(names: list[str]) -> list[str]:
    return pd.Series(names).str.replace(r" \(old\)", "").tolist()
