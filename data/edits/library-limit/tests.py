def library(*loans):
    made = Library(["A", "B", "C", "D", "E", "F"])
    for loan in loans:
        made.borrow(*loan)
    return made


def raised(kind, action, *values):
    try:
        action(*values)
    except LibraryError as error:
        return type(error) is kind
    return False


def new_three_books_at_most():
    made = library(("ann", "A", 1), ("ann", "B", 1), ("ann", "C", 2))
    assert raised(LimitReached, made.borrow, "ann", "D", 3)
    assert made.give_back("B") == "ann"
    made.borrow("ann", "D", 3)
    assert made.books_of("ann") == ["A", "C", "D"]


def new_overdue_from_day_29_on():
    made = library(("ann", "A", 10))
    assert made.overdue(38) == []
    assert made.overdue(39) == [("ann", "A")]


def new_overdue_members_do_not_borrow():
    made = library(("ann", "A", 1))
    assert raised(HasOverdue, made.borrow, "ann", "B", 30)
    made.borrow("bob", "B", 30)
    made.give_back("A")
    made.borrow("ann", "A", 30)
    assert made.books_of("ann") == ["A"]


def new_overdue_is_checked_first():
    made = library(("ann", "A", 1), ("ann", "B", 1), ("ann", "C", 2))
    assert raised(HasOverdue, made.borrow, "ann", "D", 30)


def new_order_of_overdue_books():
    made = library(("bob", "C", 5), ("ann", "B", 5), ("ann", "A", 9), ("cat", "F", 80))
    assert made.overdue(100) == [("ann", "B"), ("bob", "C"), ("ann", "A")]


def new_lent_books_come_before_the_rules():
    made = library(("bob", "A", 1))
    assert raised(NotAvailable, made.borrow, "ann", "A", 2)
    assert raised(NotAvailable, made.borrow, "ann", "Z", 2)


def kept_available():
    assert library().available() == ["A", "B", "C", "D", "E", "F"]
    assert library().books_of("ann") == []


def kept_giving_back():
    made = library()
    assert raised(LibraryError, made.give_back, "A")
    assert raised(NotAvailable, made.give_back, "Z")
