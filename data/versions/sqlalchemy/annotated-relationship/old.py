from typing import List

from sqlalchemy.orm import declarative_base, relationship

from sqlalchemy import Column, ForeignKey, Integer, String

Base = declarative_base()


class Author(Base):
    __tablename__ = "authors"

    id: int = Column(Integer, primary_key=True)
    name: str = Column(String, nullable=False)
    books: List["Book"] = relationship("Book", back_populates="author")


class Book(Base):
    __tablename__ = "books"

    id: int = Column(Integer, primary_key=True)
    title: str = Column(String, nullable=False)
    author_id: int = Column(ForeignKey("authors.id"))
    author: Author = relationship("Author", back_populates="books")
