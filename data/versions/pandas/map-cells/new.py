import pandas as pd


def lengths(table: pd.DataFrame) -> pd.DataFrame:
    return table.map(len, na_action="ignore")
