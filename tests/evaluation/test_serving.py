"""What a backend cannot serve is said before anything is loaded."""

from __future__ import annotations

from typing import Any

import pytest

from codeupdate.errors import UsageError
from codeupdate.evaluation.config import run_config
from codeupdate.evaluation.prepare import prepare
from codeupdate.models import load_model, settings_of

pytest.importorskip("peft", reason="needs the extra 'training'")

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"editors": ("grace",)}, "the editor 'grace' keeps a memory .* use the same weights as hf:"),
    ({"editors": ("none", "lora+wise")}, "the editor 'wise' keeps a memory"),
    ({"editors": ("conpet-dynamic",)}, "the editor 'conpet-dynamic' keeps a memory"),
    (
        {"editors": ("lora",), "settings": {"variant": "dora"}},
        "the adapter of the editor 'lora' is not a low-rank product",
    ),
    (
        {"editors": ("rome",), "model_settings": {"quantization": "fp8"}},
        "the editor 'rome' changes weights, and those that vLLM has quantized",
    ),
    (
        {"tasks": ("edits",), "strategies": ("pie",)},
        "the strategy 'pie' edits the cache of a model, and that of vLLM is not at hand",
    ),
]


@pytest.mark.parametrize(("options", "says"), REFUSED)
def test_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        prepare(run_config(model="vllm:nobody/nothing", **options))


def test_what_can_be_served_is_planned() -> None:
    editors = ("none", "docs", "lora", "adalora", "lora-sb", "conpet", "muscle", "rome", "ft")
    config = run_config(
        model="vllm:nobody/nothing",
        editors=editors,
        limit_updates=1,
        model_settings={"tensor_parallel_size": 8, "editing": {"device_map": "auto"}},
    )
    prepared = prepare(config)
    assert [arm.arm.editor for arm in prepared.arms] == list(editors)
    assert prepared.model_settings["tensor_parallel_size"] == 8


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"tensor_paralel_size": 2}, "the model 'vllm:x' has no setting 'tensor_paralel_size'"),
        ({"tensor_parallel_size": 0}, "does not take 'tensor_parallel_size' like this"),
        ({"extra": {"dtype": "float32"}}, "'dtype' is a setting of its own"),
        ({"extra": {"model": "y"}}, "'model' is set by other means"),
        ({"editing": {"dtype": "int1"}}, "does not take 'editing' like this"),
    ],
)
def test_wrong_settings(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        settings_of("vllm:x", settings)


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(Exception, match=r"there is no folder '\./nowhere'"):
        load_model("vllm:./nowhere")
