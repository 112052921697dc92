"""A real engine of vLLM on the embedded model, beside the same weights in transformers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from codeupdate import plugins
from codeupdate.editing import load_editor
from codeupdate.errors import EditError, ModelError
from codeupdate.models import load_model
from codeupdate.tasks import load_task
from codeupdate.types import Prompt, Sample, Sampling

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(find_spec("vllm") is None, reason="needs vLLM: make vllm-test"),
]

TINY = str(plugins.data_folder() / "tiny")
#: Small and quick to start; in float32 nothing is rounded differently.
SMALL: dict[str, Any] = {
    "dtype": "float32",
    "enforce_eager": True,
    "kv_cache_memory_bytes": 2**28,
    "max_num_seqs": 64,
    "editing": {"threads": 1},
}
UPDATES = list(load_task("kit-update").updates().values())[:2]
PROMPTS = [
    *[Prompt(e.prompt) for update in UPDATES for e in update.examples[:5]],
    Prompt("import kit\n\n\ndef f(values):\n"),
    Prompt("def f(values):\n    return", stop=("(", "\n")),
    Prompt("def f(values):\n    return", stop=("zzz",)),
    Prompt("x " * 600),
]
GREEDY = Sampling(max_tokens=24)
Samples = dict[tuple[int, int], Sample]


def samples(model: Any, sampling: Sampling = GREEDY, prompts: list[Prompt] = PROMPTS) -> Samples:
    found = [sample for batch in model.batches(prompts, sampling) for sample in batch]
    assert len(found) == len(sampling.indices) * len(prompts)
    return {(sample.prompt, sample.index): sample for sample in found}


@pytest.fixture(scope="module")
def hf() -> Any:
    return load_model(f"hf:{TINY}", settings={"dtype": "float32", "threads": 1})


@pytest.fixture(scope="module")
def model() -> Iterator[Any]:
    model: Any = load_model(f"vllm:{TINY}", settings=SMALL)
    model.expect_adapters(8)
    yield model
    model.close()


@pytest.fixture(scope="module")
def before(model: Any) -> Samples:
    """What the model answers that nobody has edited."""
    return samples(model)


def test_greedy_answers_are_those_of_transformers(hf: Any, before: Samples) -> None:
    assert before == samples(hf)
    assert {sample.finish_reason for sample in before.values()} == {"stop", "context"}


def test_an_answer_is_cut_where_transformers_cuts_it(model: Any, hf: Any) -> None:
    short = Sampling(max_tokens=3)
    cut = samples(model, short)
    assert cut == samples(hf, short)
    assert "length" in {sample.finish_reason for sample in cut.values()}


def test_a_sample_depends_on_its_prompt_its_number_and_the_seed(model: Any) -> None:
    sampling = Sampling(n=2, temperature=1.0, top_p=0.9, max_tokens=12)
    together = samples(model, sampling)
    for number in (0, 5):
        alone = samples(model, sampling, [PROMPTS[number]])
        more = samples(model, Sampling(3, 1.0, 0.9, 12), [PROMPTS[number]])
        rest = samples(model, Sampling(3, 1.0, 0.9, 12, first=1), [PROMPTS[number]])
        assert rest == {key: sample for key, sample in more.items() if key[1] > 0}
        texts = [together[number, i].text for i in (0, 1)]
        assert [alone[0, i].text for i in (0, 1)] == texts
        assert [more[0, i].text for i in (0, 1)] == texts
    assert any(together[k, 0].text != together[k, 1].text for k in range(len(PROMPTS)))
    other = samples(model, Sampling(2, 1.0, 0.9, 12, seed=1))
    assert any(other[key].text != together[key].text for key in other)


def test_leaving_early_leaves_nothing_behind(model: Any, before: Samples) -> None:
    stream = model.batches(PROMPTS * 20, Sampling(max_tokens=400))
    next(stream)
    stream.close()
    assert samples(model) == before


QUICK = {"epochs": 2, "batch_size": 8, "examples": 8, "learning_rate": 0.01}
EDITS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "ft": [("ft", {**QUICK, "epochs": 1, "learning_rate": 0.003})],
    "ft in lora": [
        ("lora", {**QUICK, "rank": 4, "alpha": 8.0, "targets": "all"}),
        ("ft", {**QUICK, "epochs": 1, "learning_rate": 0.003}),
    ],
    "adalora": [("adalora", {**QUICK, "initial_rank": 4, "final_rank": 2, "epochs": 8})],
    "lora, muscle": [
        ("lora", {**QUICK, "rank": 4, "alpha": 8.0}),
        ("muscle", {**QUICK, "rank": 4}),
    ],
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_served(name: str, model: Any, hf: Any, before: Samples) -> None:
    pytest.importorskip("peft", reason="needs the extra 'training'")
    answers = []
    for base in (model, hf):
        edited: Any = base
        with ExitStack() as stack:
            for editor, settings in EDITS[name]:
                made = load_editor(editor, **settings).apply(edited, UPDATES[:1])
                edited = stack.enter_context(made)
            answers.append(samples(edited))
    assert answers[0] == answers[1]
    assert answers[0] != before
    assert samples(model) == before


def test_one_update_after_another(model: Any, hf: Any, before: Samples) -> None:
    pytest.importorskip("peft", reason="needs the extra 'training'")
    editor = load_editor("lora", **QUICK, rank=4, targets="all")
    answers: list[list[Samples]] = []
    for base in (model, hf):
        with editor.apply(base, UPDATES[:1]) as once:
            first = samples(once)
            with editor.apply(once, UPDATES[1:]) as twice:
                answers.append([first, samples(twice), samples(once)])
    assert answers[0] == answers[1]
    assert samples(model) == before


def test_what_cannot_be_served_is_refused(model: Any, before: Samples) -> None:
    with (
        pytest.raises(EditError, match="keeps a memory beside the weights"),
        load_editor("grace").apply(model, UPDATES[:1]),
    ):
        pass
    assert samples(model) == before


def test_a_fingerprint_is_of_what_makes_the_answers(model: Any) -> None:
    def of(**settings: Any) -> str:
        return load_model(f"vllm:{TINY}", settings={**SMALL, **settings}).fingerprint

    assert of() == of(max_num_seqs=8) == model.fingerprint
    others = [{"dtype": "bfloat16"}, {"max_model_len": 256}]
    others.append({"extra": {"hf_overrides": {"rms_norm_eps": 1e-3}}})
    assert len({of(), *(of(**settings) for settings in others)}) == 4


def test_the_engine_starts_again_for_a_larger_adapter(model: Any, hf: Any, before: Samples) -> None:
    pytest.importorskip("peft", reason="needs the extra 'training'")
    editor = load_editor("lora", **QUICK, rank=12, alpha=24.0, targets="all")
    with editor.apply(model, UPDATES[:1]) as edited, editor.apply(hf, UPDATES[:1]) as expected:
        answers = samples(edited)
        assert answers == samples(expected)
    assert answers != before
    assert samples(model) == before
    with (
        pytest.raises(EditError, match=r"has the rank 513 .* above what vLLM serves, 512"),
        load_editor("lora", epochs=1, rank=513).apply(model, UPDATES[:1]),
    ):
        pass


def test_an_engine_that_does_not_start_says_why() -> None:
    model: Any = load_model(f"vllm:{TINY}", settings={**SMALL, "kv_cache_memory_bytes": 1})
    others = set(_engines(os.getpid()))
    with pytest.raises(ModelError, match="does not start: No available memory") as raised:
        samples(model)
    assert "\n" not in str(raised.value)
    assert set(_engines(os.getpid())) == others


INTERRUPTED = """
from codeupdate.models import load_model
from codeupdate.types import Prompt, Sampling

