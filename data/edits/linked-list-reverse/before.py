"""A singly linked list that knows both of its ends."""


class Node:
    __slots__ = ("next", "value")

    def __init__(self, value):
        self.value = value
        self.next = None


class LinkedList:
    def __init__(self, values=()):
        self.head = None
        self.tail = None
        self._length = 0
        for value in values:
            self.append(value)

    def append(self, value):
        node = Node(value)
        if self.tail is None:
            self.head = node
        else:
            self.tail.next = node
        self.tail = node
        self._length += 1

    def prepend(self, value):
        node = Node(value)
        node.next = self.head
        self.head = node
        if self.tail is None:
            self.tail = node
        self._length += 1

    def remove(self, value):
        """Remove the first node with ``value``; whether there was one."""
        previous, node = None, self.head
        while node is not None and node.value != value:
            previous, node = node, node.next
        if node is None:
            return False
        if previous is None:
            self.head = node.next
        else:
            previous.next = node.next
        if node is self.tail:
            self.tail = previous
        self._length -= 1
        return True

    def __iter__(self):
        node = self.head
        while node is not None:
            yield node.value
            node = node.next

    def __len__(self):
        return self._length
