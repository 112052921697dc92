from sqlalchemy.engine import Engine


def add_words(engine: Engine, words: list[str]) -> None:
    with engine.connect() as connection:
        connection.execute("INSERT INTO words (word) VALUES (?)", [(word,) for word in words])
