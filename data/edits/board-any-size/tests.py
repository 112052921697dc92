def played(game, *moves):
    for column in moves:
        game.drop(column)
    return game


def refused(action, *values, **named):
    try:
        action(*values, **named)
    except ValueError:
        return True
    return False


def new_small_board():
    game = Game(columns=3, rows=3, length=3)
    assert game.render() == ["..."] * 3
    played(game, 0, 1, 0, 1)
    assert game.winner() is None
    assert game.drop(0) == 2
    assert game.winner() == "X"


def new_edges():
    game = Game(2, 1, 2)
    assert game.legal() == [0, 1]
    game.drop(1)
    assert game.legal() == [0]
    assert refused(game.drop, 1)
    assert refused(game.drop, 2)
    game.drop(0)
    assert game.is_draw()


def new_longer_rows():
    game = played(Game(9, 9, 5), 0, 0, 1, 1, 2, 2, 3, 3)
    assert game.winner() is None
    game.drop(4)
    assert game.winner() == "X"


def new_diagonal_on_a_wide_board():
    assert parse("..X. .XO. XOO. XOX.", length=3).winner() == "X"
    assert parse("X... OX.. OOX. OXXO").winner() is None
    assert parse("X... OX.. OOX. OXOX").winner() == "X"


def new_sizes_that_make_no_game():
    for size in [(3, 3, 4), (0, 6, 1), (7, 0, 4), (4, 4, 0)]:
        assert refused(Game, *size), size
    assert Game(1, 4).render() == ["."] * 4
    assert Game(4, 1).render() == ["...."]


def new_parse_finds_the_size():
    assert parse(".... XOXO").render() == ["....", "XOXO"]
    assert refused(parse, "... XX")
    assert refused(parse, "XX XX")


def new_constants_are_gone():
    for name in ("COLUMNS", "ROWS", "LENGTH"):
        assert not hasattr(Game, name)


def kept_standard_game():
    game = play([3, 3, 4, 4, 5, 5])
    assert game.player == "X"
    assert game.drop(6) == 0
    assert game.winner() == "X"
    assert refused(game.drop, 0)
    game.take_back()
    assert game.winner() is None
    assert game.legal() == list(range(7))


def kept_standard_board():
    game = play([0] * 6)
    assert game.render() == ["O......", "X......"] * 3
    assert not game.can_drop(0)
    assert refused(game.drop, 7)
    again = parse("\n".join(game.render()))
    assert again.board == game.board


def kept_draw():
    assert not play([0, 1]).is_draw()
