def nodes(chain):
    node = chain.head
    while node is not None:
        yield node
        node = node.next


def new_order_is_turned():
    chain = LinkedList([1, 2, 3, 4])
    assert chain.reverse() is None
    assert list(chain) == [4, 3, 2, 1]
    assert len(chain) == 4


def new_both_ends_are_right():
    chain = LinkedList("abc")
    chain.reverse()
    chain.append("x")
    chain.prepend("y")
    assert "".join(chain) == "ycbax"
    assert chain.tail.value == "x"
    assert chain.tail.next is None


def new_no_new_nodes():
    chain = LinkedList([1, 2, 3])
    before = list(nodes(chain))
    chain.reverse()
    after = list(nodes(chain))
    assert [id(node) for node in after] == [id(node) for node in reversed(before)]


def new_short_lists():
    for values in ([], [1]):
        chain = LinkedList(values)
        chain.reverse()
        chain.append(9)
        assert list(chain) == [*values, 9]


def new_removing_afterwards():
    chain = LinkedList([1, 2, 3])
    chain.reverse()
    assert chain.remove(1)
    chain.append(5)
    assert list(chain) == [3, 2, 5]


def kept_remove():
    chain = LinkedList([1, 2, 1])
    assert chain.remove(1)
    assert not chain.remove(7)
    assert chain.remove(1)
    assert list(chain) == [2]
