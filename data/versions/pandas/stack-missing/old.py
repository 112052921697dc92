import pandas as pd


def long_form(table: pd.DataFrame) -> list[tuple]:
    stacked = table.stack(dropna=False)
    return [(*labels, None if pd.isna(value) else value) for labels, value in stacked.items()]
