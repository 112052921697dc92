"""The rotation by which a key knows its position, and how it is turned to another position.

RoPE (Su et al. 2021, arXiv 2104.09864) turns pair i of a key at position p by the angle
p·θᵢ. Rotations add up, so a key that moves by δ positions is turned by δ·θᵢ more: positional
integrity encoding (arXiv 2407.03157, section 3.2) is this and nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from codeupdate.errors import ModelError

if TYPE_CHECKING:
    import torch

__all__ = ["Rotary", "Turn", "rotary_of", "slide"]

STEP_BYTES = 2**18  # of memory that turning takes besides
FEWEST = 16  # tokens that are turned at a time

#: Types of rotary embedding whose frequencies depend on how long the text is.
VARYING = ("dynamic", "longrope")


@dataclass(frozen=True, slots=True)
class Rotary:
    """Which numbers of a key are turned, and how fast.

    ``frequencies`` are θ, float32, one a pair: (pairs,). The first 2 × pairs numbers of a key
    are turned; number i is paired with number i + pairs, or, ``interleaved``, with its
    neighbour.
    """

    frequencies: torch.Tensor
    interleaved: bool = False

    def by(self, positions: int | torch.Tensor) -> Turn:
        """The turn of a key that moves so many ``positions``: one number for all tokens, or one
        for each, (tokens,)."""
        import torch

        far = torch.as_tensor(positions, device=self.frequencies.device)
        # Neighbours have mostly moved together: few angles are different ones.
        different, which = far.reshape(-1).unique(return_inverse=True)
        angles = different.double()[:, None] * self.frequencies
        return Turn(angles.cos().float(), angles.sin().float(), which, self.interleaved)


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn by angles of which ``cos`` and ``sin`` are given, float32: (angles, pairs). ``which``
    of them is that of each token, (tokens,); where there is but one, it is that of all."""

    cos: torch.Tensor
    sin: torch.Tensor
    which: torch.Tensor
    interleaved: bool

    def __call__(self, keys: torch.Tensor, into: torch.Tensor) -> None:
        """Write the turned ``keys``, (layers, batch, heads, tokens, size), to ``into``.

        Both may be views of one tensor that overlap, each token shifted by the same. Sums are
        taken in float32. Where there is a GPU and Triton it is one launch
        (:mod:`codeupdate.kvcache.turning`), elsewhere a walk in steps that stay in the processor's
        own memory, so that nothing of the size of ``keys`` is needed besides.
        """
        if keys.is_cuda and find_spec("triton") is not None:
            from codeupdate.kvcache.turning import turn

            turn(keys, self.cos, self.sin, self.which, into, interleaved=self.interleaved)
            return
        for some in steps(keys, into):
            self._turn(keys[..., some, :], into[..., some, :], some)

    def _turn(self, keys: torch.Tensor, into: torch.Tensor, tokens: slice) -> None:
        pairs = self.cos.shape[1]
        cos, sin = self.cos, self.sin
        if len(cos) > 1:
            cos, sin = cos[self.which[tokens]], sin[self.which[tokens]]
        first, second = (part.float() for part in self._pairs(keys, pairs))
        turned_first = (first * cos).addcmul_(second, sin, value=-1)
        turned_second = (second * cos).addcmul_(first, sin)
        if keys.shape[-1] > 2 * pairs and keys.data_ptr() != into.data_ptr():
            into[..., 2 * pairs :] = keys[..., 2 * pairs :].clone()
        into_first, into_second = self._pairs(into, pairs)
        into_first.copy_(turned_first)
        into_second.copy_(turned_second)

    def _pairs(self, keys: torch.Tensor, pairs: int) -> tuple[torch.Tensor, torch.Tensor]:
        if self.interleaved:
            return keys[..., 0 : 2 * pairs : 2], keys[..., 1 : 2 * pairs : 2]
        return keys[..., :pairs], keys[..., pairs : 2 * pairs]


def slide(source: torch.Tensor, into: torch.Tensor) -> None:
    """Copy (…, tokens, size), also where both are overlapping views of one tensor, with little
    memory besides."""
    for some in steps(source, into):
        into[..., some, :] = source[..., some, :].clone()


def steps(source: torch.Tensor, into: torch.Tensor) -> Iterator[slice]:
    """The tokens some at a time, in the order in which none is overwritten before its turn."""
    tokens = source.shape[-2]
    if not source.numel():
        return
    # In float32 there are the turned numbers, in a lower precision also those to be turned.
    a_number = 4 if source.dtype.itemsize >= 4 else 8
    size = max(FEWEST, STEP_BYTES * tokens // (a_number * source.numel()))
    starts = range(0, tokens, size)
    for start in reversed(starts) if into.data_ptr() > source.data_ptr() else starts:
        yield slice(start, min(start + size, tokens))


def rotary_of(module: Any, name: str) -> Rotary:
    """The rotation that the decoder ``module`` applies to its keys, found by structure.

    Raises:
        ModelError: it has none, several, or one that depends on the length of the text.
    """
    import torch

    # Some keep a copy in every block: equal ones are one.
    found: list[torch.Tensor] = []
    for part in module.modules():
        frequencies = getattr(part, "inv_freq", None)
        if not isinstance(frequencies, torch.Tensor):
            continue
        kind = str(getattr(part, "rope_type", "default"))
        if any(varying in kind for varying in VARYING):
            raise ModelError(
                f"the rotary embedding of '{name}' is of the type '{kind}': its frequencies "
                "depend on the length of the text, so that no single rotation moves a key and "
                "its cache cannot be edited"
            )
        # As the model uses them: a cast to a lower precision has rounded them for good.
        used = frequencies.float()
        if not any(torch.equal(used, other) for other in found):
            found.append(used)
    if len(found) != 1:
        what = "no rotary embedding" if not found else f"{len(found)} different rotary embeddings"
        raise ModelError(
            f"'{name}' has {what}; its cache can be edited where all layers share one "
            "(Llama, Qwen, Mistral, Gemma without sliding layers, Phi, GPT-NeoX, DeepSeek-Coder)"
        )
    return Rotary(found[0], _interleaved(module, name))


def _interleaved(module: Any, name: str) -> bool:
    """Asks the model's own ``rotate_half`` which numbers make a pair."""
    import torch

    home = sys.modules[type(module).__module__]
    turn = getattr(home, "rotate_half", None)
    if turn is None:
        raise ModelError(
            f"how '{name}' pairs the numbers of a key is not known: its module "
            f"'{home.__name__}' has no rotate_half"
        )
    turned = turn(torch.tensor([1.0, 2.0, 3.0, 4.0])).tolist()
    layouts = {(-3.0, -4.0, 1.0, 2.0): False, (-2.0, 1.0, -4.0, 3.0): True}
    if tuple(turned) not in layouts:
        raise ModelError(f"how '{name}' pairs the numbers of a key is neither of the known two")
    return layouts[tuple(turned)]
