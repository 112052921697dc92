def filled(count, capacity=3):
    buffer = RingBuffer(capacity)
    for number in range(count):
        buffer.append(number)
    return buffer


def new_before_it_is_full():
    buffer = filled(2)
    assert (buffer[0], buffer[1]) == (0, 1)


def new_after_it_went_round():
    buffer = filled(5)
    assert [buffer[i] for i in range(3)] == [2, 3, 4]


def new_negative():
    buffer = filled(5)
    assert [buffer[-1], buffer[-2], buffer[-3]] == [4, 3, 2]
    assert filled(1)[-1] == 0


def new_out_of_range():
    for buffer, index in [
        (filled(2), 2),
        (filled(2), -3),
        (filled(5), 3),
        (filled(5), -4),
        (filled(0), 0),
    ]:
        try:
            buffer[index]
        except IndexError:
            continue
        raise AssertionError(index)


def new_after_popleft():
    buffer = filled(4)
    buffer.popleft()
    assert (buffer[0], buffer[-1]) == (2, 3)


def kept_order():
    buffer = filled(7)
    assert buffer.to_list() == [4, 5, 6]
    assert buffer.popleft() == 4
    assert len(buffer) == 2
