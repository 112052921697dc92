from sqlalchemy.engine import Engine

from sqlalchemy import text


def rows_with(engine: Engine, table: str, value) -> int:
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT * FROM {table}"))
        return sum(value in row.values() for row in rows)
