from sqlalchemy import text
from sqlalchemy.engine import Engine


def add_words(engine: Engine, words: list[str]) -> None:
    with engine.connect() as connection:
        rows = [{"word": word} for word in words]
        connection.execute(text("INSERT INTO words (word) VALUES (:word)"), rows)
        connection.commit()
