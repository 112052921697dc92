"""Words in a tree of letters."""


class Node:
    __slots__ = ("children", "is_word")

    def __init__(self):
        self.children = {}
        self.is_word = False


class Trie:
    def __init__(self, words=()):
        self._root = Node()
        self._size = 0
        for word in words:
            self.add(word)

    def add(self, word):
        node = self._root
        for letter in word:
            node = node.children.setdefault(letter, Node())
        if not node.is_word:
            node.is_word = True
            self._size += 1

    def _find(self, prefix):
        node = self._root
        for letter in prefix:
            node = node.children.get(letter)
            if node is None:
                return None
        return node

    def __contains__(self, word):
        node = self._find(word)
        return node is not None and node.is_word

    def __len__(self):
        return self._size

    def longest_prefix(self, text):
        """The longest stored word that ``text`` starts with; None if there is none."""
        node = self._root
        longest = 0 if node.is_word else None
        for length, letter in enumerate(text, start=1):
            node = node.children.get(letter)
            if node is None:
                break
            if node.is_word:
                longest = length
        return None if longest is None else text[:longest]

    def starting_with(self, prefix):
        """All stored words that start with ``prefix``, sorted."""
        node = self._find(prefix)
        found = []
        waiting = [(prefix, node)] if node else []
        while waiting:
            word, node = waiting.pop()
            if node.is_word:
                found.append(word)
            waiting.extend((word + letter, child) for letter, child in node.children.items())
        return sorted(found)
