OPEN = """
S...
....
...G
"""
CORNERS = """
S#.
..#
..G
"""
CLOSED = """
S#
#G
"""


def new_across_an_open_room():
    assert Maze(OPEN, diagonal=True).steps() == 3


def new_not_around_corners():
    assert Maze(CLOSED, diagonal=True).steps() is None
    assert Maze(CLOSED, diagonal=True).reachable() == 1
    assert Maze(CORNERS, diagonal=True).steps() == 3
    assert Maze(CORNERS, diagonal=True).reachable() == 6


def new_one_wall_is_enough():
    assert Maze("S#\n.G", diagonal=True).steps() == 2
    assert Maze("S.\n#G", diagonal=True).steps() == 2
    assert Maze("S.\n.G", diagonal=True).steps() == 1


def new_all_four_diagonals():
    found = sorted(Maze("...\n.S.\n...", diagonal=True).neighbours(1, 1))
    assert found == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2)]


def kept_off_by_default():
    assert Maze(OPEN).steps() == 5
    assert Maze("S.\n.G").steps() == 2
    assert sorted(Maze("...\n.S.\n...").neighbours(1, 1)) == [(0, 1), (1, 0), (1, 2), (2, 1)]


def kept_walls():
    assert Maze(CLOSED).steps() is None
    assert Maze(CORNERS).reachable() == 6


def kept_lines_of_different_length():
    maze = Maze("S...\n.\n..G")
    assert maze.steps() == 4
    assert not maze.is_free(2, 1)
    try:
        maze.find("X")
    except LookupError:
        return
    raise AssertionError("found")
