"""Adapters that rows keep, whoever leaves and joins beside them."""

from __future__ import annotations

from typing import Any

import pytest

from codeupdate.errors import ModelError
from codeupdate.kvcache import EditSession
from codeupdate.models.transformers import TransformersModel
from codeupdate.types import Prompt, Sampling
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

from codeupdate.editing.low_rank import Delta  # noqa: E402
from codeupdate.editing.projections import linear_projections  # noqa: E402
from codeupdate.editing.routing import routed  # noqa: E402

TEXTS = [chr(97 + i) * (1 + 5 * i % 17) for i in range(9)]


def test_rows_that_join_and_leave_keep_their_adapters() -> None:
    small = small_model("llama")
    generator = torch.Generator().manual_seed(1)
    names = linear_projections(small, "all")
    adapters = []
    for _ in range(2):
        sizes = {name: small.module.get_submodule(name).weight.shape for name in names}
        adapters.append(
            {
                name: Delta(
                    torch.randn(out, 2, generator=generator),
                    torch.randn(2, into, generator=generator) / 4,
                )
                for name, (out, into) in sizes.items()
            }
        )

    def choose(features: Any) -> Any:
        """Any function of a prompt."""
        first = (features[:, 0] * 1000).round() % 3
        return torch.stack([(first == 0).float(), (first == 1).float()], 1)

    def asked(rows: int, prompts: list[str]) -> dict[tuple[str, int], str]:
        model = TransformersModel(small.module, small.tokenizer, name="small", batch_size=rows)
        sampling = Sampling(n=2, temperature=1.0, max_tokens=14)
        return {
            (prompts[s.prompt], s.index): s.text
            for batch in model.batches([Prompt(text) for text in prompts], sampling)
            for s in batch
        }

    with routed(small, names) as router:
        plain = asked(5, TEXTS)
        with router.set(adapters, choose):
            together = asked(5, TEXTS)
            alone: dict[tuple[str, int], str] = {}
            for text in TEXTS:
                alone |= asked(1, [text])
        assert together == alone
        changed = {text for text in TEXTS if together[text, 0] != plain[text, 0]}
        assert changed and changed != set(TEXTS)  # some have an adapter, and some have none


def test_a_cache_is_not_edited_while_prompts_are_routed() -> None:
    small = small_model("llama")
    said = "chooses adapters for each prompt as it is read"
    with routed(small, linear_projections(small, "all")), pytest.raises(ModelError, match=said):
        EditSession(small, "abc")
    assert EditSession(small, "abc").text == "abc"
