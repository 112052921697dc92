"""Messages that wait for their reader."""

from collections import deque


class MailboxError(Exception):
    """Something that a mailbox does not do."""


class MailboxClosed(MailboxError):
    """Nothing more can be sent."""


class MailboxFull(MailboxError):
    """There is no room for what is sent."""


class Mailbox:
    def __init__(self, capacity=None):
        if capacity is not None and capacity < 1:
            raise ValueError("a mailbox holds at least one message")
        self._messages = deque()
        self._capacity = capacity
        self._closed = False

    @property
    def free(self):
        """How many messages still fit; None without a limit."""
        return None if self._capacity is None else self._capacity - len(self._messages)

    def _require_room(self, count):
        if self.free is not None and count > self.free:
            raise MailboxFull(f"{count} messages do not fit, only {self.free} do")

    def _require_open(self):
        if self._closed:
            raise MailboxClosed("the mailbox is closed")

    def send(self, message):
        self._require_open()
        self._require_room(1)
        self._messages.append(message)

    def send_all(self, messages):
        """Send several messages; returns how many."""
        self._require_open()
        messages = list(messages)
        self._require_room(len(messages))
        self._messages.extend(messages)
        return len(messages)

    def receive(self):
        """The oldest message, None if there is none."""
        return self._messages.popleft() if self._messages else None

    def drain(self):
        """All messages, oldest first; the mailbox is empty afterwards."""
        messages = list(self._messages)
        self._messages.clear()
        return messages

    def close(self):
        """Take no more messages; those that are here can still be read."""
        self._closed = True

    def __len__(self):
        return len(self._messages)
