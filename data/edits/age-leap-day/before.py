"""People and their dates."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Person:
    name: str
    born: date

    def age_on(self, day):
        """The age in full years."""
        return (day - self.born).days // 365

    def is_adult(self, day):
        return self.age_on(day) >= 18


def oldest(people):
    """The name of whoever was born first; the alphabet decides between equals."""
    return min(people, key=lambda person: (person.born, person.name)).name


def by_decade(people):
    """Names by the decade of birth, such as {1990: ["Ann"]}; the names are sorted."""
    decades = {}
    for person in sorted(people, key=lambda person: person.name):
        decades.setdefault(person.born.year // 10 * 10, []).append(person.name)
    return decades


def parse(line):
    """Read "Ann Lee, 1990-05-01"."""
    name, comma, born = line.rpartition(",")
    if not comma:
        raise ValueError(f"there is no date in {line!r}")
    return Person(name.strip(), date.fromisoformat(born.strip()))
