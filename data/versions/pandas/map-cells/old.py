import pandas as pd


def lengths(table: pd.DataFrame) -> pd.DataFrame:
    return table.applymap(len, na_action="ignore")
