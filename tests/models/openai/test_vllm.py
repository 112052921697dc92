"""A real server of vLLM on the embedded model, beside the same weights in transformers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from codeupdate import plugins
from codeupdate.models import load_model
from codeupdate.types import Message, Prompt, Sample, Sampling

PYTHON = os.environ.get("CODEUPDATE_VLLM_PYTHON") or (sys.executable if find_spec("vllm") else "")
pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(
        not PYTHON, reason="needs vLLM: make vllm-test, or a Python in $CODEUPDATE_VLLM_PYTHON"
    ),
]

STARTING = 900  # seconds, on a machine that has other things to do
TEMPLATE = (
    "{% for m in messages %}# {{ m.role }}: {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}# assistant: {% endif %}"
)
TEXTS = [
    "def f(values):\n    return",
    "import kit\n\n\ndef f(values):\n",
    "class A:\n    def __init__(self",
    "# a comment\n",
    "x = 1\n" * 70,
    "x = 1\n" * 200,  # more than the context
]
STOPS = ("zzz", "\n\n", "\ndef", "yyy", "(", "m")  # more than four
GREEDY = Sampling(n=2, max_tokens=600)  # more than the context
Found = dict[int, list[tuple[str, str]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model with a chat template, and an adapter of it beside it."""
    torch = pytest.importorskip("torch")
    peft = pytest.importorskip("peft")
    from transformers import AutoModelForCausalLM

    place = tmp_path_factory.mktemp("served")
    shutil.copytree(plugins.data_folder() / "tiny", place / "model")
    (place / "model" / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
    torch.manual_seed(0)
    module = AutoModelForCausalLM.from_pretrained(place / "model", dtype=torch.float32)
    config = peft.LoraConfig(
        r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], init_lora_weights=False
    )
    peft.get_peft_model(module, config).save_pretrained(place / "adapter")
    return place


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """Where the server answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PYTHON, "-m", "vllm.entrypoints.openai.api_server", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--model", str(folder / "model"), "--dtype", "float32"]
    command += ["--served-model-name", "tiny", "--enforce-eager", "--max-num-seqs", "32"]
    command += ["--enable-lora", "--max-lora-rank", "8", "--generation-config", "vllm"]
    command += ["--lora-modules", f"learned={folder / 'adapter'}", "--api-key", "secret"]
    settings = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    log = folder / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **settings},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        for _ in range(STARTING):
            if process.poll() is not None or _answers(f"http://127.0.0.1:{port}/health"):
                break
            time.sleep(1)
        assert process.poll() is None, log.read_text()[-2000:]
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def hf(folder: Path) -> Any:
    return load_model(f"hf:{folder / 'model'}", settings={"dtype": "float32", "threads": 1})


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")


def found(model: Any, prompts: list[Prompt], sampling: Sampling) -> Found:
    """Prompt → text and finish reason of each of its samples."""
    samples: list[Sample] = [s for batch in model.batches(prompts, sampling) for s in batch]
    by_prompt: Found = {number: [] for number in range(len(prompts))}
    for sample in sorted(samples, key=lambda s: s.index):
        by_prompt[sample.prompt].append((sample.text, sample.finish_reason))
    return by_prompt


@pytest.mark.parametrize("endpoint", ["completions", "auto"])
def test_greedy_completions_are_those_of_transformers(
    url: str, hf: Any, key: None, endpoint: str
) -> None:
    said = [(Message("system", "code"), Message("user", text)) for text in TEXTS]
    if endpoint == "completions":
        prompts = [Prompt(text, stop=STOPS) for text in TEXTS]
    else:
        begun = Prompt("", (Message("user", "go on"), Message("assistant", "def f")))
        prompts = [*(Prompt("", messages, STOPS) for messages in said), begun]
    model: Any = load_model(f"openai:tiny@{url}", settings={"endpoint": endpoint})
    assert model.endpoint == {"completions": "completions", "auto": "chat"}[endpoint]
    answers = found(model, prompts, GREEDY)
    model.close()
    assert answers == found(hf, prompts, GREEDY)
    assert {reason for own in answers.values() for _, reason in own} == {"stop", "context"}


def test_samples_at_once_are_those_drawn_one_by_one(url: str, key: None) -> None:
    drawn = Sampling(n=3, temperature=1.0, max_tokens=20, seed=3)
    prompts = [Prompt(text) for text in TEXTS[:4]]
    model: Any = load_model(f"openai:tiny@{url}", settings={"endpoint": "completions"})
    together = found(model, prompts, drawn)
    assert found(model, prompts, drawn) == together
    model._connection.dialect.single = True  # as of a server that refuses n
    assert found(model, prompts, drawn) == together
    model.close()
    assert any(len(set(own)) > 1 for own in together.values())


def test_an_adapter_is_a_model_of_its_own(url: str, hf: Any, folder: Path, key: None) -> None:
    peft = pytest.importorskip("peft")
    models: list[Any] = [
        load_model(f"openai:{name}@{url}", settings={"endpoint": "completions"})
        for name in ("tiny", "learned")
    ]
    plain, learned = (model.generate(TEXTS[:5]) for model in models)
    assert models[0].fingerprint != models[1].fingerprint
    for model in models:
        model.close()
    assert plain != learned
    adapted = peft.PeftModel.from_pretrained(hf.module, folder / "adapter")
    try:
        assert load_edited(hf, adapted).generate(TEXTS[:5]) == learned
    finally:
        adapted.unload()
    assert hf.generate(TEXTS[:5]) == plain


def load_edited(hf: Any, module: Any) -> Any:
    return type(hf)(module, hf.tokenizer, name="adapted")


def test_what_is_wrong_is_one_sentence(url: str, key: None, monkeypatch: Any) -> None:
    from codeupdate.errors import ModelError

    with pytest.raises(ModelError, match=r"has no model 'none' \(404.*it serves: tiny, learned$"):
        load_model(f"openai:none@{url}")
    with pytest.raises(ModelError, match=r"\(404: Not Found\).*most end in /v1"):
        load_model(f"openai:tiny@{url.removesuffix('/v1')}")
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    with pytest.raises(ModelError, match=r"refuses the key in OPENAI_API_KEY \(401\)"):
        load_model(f"openai:tiny@{url}")
