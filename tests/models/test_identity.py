"""The fingerprint of a model changes with what makes its answers others, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codeupdate import plugins
from codeupdate.models.identity import configured
from codeupdate.models.transformers import TransformersModel
from codeupdate.models.vllm.model import VllmModel
from codeupdate.models.vllm.settings import VllmSettings
from tests.small_models import FAMILIES, small_model

TINY = plugins.data_folder() / "tiny"


def config(**values: Any) -> Any:
    return SimpleNamespace(to_dict=lambda: values)


def test_what_a_model_computes_counts_and_where_it_comes_from_does_not() -> None:
    here = {"_name_or_path": "/here", "dtype": "float32", "architectures": ["A"]}
    there = {"_name_or_path": "/there", "transformers_version": "9", "use_cache": False}
    assert configured(config(eps=1e-6, part={**here, "window": 4}, **here)) == configured(
        config(**there, part={**there, "window": 4}, eps=1e-6)
    )
    assert configured(config(part={"window": 4})) != configured(config(part={"window": 8}))


def rope(model: TransformersModel) -> None:
    model.module.config.rope_parameters = {"rope_theta": 500_000.0, "rope_type": "default"}


def epsilon(model: TransformersModel) -> None:
    model.module.config.rms_norm_eps = 1e-3


def context(model: TransformersModel) -> None:
    model.module.config.max_position_embeddings = 256


def ends(model: TransformersModel) -> None:
    model.module.generation_config.eos_token_id = [1, 7]


def ends_of_the_tokenizer(model: TransformersModel) -> None:
    model.tokenizer.eos_token = "<unk>"


@pytest.mark.parametrize("change", [rope, epsilon, context, ends, ends_of_the_tokenizer])
def test_the_same_weights_that_answer_otherwise_are_another_model(
    change: Callable[[TransformersModel], None],
) -> None:
    pytest.importorskip("torch", reason="needs the extra 'transformers'")
    model = small_model("llama")
    change(model)
    assert model.fingerprint != small_model("llama").fingerprint


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_saved_and_loaded_again_is_the_same_model(family: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra 'transformers'")
    from codeupdate.models.transformers_loading import load_transformers

    model = small_model(family)
    said = {configured(model.module.config)}
    found = set()
    for place in (tmp_path / "once", tmp_path / "twice"):
        model.module.save_pretrained(place)
        model.tokenizer.save_pretrained(place)
        # Some families have a tokenizer of their own for what was saved: the first is left out.
        model = load_transformers(str(place), name="again")
        said.add(configured(model.module.config))
        found.add(model.fingerprint)
    assert len(said) == len(found) == 1


def engine(hf_config: Any) -> Any:
    """What of a ``VllmConfig`` a model of vLLM looks at before it is asked."""
    model = {"dtype": "float32", "quantization": None, "max_model_len": 512}
    return SimpleNamespace(
        model_config=SimpleNamespace(**model, hf_config=hf_config),
        cache_config=SimpleNamespace(cache_dtype="auto"),
    )


def test_an_engine_of_vllm_is_known_by_its_configuration_and_further_arguments() -> None:
    pytest.importorskip("transformers", reason="needs the extra 'transformers'")

    def of(theta: float = 1e4, **extra: Any) -> str:
        parameters = {"rope_type": "default", "rope_theta": theta}
        found = engine(config(rope_parameters=parameters, eos_token_id=2))
        settings = VllmSettings(extra=extra)
        return VllmModel(TINY, found, name="tiny", settings=settings).fingerprint

    assert of() == of()
    assert len({of(), of(theta=5e5), of(speculative_config={"method": "ngram"})}) == 3
