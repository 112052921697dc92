"""Four in a row: two players drop pieces into columns."""

PLAYERS = ("X", "O")
EMPTY = "."
DIRECTIONS = ((1, 0), (0, 1), (1, 1), (1, -1))


class MoveError(ValueError):
    """A move that the rules do not allow."""


class Game:
    """The board is a list of columns; each lists its pieces from the bottom up."""

    def __init__(self, columns=7, rows=6, length=4):
        if min(columns, rows, length) < 1 or length > max(columns, rows):
            raise ValueError(f"no game with {columns} columns, {rows} rows, {length} in a row")
        self.columns = columns
        self.rows = rows
        self.length = length
        self.board = [[] for _ in range(columns)]
        self.moves = []

    @property
    def player(self):
        """Whose turn it is."""
        return PLAYERS[len(self.moves) % 2]

    def piece(self, column, row):
        """The piece at a place, row 0 at the bottom; EMPTY where there is none."""
        if not 0 <= column < self.columns or not 0 <= row < len(self.board[column]):
            return EMPTY
        return self.board[column][row]

    def can_drop(self, column):
        return 0 <= column < self.columns and len(self.board[column]) < self.rows

    def drop(self, column):
        """Make a move; returns the row in which the piece lands."""
        if self.winner():
            raise MoveError("the game is over")
        if not 0 <= column < self.columns:
            raise MoveError(f"there is no column {column}")
        if not self.can_drop(column):
            raise MoveError(f"column {column} is full")
        self.board[column].append(self.player)
        self.moves.append(column)
        return len(self.board[column]) - 1

    def take_back(self):
        """Undo the last move."""
        if not self.moves:
            raise MoveError("nobody has moved yet")
        self.board[self.moves.pop()].pop()

    def winner(self):
        """Who has enough in a row; None as long as nobody has."""
        for column in range(self.columns):
            for row in range(len(self.board[column])):
                for step in DIRECTIONS:
                    if self._wins(column, row, *step):
                        return self.piece(column, row)
        return None

    def _wins(self, column, row, right, up):
        pieces = {self.piece(column + i * right, row + i * up) for i in range(self.length)}
        return len(pieces) == 1 and EMPTY not in pieces

    def is_draw(self):
        full = len(self.moves) == self.columns * self.rows
        return full and self.winner() is None

    def legal(self):
        """The columns that take a piece, in order."""
        return [column for column in range(self.columns) if self.can_drop(column)]

    def render(self):
        """The board as lines, the top row first."""
        return [
            "".join(self.piece(column, row) for column in range(self.columns))
            for row in reversed(range(self.rows))
        ]


def play(moves):
    """A game after the given moves."""
    game = Game()
    for column in moves:
        game.drop(column)
    return game


def parse(text, length=4):
    """A position from lines such as render makes; who moved when is not known."""
    lines = text.split()
    if not lines or any(len(line) != len(lines[0]) for line in lines):
        raise ValueError("the lines of a board are equally long")
    game = Game(len(lines[0]), len(lines), length)
    for line in reversed(lines):
        for column, piece in enumerate(line):
            if piece != EMPTY:
                game.board[column].append(piece)
    return game