if __name__ == "__main__":
    model = load_model({name!r}, settings={settings!r})
    prompts = [Prompt(f"def f{{i}}(values):\\n") for i in range(5000)]
    try:
        for number, _ in enumerate(model.batches(prompts, Sampling(2, 1.0, max_tokens=256))):
            if number == 0:
                print("answering", flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    finally:
        model.close()
"""


def _answering(folder: Path) -> tuple[subprocess.Popen[str], list[Any]]:
    """A process whose engine is answering, and the processes of that."""
    script = folder / "answer.py"
    script.write_text(INTERRUPTED.format(name=f"vllm:{TINY}", settings=SMALL))
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a group of its own, as a shell gives it
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "answering\n"
    engines = _engines(process.pid)
    assert engines
    return process, engines


def test_ctrl_c_ends_all_processes(tmp_path: Path) -> None:
    process, engines = _answering(tmp_path)
    os.killpg(process.pid, signal.SIGINT)  # a terminal interrupts the engine's processes, too
    out, err = process.communicate()
    assert out == "interrupted\n"
    assert err == ""
    assert not [engine for engine in engines if engine.is_running()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_who_is_killed_takes_all_processes_along(tmp_path: Path, number: int) -> None:
    import psutil

    process, engines = _answering(tmp_path)
    process.send_signal(number)
    process.wait()
    _, left = psutil.wait_procs(engines, timeout=60)
    assert not [engine for engine in left if engine.status() != psutil.STATUS_ZOMBIE]


def _engines(pid: int) -> list[Any]:
    """The processes of engines below the process ``pid``."""
    import psutil

    below = psutil.Process(pid).children(recursive=True)
    return [process for process in below if "VLLM" in process.name()]
