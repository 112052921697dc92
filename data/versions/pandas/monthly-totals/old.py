import pandas as pd


def monthly_totals(days: list[str], amounts: list[float]) -> dict[str, float]:
    totals = pd.Series(amounts, index=pd.to_datetime(days)).resample("M").sum()
    return {day.strftime("%Y-%m-%d"): float(total) for day, total in totals.items()}
