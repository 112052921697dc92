"""Who has which book."""


class LibraryError(Exception):
    """Something that the library does not do."""


class NotAvailable(LibraryError):
    """Somebody else has the book, or nobody ever had it."""


class LimitReached(LibraryError):
    """The member has as many books as allowed."""


class HasOverdue(LibraryError):
    """The member has to bring a book back first."""


MOST_BOOKS = 3
MOST_DAYS = 28


class Library:
    def __init__(self, titles):
        self._titles = set(titles)
        self._loans = {}  # title -> (member, day of borrowing)

    def _require_known(self, title):
        if title not in self._titles:
            raise NotAvailable(f"the library has no {title!r}")

    def borrow(self, member, title, day):
        """Lend a book to a member."""
        self._require_known(title)
        if title in self._loans:
            raise NotAvailable(f"{title!r} is lent to {self._loans[title][0]}")
        if any(owner == member for owner, _ in self.overdue(day)):
            raise HasOverdue(f"{member} has an overdue book")
        if len(self.books_of(member)) >= MOST_BOOKS:
            raise LimitReached(f"{member} has {MOST_BOOKS} books already")
        self._loans[title] = (member, day)

    def overdue(self, day):
        """Members and titles of the books that should be back, the oldest loan first."""
        late = [
            (borrowed, title, member)
            for title, (member, borrowed) in self._loans.items()
            if day - borrowed > MOST_DAYS
        ]
        return [(member, title) for _, title, member in sorted(late)]

    def give_back(self, title):
        """Take a book back; returns who had it."""
        self._require_known(title)
        if title not in self._loans:
            raise LibraryError(f"{title!r} is not lent")
        return self._loans.pop(title)[0]

    def books_of(self, member):
        """The titles that a member has, sorted."""
        return sorted(title for title, (owner, _) in self._loans.items() if owner == member)

    def available(self):
        return sorted(self._titles - self._loans.keys())
