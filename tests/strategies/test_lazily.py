"""Items are made when they are asked for, and few of them are held."""

from __future__ import annotations

import pytest

from codeupdate.strategies.lazily import HELD, Lazily


def test_an_item_is_made_when_it_is_asked_for_and_not_again_while_it_is_held() -> None:
    made: list[int] = []

    def make(index: int) -> str:
        made.append(index)
        return str(index)

    items = Lazily(3 * HELD, make)
    assert len(items) == 3 * HELD and made == []
    assert items[7] == items[7] == "7"
    assert items.take(7) == "7" and made == [7]
    assert [int(item) for item in items] == list(range(3 * HELD))
    assert items[3 * HELD - 1] and len(made) == 3 * HELD + 1  # the last are held
    assert items[0] == "0" and len(made) == 3 * HELD + 2  # the first are made again
    with pytest.raises(IndexError):
        items[3 * HELD]
