"""Turns keys on a GPU: one launch for all layers and heads, each number read and written once.

The same mathematics as :class:`codeupdate.kvcache.rotary.Turn` has in PyTorch, for Triton.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import triton
import triton.language as tl

if TYPE_CHECKING:
    import torch

__all__ = ["turn"]

NUMBERS = 4096  # of a key tensor that a program holds at a time
STRETCH = 1024  # tokens of a program, where several may work on one head


# Compiled once for every number of tokens.
@triton.jit(do_not_specialize=["tokens", "stretch"])  # type: ignore[untyped-decorator, unused-ignore]
def _turn(
    keys: Any,
    cos: Any,
    sin: Any,
    which: Any,
    into: Any,
    tokens: Any,
    stretch: Any,
    batch: Any,
    heads: Any,
    keys_layer: Any,
    keys_batch: Any,
    keys_head: Any,
    keys_token: Any,
    into_layer: Any,
    into_batch: Any,
    into_head: Any,
    into_token: Any,
    one_angle: tl.constexpr,  # for all tokens
    pairs: tl.constexpr,
    pairs_block: tl.constexpr,  # the next power of two
    apart: tl.constexpr,  # from the first number of a pair to the second
    between: tl.constexpr,  # from one pair to the next
    rest: tl.constexpr,  # numbers that are not turned, and copied
    rest_block: tl.constexpr,
    block: tl.constexpr,  # tokens
    backward: tl.constexpr,
) -> None:
    head = tl.program_id(0) % heads
    row = (tl.program_id(0) // heads) % batch
    layer = tl.program_id(0) // heads // batch
    keys += layer.to(tl.int64) * keys_layer + row * keys_batch + head * keys_head
    into += layer.to(tl.int64) * into_layer + row * into_batch + head * into_head
    pair = tl.arange(0, pairs_block)[None, :]
    first = tl.program_id(1) * stretch
    end = tl.minimum(first + stretch, tokens)
    blocks = tl.cdiv(end - first, block)
    for number in range(blocks):
        at = blocks - 1 - number if backward else number
        token = (first + at * block + tl.arange(0, block))[:, None]
        held = token < end
        turned = held & (pair < pairs)
        source = keys + token.to(tl.int64) * keys_token + pair * between
        target = into + token.to(tl.int64) * into_token + pair * between
        angle = pair
        if not one_angle:
            angle = pairs * tl.load(which + token, mask=held, other=0) + pair
        x = tl.load(source, mask=turned).to(tl.float32)
        y = tl.load(source + apart, mask=turned).to(tl.float32)
        c = tl.load(cos + angle, mask=pair < pairs)
        s = tl.load(sin + angle, mask=pair < pairs)
        if rest > 0:
            other = 2 * pairs + tl.arange(0, rest_block)[None, :]
            copied = held & (other < 2 * pairs + rest)
            kept = tl.load(keys + token.to(tl.int64) * keys_token + other, mask=copied)
        # Source and target may overlap: all threads have read before one writes, and have
        # written before one reads on.
        tl.debug_barrier()
        tl.store(target, (x * c - y * s).to(into.dtype.element_ty), mask=turned)
        tl.store(target + apart, (y * c + x * s).to(into.dtype.element_ty), mask=turned)
        if rest > 0:
            tl.store(into + token.to(tl.int64) * into_token + other, kept, mask=copied)
        tl.debug_barrier()


def turn(
    keys: torch.Tensor,
    cos: torch.Tensor,
    sin: torch.Tensor,
    which: torch.Tensor,
    into: torch.Tensor,
    *,
    interleaved: bool,
) -> None:
    """Write the turned ``keys``, (layers, batch, heads, tokens, size), to ``into``.

    ``cos`` and ``sin`` are float32, (angles, pairs), and ``which`` of them is that of each token,
    (tokens,); where there is but one, it is that of all; all three are contiguous. ``keys`` and
    ``into`` may be views of one tensor that overlap, each token shifted by the same; then one
    program walks along all tokens of a head, in the direction in which none is overwritten before
    it is read. Only the numbers of a token have to lie side by side.
    """
    if not keys.numel():
        return
    *outer, tokens, size = keys.shape
    layers, batch, heads = (1,) * (3 - len(outer)) + tuple(outer)
    keys, into = (some.view(layers, batch, heads, tokens, size) for some in (keys, into))
    pairs = cos.shape[1]
    rest = size - 2 * pairs
    pairs_block = triton.next_power_of_2(pairs)
    block = max(1, NUMBERS // (2 * pairs_block))
    shifted = keys.data_ptr() != into.data_ptr()
    same = keys.untyped_storage().data_ptr() == into.untyped_storage().data_ptr()
    stretch = tokens if shifted and same else STRETCH
    _turn[(layers * batch * heads, triton.cdiv(tokens, stretch))](
        keys,
        cos,
        sin,
        which,
        into,
        tokens,
        stretch,
        batch,
        heads,
        *keys.stride()[:4],
        *into.stride()[:4],
        one_angle=len(cos) == 1,
        pairs=pairs,
        pairs_block=pairs_block,
        apart=1 if interleaved else pairs,
        between=2 if interleaved else 1,
        rest=rest,
        rest_block=triton.next_power_of_2(max(rest, 1)),
        block=block,
        backward=into.data_ptr() > keys.data_ptr(),
        num_stages=1,  # the next tokens are read when these are written, not before
    )
