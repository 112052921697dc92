from sqlalchemy.orm import Session

import sqlalchemy


def test_both_sides():
    author = Author(name="Ada")
    book = Book(title="Notes", author=author)
    assert author.books == [book]


def test_stored():
    engine = sqlalchemy.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Author(name="Ada", books=[Book(title="One"), Book(title="Two")]))
        session.commit()
        assert sorted(book.title for book in session.query(Author).one().books) == ["One", "Two"]
        assert {book.author.name for book in session.query(Book)} == {"Ada"}


def test_not_null():
    assert not Author.__table__.columns["name"].nullable
    assert not Book.__table__.columns["title"].nullable
    assert {"id", "name", "books"} <= set(Author.__annotations__)
