from tinydb.storages import MemoryStorage

from tinydb import TinyDB as Database


def test_emptied():
    database = Database(storage=MemoryStorage)
    database.table("a").insert({"x": 1})
    database.table("a").insert({"x": 2})
    assert reset(database, "a") == 2
    assert len(database.table("a")) == 0


def test_others_stay():
    database = Database(storage=MemoryStorage)
    database.table("a").insert({"x": 1})
    database.table("b").insert({"x": 2})
    reset(database, "a")
    assert database.table("b").all() == [{"x": 2}]


def test_empty_before():
    assert reset(Database(storage=MemoryStorage), "new") == 0
