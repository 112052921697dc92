from sqlalchemy.engine import Engine

from sqlalchemy import text


def add_words(engine: Engine, words: list[str]) -> None:
    with engine.connect() as connection:
        rows = [{"word": word} for word in words]
        connection.execute(text("INSERT INTO words (word) VALUES (:word)"), rows)
        connection.commit()
