import pandas as pd


def text_columns(records: list[dict]) -> list[str]:
    dtypes = pd.DataFrame(records).dtypes
    return [name for name, dtype in dtypes.items() if dtype == object]
