"""Who has which book."""


class LibraryError(Exception):
    """Something that the library does not do."""


class NotAvailable(LibraryError):
    """Somebody else has the book, or nobody ever had it."""


class Library:
    def __init__(self, titles):
        self._titles = set(titles)
        self._loans = {}  # title -> member

    def _require_known(self, title):
        if title not in self._titles:
            raise NotAvailable(f"the library has no {title!r}")

    def borrow(self, member, title):
        """Lend a book to a member."""
        self._require_known(title)
        if title in self._loans:
            raise NotAvailable(f"{title!r} is lent to {self._loans[title]}")
        self._loans[title] = member

    def give_back(self, title):
        """Take a book back; returns who had it."""
        self._require_known(title)
        if title not in self._loans:
            raise LibraryError(f"{title!r} is not lent")
        return self._loans.pop(title)

    def books_of(self, member):
        """The titles that a member has, sorted."""
        return sorted(title for title, owner in self._loans.items() if owner == member)

    def available(self):
        return sorted(self._titles - self._loans.keys())
