"""Where a model's files are, and the digest of its weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from codeupdate.errors import ModelError
from codeupdate.models.checkpoints import model_folder, weights_digest

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
save_file = pytest.importorskip("safetensors.torch").save_file


def test_a_digest_is_of_the_weights_and_not_of_their_files(tmp_path: Path) -> None:
    weights = {name: torch.full((3,), float(i)) for i, name in enumerate("abc")}
    together, apart, other = (tmp_path / name for name in ("together", "apart", "other"))
    for folder in (together, apart, other):
        folder.mkdir()
    save_file(weights, together / "model.safetensors")
    save_file({"c": weights["c"]}, apart / "model-1.safetensors", metadata={"format": "pt"})
    save_file({"a": weights["a"], "b": weights["b"]}, apart / "model-2.safetensors")
    save_file({**weights, "b": weights["b"] + 1}, other / "model.safetensors")
    assert weights_digest(together) == weights_digest(apart)
    assert weights_digest(together) != weights_digest(other)
    assert weights_digest(together) != weights_digest(_stored(weights, tmp_path / "half"))


def _stored(weights: dict[str, object], folder: Path) -> Path:
    folder.mkdir()
    halves = {name: weight.bfloat16() for name, weight in weights.items()}  # type: ignore[attr-defined]
    save_file(halves, folder / "model.safetensors")
    return folder


def test_what_is_no_model_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"there is no folder '\./nowhere'"):
        model_folder("./nowhere", name="vllm:./nowhere")
    with pytest.raises(ModelError, match=r"there is no config\.json in"):
        model_folder(str(tmp_path), name="vllm:x")
    with pytest.raises(ModelError, match="there are no weights in"):
        weights_digest(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x07")
    with pytest.raises(ModelError, match="cannot be read"):
        weights_digest(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="cannot be loaded"):
        model_folder("nobody/nothing", name="vllm:nobody/nothing")
