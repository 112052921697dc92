"""Encodes tokens at given positions of an editable cache with a model of transformers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Protocol

from codeupdate.errors import ModelError
from codeupdate.kvcache.attention import Watch, watched, without_copies
from codeupdate.kvcache.blocks import SPARE, Layout
from codeupdate.kvcache.cache import EditableCache
from codeupdate.kvcache.rotary import Rotary, rotary_of
from codeupdate.models.context import context_of
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = ["Encoder", "Storage", "as_cache"]

PROBED = 3  # tokens, to see what a model keeps of a token
#: Tokens that are encoded in one pass, on a processor and on a GPU, which needs more at a time.
CHUNK = (256, 1024)
FAR = 37  # positions that they are moved by, to see whether one rotation does it


class Encoder:
    """A model that reads and writes editable caches.

    Raises:
        ModelError: one rotation does not move the keys of this model; the message says why.
    """

    def __init__(self, model: WeightedModel) -> None:
        self.module = model.module
        self.name = model.name
        if getattr(self.module, "routed", False):
            raise ModelError(
                f"an edit of '{self.name}' chooses adapters for each prompt as it is read whole, "
                "and a text that is edited is not; its cache cannot be edited"
            )
        self._refuse_windows()
        self._refuse_attention()
        self.rotary: Rotary = rotary_of(self.module, self.name)
        self.layout = self._proven_layout()

    def new_cache(self, room: int) -> EditableCache:
        """An empty cache with room for ``room`` tokens, and some to spare."""
        return EditableCache(self.layout, self.rotary, room + SPARE)

    def wait(self) -> None:
        """Until all that was asked of a GPU is done: it is given work, and works on its own."""
        if self.layout.device.type == "cuda":
            import torch

            torch.cuda.synchronize(self.layout.device)

    def encode(
        self,
        cache: EditableCache,
        ids: Sequence[int],
        positions: Sequence[int],
        watch: Watch | None = None,
    ) -> torch.Tensor:
        """Encode ``ids`` at ``positions``, ascending; the logits of the last, (vocabulary,).

        Each token sees all tokens of the cache up to its own position, those encoded in the
        same pass included: what stands there already is taken as it is. ``watch`` learns what the
        last tokens attend to.
        """
        import torch

        cache.open(positions)
        with torch.inference_mode():
            for some in self._chunks(positions):
                view = _View(cache, positions[some])
                # Of this pass, those that are among the last of all.
                window = some.stop - max(some.start, len(positions) - watch.window) if watch else 0
                logits = self._forward(ids[some], positions[some], view, watch, window)
        return logits

    def changes(
        self, cache: EditableCache, ids: Sequence[int], positions: Sequence[int]
    ) -> torch.Tensor:
        """How much encoding ``ids`` anew at ``positions`` would change them, (tokens,).

        Measured after the first block, the first that can tell: squared differences of keys
        and values, summed (CacheBlend, arXiv 2405.16444, section 4). Nothing is written.
        A model of one block has none to tell.
        """
        import torch

        if self.layout.layers == 1:
            return torch.zeros(len(positions))
        found = []
        with torch.inference_mode():
            for some in self._chunks(positions):
                probe = _Probe(cache, positions[some])
                with suppress(_Seen):
                    self._forward(ids[some], positions[some], probe)
                found.append(probe.difference())
        return torch.cat(found)

    def _chunks(self, positions: Sequence[int]) -> Iterator[slice]:
        """What of ``positions`` is encoded in one pass.

        All of a text's beginning: its causal mask needs no mask. Everything else some tokens at a
        time. Where they are seen through a mask, attention computes what is masked too (one pass
        over the second half of a text costs as many products as the whole text), and the fewer
        share a mask, the less of it lies behind the last of them; and a pass needs less memory.
        """
        count = len(positions)
        beginning = positions[0] == 0 and positions[-1] == count - 1
        size = count if beginning else CHUNK[self.layout.device.type == "cuda"]
        yield from (slice(start, min(start + size, count)) for start in range(0, count, size))

    def _forward(
        self,
        ids: Sequence[int],
        positions: Sequence[int],
        view: _View,
        watch: Watch | None = None,
        window: int = 0,
    ) -> torch.Tensor:
        import torch

        device, mask = self.layout.device, view.mask(always=window > 0)
        with ExitStack() as stack:
            stack.enter_context(without_copies(self.module, mask, row=view.row))
            if watch and window > 0:
                stack.enter_context(watched(self.module, watch, window))
            out = self.module(
                input_ids=torch.tensor([list(ids)], device=device),
                position_ids=torch.tensor([list(positions)], device=device),
                attention_mask=mask,
                past_key_values=view.as_cache(),
                use_cache=True,
                logits_to_keep=1,
            )
        return out.logits[0, -1]

    def _proven_layout(self) -> Layout:
        """What the model keeps of a token, and the proof that one rotation moves it.

        The same tokens are encoded in two places. Attention sees distances only, so that in
        every layer the keys must differ by the rotation and the values not at all.
        """
        import torch
        from transformers import DynamicCache

        device = self.module.device
        ids = torch.arange(PROBED, device=device)[None] + 2
        seen = []
        for start in (0, FAR):
            cache = DynamicCache()
            with torch.inference_mode():
                self.module(
                    input_ids=ids,
                    position_ids=torch.arange(start, start + PROBED, device=device)[None],
                    past_key_values=cache,
                    use_cache=True,
                )
            seen.append([(layer.keys, layer.values) for layer in cache.layers])
        shapes = {(keys.shape, values.shape) for keys, values in seen[0]}
        if len(shapes) != 1:
            raise ModelError(
                f"the layers of '{self.name}' do not all keep the same of a token, so that its "
                "cache cannot be edited"
            )
        if len({keys.device for keys, _ in seen[0]}) != 1:
            raise ModelError(
                f"the layers of '{self.name}' lie on several devices, so that its cache cannot be "
                "edited; load it on one"
            )
        for (near, _), (far, _) in zip(*seen, strict=True):
            turned = torch.empty_like(near)
            self.rotary.by(FAR)(near, turned)
            # Rounding grows from layer to layer; a wrong rotation is off by the whole.
            if (turned - far).float().norm() > 0.1 * far.float().norm():
                raise ModelError(
                    f"the keys of '{self.name}' do not move by one rotation (its rotary "
                    "embedding works in a way that is not known here), so that its cache cannot "
                    "be edited"
                )
        (keys, values), *_ = seen[0]
        return Layout(
            layers=len(seen[0]),
            heads=keys.shape[1],
            key_size=keys.shape[-1],
            value_size=values.shape[-1],
            dtype=keys.dtype,
            device=keys.device,
        )

    def _refuse_attention(self) -> None:
        """Who sees whom is told by a mask of numbers, which not every attention takes."""
        attention = self.module.config._attn_implementation
        if attention not in ("sdpa", "eager"):
            raise ModelError(
                f"'{self.name}' was loaded with the attention '{attention}', under which its "
                "cache cannot be edited; load it with attention=sdpa"
            )

    def _refuse_windows(self) -> None:
        """A layer that forgets has lost what an edit would bring back into its window."""
        from transformers.cache_utils import DynamicCache, DynamicLayer

        context = context_of(self.module)
        for layer in DynamicCache(config=self.module.config).layers:
            if not isinstance(layer, DynamicLayer):
                raise ModelError(
                    f"layers of '{self.name}' keep no keys and values "
                    f"({type(layer).__name__}), so that its cache cannot be edited"
                )
            window = getattr(layer, "sliding_window", None)
            if window is not None and window < context:
                raise ModelError(
                    f"layers of '{self.name}' see only a window of the text ({window} of "
                    f"{context} tokens), so that its cache cannot be edited"
                )


class _View:
    """What the model sees of a cache while it encodes the tokens at ``positions``."""

    def __init__(self, cache: EditableCache, positions: Sequence[int]) -> None:
        import torch

        self._cache = cache
        self._first, self._last = positions[0], positions[-1]
        self._places: slice | torch.Tensor = slice(self._first, self._last + 1)
        self.row = self._last - self._first + 1 == len(positions)
        if not self.row:
            self._places = torch.tensor(positions, device=cache.layout.device)
        self._plain = self._first == self._last or self._last + 1 == len(positions)
        self._pending = cache.pending(self._last + 1)

    def update(self, layer: int, keys: Any, values: Any) -> tuple[Any, Any]:
        self._cache.write(layer, self._places, keys, values)
        return self._seen(layer)

    def _seen(self, layer: int) -> tuple[Any, Any]:
        return self._cache.seen(layer, self._last + 1, self._pending)

    def mask(self, *, always: bool = False) -> torch.Tensor | None:
        """Who sees whom, to be added to attention scores: (1, 1, tokens, seen).

        None for the beginning of a text, and for one token, which need none, unless ``always``.
        """
        if self._plain and not always:
            return None
        import torch

        dtype, device = self._cache.layout.dtype, self._cache.layout.device
        seen = torch.arange(self._last + 1, device=device)
        hidden = seen[None, :] > seen[self._places][:, None]
        blocked = torch.zeros(hidden.shape, dtype=dtype, device=device)
        return blocked.masked_fill_(hidden, torch.finfo(dtype).min)[None, None]

    def as_cache(self) -> Any:
        return as_cache(self, self._cache.layout.layers, self._first)


class _Seen(Exception):
    """Enough of the model has run."""


class _Probe(_View):
    """Lets the first block run on the cache as it is, and compares what the second would keep."""

    def update(self, layer: int, keys: Any, values: Any) -> tuple[Any, Any]:
        if layer == 0:
            # Of its tokens alone: the first layer's keys and values are as they were.
            return self._seen(0)
        self._fresh = (keys, values)
        raise _Seen

    def difference(self) -> torch.Tensor:
        return sum(
            (fresh.float() - held[..., self._places, :].float()).square().sum((0, 1, 3))
            for fresh, held in zip(self._fresh, self._seen(1), strict=True)
        )


class Storage(Protocol):
    """What a forward pass writes to and reads from."""

    def update(self, layer: int, keys: Any, values: Any) -> tuple[Any, Any]:
        """Keep what was just encoded; the keys and values that attention is to see."""
        ...


def as_cache(view: Storage, layers: int, first: int) -> Any:
    """``view`` as a cache of transformers, in which ``first`` tokens are said to be already."""
    from transformers.cache_utils import Cache, DynamicLayer

    class Layer(DynamicLayer):  # type: ignore[misc]
        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number
            self.is_initialized = True

        def update(self, key_states: Any, value_states: Any, *_: Any, **__: Any) -> Any:
            return view.update(self.number, key_states, value_states)

        def get_seq_length(self) -> int:
            return first

    return Cache(layers=[Layer(number) for number in range(layers)])
