from tinydb import TinyDB


def reset(database: TinyDB, table: str) -> int:
    documents = database.table(table)
    count = len(documents)
    documents.truncate()
    return count
