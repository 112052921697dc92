import pandas as pd


def filled_columns(table: pd.DataFrame) -> dict[str, list[str]]:
    def filled(rows: pd.DataFrame) -> list[str]:
        return list(rows.dropna(axis="columns", how="all").columns)

    return table.groupby("team").apply(filled).to_dict()
