"""The address book."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Contact:
    name: str
    email: str
    phone: str = ""

    def to_dict(self):
        row = {"name": self.name, "email": self.email}
        if self.phone:
            row["phone"] = self.phone
        return row

    @classmethod
    def from_dict(cls, row):
        email = row["email"] if "email" in row else row["mail"]
        return cls(row["name"], email, row.get("phone", ""))

    def matches(self, text):
        text = text.casefold()
        return text in self.name.casefold() or text in self.email.casefold()


class AddressBook:
    def __init__(self, contacts=()):
        self._contacts = {}
        for contact in contacts:
            self.add(contact)

    def add(self, contact):
        """Keep a contact; the address tells contacts apart."""
        key = contact.email.casefold()
        if key in self._contacts:
            raise ValueError(f"{contact.email} is in the book already")
        self._contacts[key] = contact

    def find(self, text):
        found = [contact for contact in self._contacts.values() if contact.matches(text)]
        return sorted(found, key=lambda contact: contact.name)

    def change_phone(self, email, phone):
        key = email.casefold()
        self._contacts[key] = replace(self._contacts[key], phone=phone)

    def dump(self):
        return [contact.to_dict() for contact in self.find("")]
