"""The rotation by which a key knows its position, and how it is turned to another position.

RoPE (Su et al. 2021, arXiv 2104.09864) turns pair i of a key at position p by the angle
p·θᵢ. Rotations add up, so a key that moves by δ positions is turned by δ·θᵢ more: positional
integrity encoding (arXiv 2407.03157, section 3.2) is this and nothing else.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codeupdate.errors import ModelError

if TYPE_CHECKING:
    import torch

__all__ = ["Rotary", "rotary_of"]

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

    def turn(self, keys: torch.Tensor, by: int | torch.Tensor, into: torch.Tensor) -> None:
        """Write ``keys``, moved ``by`` so many positions, to ``into``; they may overlap.

        Both are (…, tokens, size); ``by`` is one number for all tokens or one for each,
        (tokens,). The sums are taken in float32. What it needs besides is as large as
        ``keys`` in float32.
        """
        import torch

        pairs = self.frequencies.numel()
        angles = torch.as_tensor(by, device=keys.device).double()[..., None] * self.frequencies
        cos, sin = angles.cos().float(), angles.sin().float()
        first, second = self._pairs(keys)
        x, y = first.float(), second.float()
        turned_first = torch.addcmul(x * cos, y, sin, value=-1)
        turned_second = torch.addcmul(y * cos, x, sin)
        if keys.shape[-1] > 2 * pairs and keys.data_ptr() != into.data_ptr():
            into[..., 2 * pairs :] = keys[..., 2 * pairs :].clone()
        into_first, into_second = self._pairs(into)
        into_first.copy_(turned_first)
        into_second.copy_(turned_second)

    def _pairs(self, keys: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        pairs = self.frequencies.numel()
        if self.interleaved:
            return keys[..., 0 : 2 * pairs : 2], keys[..., 1 : 2 * pairs : 2]
        return keys[..., :pairs], keys[..., pairs : 2 * pairs]


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
