import pandas as pd


def long_form(table: pd.DataFrame) -> list[tuple]:
    stacked = table.stack()
    return [(*labels, None if pd.isna(value) else value) for labels, value in stacked.items()]
