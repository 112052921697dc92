from sqlalchemy.pool import StaticPool

import sqlalchemy


def engine_with(*rows):
    engine = sqlalchemy.create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE pairs (one TEXT, two TEXT)"))
        for one, two in rows:
            connection.execute(
                sqlalchemy.text("INSERT INTO pairs VALUES (:one, :two)"), {"one": one, "two": two}
            )
    return engine


def test_any_column():
    assert rows_with(engine_with(("a", "b"), ("c", "a"), ("d", "e")), "pairs", "a") == 2


def test_names_of_columns_are_no_values():
    assert rows_with(engine_with(("a", "one"), ("b", "c")), "pairs", "one") == 1


def test_twice_in_a_row():
    assert rows_with(engine_with(("x", "x")), "pairs", "x") == 1
