"""The kernel and PyTorch turn keys alike: in Triton's interpreter here, on a GPU where one is."""

from __future__ import annotations

import os

import pytest

from codeupdate.kvcache.rotary import Rotary

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
GPU = torch.cuda.is_available()
if not GPU:  # has to be said before Triton is imported
    os.environ.setdefault("TRITON_INTERPRET", "1")
pytest.importorskip("triton", reason="needs Triton, which comes with torch where a GPU is")

from codeupdate.kvcache import turning  # noqa: E402

pytestmark = pytest.mark.skipif(
    not GPU and os.environ.get("TRITON_INTERPRET") != "1", reason="needs a GPU, or TRITON_INTERPRET"
)
DEVICE = "cuda" if GPU else "cpu"
#: One rounding of a number below 8.
CLOSE = {torch.float32: 4e-6, torch.bfloat16: 2**-5, torch.float16: 2**-8}


def rotary(pairs: int, *, interleaved: bool = False) -> Rotary:
    theta = 1.0 / 10_000.0 ** (torch.arange(pairs, device=DEVICE) / pairs)
    return Rotary(theta, interleaved)


def in_torch(rotary: Rotary, keys: torch.Tensor, by: int | torch.Tensor) -> torch.Tensor:
    turned = torch.empty_like(keys, device="cpu")
    here = Rotary(rotary.frequencies.cpu(), rotary.interleaved)
    by = by.cpu() if isinstance(by, torch.Tensor) else by
    here.by(by)(keys.cpu().contiguous(), turned)
    return turned


@pytest.mark.parametrize("dtype", CLOSE, ids=str)
@pytest.mark.parametrize("interleaved", [False, True], ids=["halves", "neighbours"])
@pytest.mark.parametrize(
    ("shape", "pairs"),
    [
        ((3, 1, 2, 40, 16), 8),
        ((2, 1, 4, 7, 24), 8),  # a third is not turned
        ((1, 1, 1, 1, 80), 20),  # no powers of two
        ((2, 3, 2, 33, 64), 32),
        ((2, 5, 12), 6),  # one layer's, without a batch
        ((2, 1, 2, 0, 8), 4),
    ],
)
def test_the_kernel_turns_as_pytorch_does(
    shape: tuple[int, ...], pairs: int, interleaved: bool, dtype: torch.dtype
) -> None:
    torch.manual_seed(0)
    some = rotary(pairs, interleaved=interleaved)
    keys = torch.randn(shape, device=DEVICE).to(dtype)
    for by in (5, -1234, torch.randint(-3000, 3000, (shape[-2],), device=DEVICE)):
        turn = some.by(by)
        into = torch.empty_like(keys)
        turning.turn(keys, turn.cos, turn.sin, turn.which, into, interleaved=interleaved)
        expected = in_torch(some, keys, by)
        torch.testing.assert_close(into.cpu(), expected, rtol=0, atol=CLOSE[dtype])
        assert torch.equal(into[..., 2 * pairs :], keys[..., 2 * pairs :])


@pytest.mark.parametrize("to", [0, 3, 64, 70, 200])
def test_in_place_no_token_is_lost(to: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens 64 to 164 of a cache with room, a few of them at a time."""
    monkeypatch.setattr(turning, "NUMBERS", 16 * 8)
    monkeypatch.setattr(turning, "STRETCH", 32)
    cache = torch.randn(2, 1, 2, 400, 24, device=DEVICE)
    some, before = rotary(8), cache.clone()
    turn = some.by(to - 64)
    here, there = cache[..., 64:164, :], cache[..., to : to + 100, :]
    expected = in_torch(some, here, to - 64)
    turning.turn(here, turn.cos, turn.sin, turn.which, there, interleaved=False)
    torch.testing.assert_close(there.cpu(), expected, rtol=0, atol=CLOSE[torch.float32])
    untouched = torch.ones(400, dtype=torch.bool)
    untouched[to : to + 100] = False
    assert torch.equal(cache[..., untouched, :], before[..., untouched, :])


@pytest.mark.skipif(not GPU, reason="needs a GPU")
def test_a_cache_on_a_gpu_is_turned_by_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    kernel = turning.turn
    monkeypatch.setattr(turning, "turn", lambda *a, **k: (seen.append(1), kernel(*a, **k)))
    keys = torch.randn(2, 1, 2, 5000, 64, device="cuda", dtype=torch.bfloat16)
    expected = in_torch(rotary(32), keys[..., :4000, :], 16)
    rotary(32).by(16)(keys[..., :4000, :], keys[..., 16:4016, :])
    torch.testing.assert_close(
        keys[..., 16:4016, :].cpu(), expected, rtol=0, atol=CLOSE[keys.dtype]
    )
    assert seen
