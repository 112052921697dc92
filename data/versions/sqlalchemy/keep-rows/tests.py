import sqlite3
import tempfile

import sqlalchemy


def words_after(*batches):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/words.db"
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE words (word TEXT)")
        engine = sqlalchemy.create_engine(f"sqlite:///{path}")
        for batch in batches:
            add_words(engine, batch)
        engine.dispose()
        with sqlite3.connect(path) as database:
            return sorted(word for (word,) in database.execute("SELECT word FROM words"))


def test_kept():
    assert words_after(["a", "b"]) == ["a", "b"]


def test_several_times():
    assert words_after(["x"], ["y", "x"]) == ["x", "x", "y"]


def test_odd_words():
    assert words_after(["it's", ":name", "?"]) == [":name", "?", "it's"]
