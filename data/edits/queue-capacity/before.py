"""Messages that wait for their reader."""

from collections import deque


class MailboxError(Exception):
    """Something that a mailbox does not do."""


class MailboxClosed(MailboxError):
    """Nothing more can be sent."""


class Mailbox:
    def __init__(self):
        self._messages = deque()
        self._closed = False

    def _require_open(self):
        if self._closed:
            raise MailboxClosed("the mailbox is closed")

    def send(self, message):
        self._require_open()
        self._messages.append(message)

    def send_all(self, messages):
        """Send several messages; returns how many."""
        self._require_open()
        messages = list(messages)
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
