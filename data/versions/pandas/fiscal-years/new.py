import pandas as pd


def fiscal_year_ends(start: str, count: int) -> list[str]:
    ends = pd.date_range(start, periods=count, freq="YE-JUN")
    return ends.strftime("%Y-%m-%d").tolist()
