"""The cache of samples that are decoded together, while samples come and go.

Rows are flush right: each token is written at the same column for all of them, and a row that
is shorter than others begins at a later column. When rows end, the last ones take their places;
rows that join are copied in; columns that no row uses any more are left behind. So nothing is
padded but the difference in length between rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch

__all__ = ["OwnCache", "RowCache", "Rows", "rows_of"]

LEAST_ROOM = 32  # columns that are made at once, for tokens to come


class Rows(Protocol):
    """The cache of rows that are decoded together."""

    #: Whether rows of different lengths, and rows that join later, can be together.
    joins: bool

    def for_prompts(self) -> Any:
        """A cache of transformers that prompts are read into. What a hook leaves ``beside`` it
        (name → a tensor with a row for each prompt) stays with the rows wherever they go."""
        ...

    def add(self, prefilled: Any, sources: Sequence[int], lengths: Sequence[int]) -> None:
        """Append a row for each of ``sources``, rows of the cache ``prefilled`` of which it is
        the last ``lengths`` columns. ``prefilled`` is used up."""
        ...

    def keep(self, order: Sequence[int]) -> None:
        """Let row ``i`` be what row ``order[i]`` was, none of them an earlier one; drop the
        others."""
        ...

    def inputs(self) -> dict[str, Any]:
        """What the model is to be told, besides its id, to encode one token more of each row."""
        ...


def rows_of(module: Any) -> Rows:
    """An empty cache, as ``module`` needs it."""
    return RowCache() if _keeps_tokens(module) else OwnCache(module)


def _keeps_tokens(module: Any) -> bool:
    """Whether every layer keeps the keys and values of tokens, and nothing else."""
    from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

    layers = DynamicCache(config=module.config).layers
    return all(type(layer) in {DynamicLayer, DynamicSlidingWindowLayer} for layer in layers)


class RowCache:
    """Keys and values of rows, in buffers (rows, heads, columns, size) that are larger than what
    is used of them, so that a token is written and nothing else is moved."""

    joins = True

    def __init__(self) -> None:
        self._buffers: list[torch.Tensor] = []  # keys and values of one layer after the other
        self._rows = 0
        self._begin = self._end = 0  # columns that are used
        self._firsts: list[int] = []  # the column at which each row begins
        self._beside: dict[Hashable, torch.Tensor] = {}
        self._cache: Any = None

    def for_prompts(self) -> Any:
        from transformers.cache_utils import Cache, DynamicLayer

        # Layers that see a window keep everything too, so that other lengths may join; the
        # model's mask knows of the window.
        found = Cache(layer_class_to_replicate=DynamicLayer)
        found.beside = {}
        return found

    # -------------------------------------------------------------- rows come and go

    def add(self, prefilled: Any, sources: Sequence[int], lengths: Sequence[int]) -> None:
        import torch

        tensors = [t for layer in prefilled.layers for t in (layer.keys, layer.values)]
        if self._cache is None:
            self._cache = _as_cache(self, len(prefilled.layers))
            self._buffers = [tensor[:0, :, :0] for tensor in tensors]
        width, rows = max(lengths), self._rows + len(sources)
        self._make_room(rows, width)
        chosen = torch.tensor(sources)
        for buffer, tensor in zip(self._buffers, tensors, strict=True):
            taken = tensor[chosen.to(tensor.device), :, -width:]
            buffer[self._rows : rows, :, self._end - width : self._end] = taken
        for name, tensor in prefilled.beside.items():
            added = tensor[chosen.to(tensor.device)]
            self._beside[name] = torch.cat([self._beside[name], added]) if self._rows else added
        self._firsts += [self._end - length for length in lengths]
        self._rows, self._begin = rows, min(self._firsts)

    def keep(self, order: Sequence[int]) -> None:
        import torch

        moved = [(new, old) for new, old in enumerate(order) if new != old]
        if moved:
            places, used = torch.tensor(moved).T, slice(self._begin, self._end)
            for buffer in self._buffers:
                new, old = places.to(buffer.device)
                buffer[new, :, used] = buffer[old, :, used]
        kept = torch.tensor(order, dtype=torch.long)
        for name, tensor in self._beside.items():
            self._beside[name] = tensor[kept.to(tensor.device)]
        self._firsts = [self._firsts[old] for old in order]
        self._rows, self._begin = len(order), min(self._firsts, default=self._end)

    def _make_room(self, rows: int, width: int) -> None:
        """Have room for ``rows``, for ``width`` columns up to the last one, and for a token."""
        width = max(width, self._end - self._begin)
        held, columns = (self._buffers[0].shape[i] for i in (0, 2))
        if rows <= held and width <= self._end < columns:
            return
        if rows > held or width >= columns:
            shape = max(rows, held), max(columns, width + max(LEAST_ROOM, width // 4))
            for number, buffer in enumerate(self._buffers):
                self._buffers[number] = self._move(buffer, width, self._larger(buffer, *shape))
        else:
            for buffer in self._buffers:
                self._move(buffer, width, buffer)
        moved = width - self._end
        self._firsts = [first + moved for first in self._firsts]
        self._begin, self._end = self._begin + moved, width

    def _larger(self, buffer: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
        # Zeros: what is masked gets no weight, but no weight of infinity is not a number.
        return buffer.new_zeros(rows, buffer.shape[1], columns, buffer.shape[3])

    def _move(self, source: torch.Tensor, end: int, target: torch.Tensor) -> torch.Tensor:
        """Copy what is used of ``source`` to ``target``, up to the column ``end``."""
        used = source[: self._rows, :, self._begin : self._end]
        place = target[: self._rows, :, end - used.shape[2] : end]
        place.copy_(used.clone() if source is target else used)
        return target

    # --------------------------------------------------------------------- one token

    def inputs(self) -> dict[str, Any]:
        import torch

        self._make_room(self._rows, 0)
        device = self._buffers[0].device
        firsts = torch.tensor(self._firsts, device=device)[:, None]
        mask = None  # which the model takes for: all that is there
        if max(self._firsts) > self._begin:
            mask = torch.arange(self._begin, self._end + 1, device=device) >= firsts
        positions = self._end - firsts
        self._end += 1
        return {
            "past_key_values": self._cache,
            "attention_mask": mask,
            "position_ids": positions,
        }

    @property
    def seen(self) -> int:
        """How many columns there are before the token that is being encoded."""
        return self._end - 1 - self._begin

    @property
    def beside(self) -> dict[Hashable, torch.Tensor]:
        return self._beside

    def write(self, layer: int, keys: Any, values: Any) -> tuple[Any, Any]:
        """Keep the token that is being encoded; what its attention sees."""
        rows, seen = slice(self._rows), slice(self._begin, self._end)
        held_keys, held_values = self._buffers[2 * layer : 2 * layer + 2]
        held_keys[rows, :, self._end - 1 : self._end] = keys
        held_values[rows, :, self._end - 1 : self._end] = values
        return held_keys[rows, :, seen], held_values[rows, :, seen]


def _as_cache(rows: RowCache, layers: int) -> Any:
    """``rows`` as a cache of transformers."""
    from transformers.cache_utils import Cache, DynamicLayer

    class Layer(DynamicLayer):  # type: ignore[misc]
        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number
            self.is_initialized = True

        def update(self, key_states: Any, value_states: Any, *_: Any, **__: Any) -> Any:
            return rows.write(self.number, key_states, value_states)

        def get_seq_length(self) -> int:
            return rows.seen

    found = Cache(layers=[Layer(number) for number in range(layers)])
    found.beside = rows.beside
    return found


class OwnCache:
    """The model's own cache, of samples of one prompt: where layers keep something else than
    keys and values, rows of different lengths cannot be told apart."""

    joins = False

    def __init__(self, module: Any) -> None:
        self._module = module
        self._cache: Any = None
        self._rows = self._length = 0

    def for_prompts(self) -> Any:
        from transformers import DynamicCache

        found = DynamicCache(config=self._module.config)
        found.beside = {}
        return found

    def add(self, prefilled: Any, sources: Sequence[int], lengths: Sequence[int]) -> None:
        self._cache, self._length = prefilled, lengths[0]
        self.keep(sources)

    def keep(self, order: Sequence[int]) -> None:
        import torch

        self._rows = len(order)
        if not order:
            return
        chosen = torch.tensor(order)
        self._cache.reorder_cache(chosen)
        for name, tensor in self._cache.beside.items():
            self._cache.beside[name] = tensor[chosen.to(tensor.device)]

    def inputs(self) -> dict[str, Any]:
        import torch

        self._length += 1
        return {
            "past_key_values": self._cache,
            "attention_mask": None,
            "position_ids": torch.full(
                (self._rows, 1), self._length - 1, device=self._module.device
            ),
        }
