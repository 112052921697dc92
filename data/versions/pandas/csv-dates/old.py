import io
from datetime import datetime

import pandas as pd


def days_of_csv(text: str) -> list[str]:
    table = pd.read_csv(
        io.StringIO(text),
        parse_dates=["day"],
        date_parser=lambda written: datetime.strptime(written, "%d.%m.%Y"),
    )
    return table["day"].dt.strftime("%Y-%m-%d").tolist()
