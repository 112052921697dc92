"""A full-text index in memory."""

import re
from collections import defaultdict

WORD = re.compile(r"[a-z0-9]+")
STOP_WORDS = frozenset(
    ["a", "an", "and", "be", "in", "is", "it", "not", "of", "on", "or", "that", "the", "to", "was"]
)


def words(text):
    """The words of a text as they are indexed: lower case, plural endings cut."""
    found = []
    for word in WORD.findall(text.lower()):
        if word in STOP_WORDS:
            continue
        if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
            word = word[:-1]
        found.append(word)
    return found


class Index:
    def __init__(self):
        self._documents = {}
        self._places = defaultdict(set)  # word -> ids of the documents that contain it

    def add(self, identifier, text):
        if identifier in self._documents:
            raise ValueError(f"{identifier!r} is indexed already")
        self._documents[identifier] = text
        for word in words(text):
            self._places[word].add(identifier)

    def search(self, query):
        """Ids of the documents that have every word of the query, sorted."""
        wanted = words(query)
        if not wanted:
            return []
        return sorted(set.intersection(*(self._places.get(word, set()) for word in wanted)))

    def vocabulary(self):
        return sorted(self._places)
