import arrow


def seconds(texts: list[str]) -> list[int]:
    return [arrow.get(text).timestamp for text in texts]
