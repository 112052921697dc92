"""Samples that are decoded together come and go, and each is what it would be alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from codeupdate.errors import ModelError
from codeupdate.models import load_model
from codeupdate.models import transformers as backend
from codeupdate.models.transformers import TransformersModel
from codeupdate.tasks import load_task
from codeupdate.types import Prompt, Sampling
from tests.small_models import character_tokenizer, small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
transformers = pytest.importorskip("transformers", reason="needs the extra 'transformers'")

#: Of all lengths, some of them equal, with and without stop strings.
POOL = tuple(
    Prompt(("def f(x):\n" * 4)[: 1 + 7 * i % 36] + chr(97 + i % 26), stop=("e",) if i % 3 else ())
    for i in range(16)
)
GREEDY = Sampling(n=2, max_tokens=20)
DRAWN = Sampling(n=3, temperature=1.0, top_p=0.9, max_tokens=12)
FAMILIES = ("llama", "gpt_neox", "window")
Found = dict[tuple[int, int], tuple[str, str, int, int]]


@cache
def module(family: str) -> Any:
    if family != "window":
        return small_model(family).module
    config = small_model("mistral").module.config
    config.sliding_window = 5  # shorter than most prompts
    torch.manual_seed(0)
    return transformers.AutoModelForCausalLM.from_config(config)


def made(family: str = "llama", **options: Any) -> TransformersModel:
    return TransformersModel(module(family), character_tokenizer(), name="small", **options)


def samples(model: TransformersModel, prompts: Sequence[Prompt], sampling: Sampling) -> Found:
    found: Found = {}
    for batch in model.batches(prompts, sampling):
        for s in batch:
            assert (s.prompt, s.index) not in found  # nothing comes twice
            found[s.prompt, s.index] = (
                s.text,
                s.finish_reason,
                s.prompt_tokens,
                s.completion_tokens,
            )
    assert sorted(found) == [(i, k) for i in range(len(prompts)) for k in sampling.indices]
    return found


@cache
def alone(family: str, sampling: Sampling) -> tuple[dict[int, tuple[str, str, int, int]], ...]:
    """Every prompt of the pool asked by itself, one sample at a time."""
    model = made(family, batch_size=1)
    each = [samples(model, [prompt], sampling) for prompt in POOL]
    return tuple({k: found[0, k] for k in range(sampling.n)} for found in each)


@contextmanager
def watched(model: TransformersModel, see: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """Let ``see`` look at what the model is told at each forward pass."""
    handle = model.module.register_forward_pre_hook(lambda _, __, told: see(told), with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


# ------------------------------------------------------------------- the same results


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=8, deadline=None)
@given(
    chosen=st.lists(st.integers(0, len(POOL) - 1), min_size=1, max_size=len(POOL)),
    sampling=st.sampled_from([GREEDY, DRAWN]),
    rows=st.sampled_from([1, 2, 3, 5, 8, 64]),
    tokens=st.sampled_from([None, 30, 150, 600]),
)
def test_the_same_whatever_is_beside_it(
    family: str, chosen: list[int], sampling: Sampling, rows: int, tokens: int | None
) -> None:
    model = made(family, batch_size=rows, batch_tokens=tokens)
    found = samples(model, [POOL[i] for i in chosen], sampling)
    expected = alone(family, sampling)
    for place, number in enumerate(chosen):
        assert {k: found[place, k] for k in range(sampling.n)} == expected[number]


@pytest.mark.parametrize("sampling", [GREEDY, DRAWN])
@pytest.mark.parametrize("rows", [1, 64])
def test_later_samples_are_the_same_without_earlier_ones(sampling: Sampling, rows: int) -> None:
    model = made(batch_size=rows)
    first = sampling.n - 1
    found = samples(model, POOL, replace(sampling, first=first))
    expected = alone("llama", sampling)
    assert found == {(i, first): expected[i][first] for i in range(len(POOL))}


@pytest.mark.parametrize("family", FAMILIES)
def test_greedy_is_what_generate_gives(family: str) -> None:
    model = made(family, batch_size=5)
    prompts = [Prompt(prompt.text) for prompt in POOL]
    found = samples(model, prompts, Sampling(max_tokens=16))
    for number, prompt in enumerate(prompts):
        ids = model.tokenizer(prompt.text, return_tensors="pt")
        theirs = model.module.generate(**ids, max_new_tokens=16, do_sample=False)
        new = theirs[0, ids["input_ids"].shape[1] :]
        assert found[number, 0][0] == model.tokenizer.decode(new, skip_special_tokens=True)


def test_the_embedded_model() -> None:
    task = load_task("kit-base")
    prompts = [task.prompt(problem, "prompt") for problem in list(task.problems())[:12]]
    few, many = (load_model("tiny", settings={"batch_size": rows}) for rows in (3, 64))
    for sampling in (Sampling(max_tokens=32), Sampling(n=2, temperature=0.8, max_tokens=32)):
        assert samples(few, prompts, sampling) == samples(many, prompts, sampling)
    found = samples(few, prompts, Sampling(max_tokens=32))
    for number in (0, 7):
        ids = few.tokenizer(prompts[number].text, return_tensors="pt")
        theirs = few.module.generate(**ids, max_new_tokens=32, do_sample=False)
        text = few.decode(theirs[0, ids["input_ids"].shape[1] :])
        assert text.startswith(found[number, 0][0])  # which a stop string may have cut


def test_layers_that_keep_something_else_than_keys_and_values() -> None:
    """Convolutions and attention in turns: a cache that is not ours, one prompt at a time."""
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(
        "lfm2",
        vocab_size=99,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        layer_types=["conv", "full_attention"],
        initializer_range=0.6,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
    )
    hybrid = transformers.AutoModelForCausalLM.from_config(config)
    model = TransformersModel(hybrid, character_tokenizer(), name="hybrid", batch_size=4)
    prompts = [Prompt(prompt.text) for prompt in POOL[:5]]
    found = samples(model, prompts, Sampling(max_tokens=10))
    for number, prompt in enumerate(prompts):
        ids = model.tokenizer(prompt.text, return_tensors="pt")
        theirs = model.module.generate(**ids, max_new_tokens=10, do_sample=False)
        new = theirs[0, ids["input_ids"].shape[1] :]
        assert found[number, 0][0] == model.tokenizer.decode(new, skip_special_tokens=True)
    drawn = samples(model, POOL[:5], DRAWN)
    one = TransformersModel(hybrid, character_tokenizer(), name="hybrid", batch_size=1)
    assert samples(one, POOL[:5], DRAWN) == drawn


# ------------------------------------------------------------------- nothing in vain


def test_a_prompt_is_read_once_for_all_its_samples() -> None:
    read: list[int] = []

    def see(told: dict[str, Any]) -> None:
        if told["past_key_values"].get_seq_length() == 0:
            read.append(len(told["input_ids"]))

    model = made(batch_size=7)
    with watched(model, see):
        samples(model, POOL, DRAWN)
    assert sum(read) == len(POOL)


def test_what_has_ended_is_not_decoded_and_what_waits_joins() -> None:
    steps: list[int] = []
    columns: list[tuple[int, int]] = []

    def see(told: dict[str, Any]) -> None:
        seen = told["past_key_values"].get_seq_length()
        if seen:
            steps.append(len(told["input_ids"]))
            # The longest row begins at the first column that is seen.
            columns.append((seen, int(told["position_ids"].max())))

    model = made(batch_size=4)
    with watched(model, see):
        found = samples(model, POOL, Sampling(temperature=1.0, max_tokens=20))
    tokens = sum(length + (reason == "stop") for _, reason, _, length in found.values())
    assert sum(steps) <= tokens  # the first of each is read off the prompt
    assert steps.count(4) > len(steps) // 2  # it is full until nothing waits any more
    assert all(seen == longest for seen, longest in columns)


def test_what_is_finished_comes_at_once() -> None:
    steps: list[int] = []
    model = made()
    prompts = [Prompt("abc"), Prompt("abd", stop=tuple(chr(i) for i in range(32, 127)))]
    with watched(model, lambda _: steps.append(1)):
        batches = model.batches(prompts, Sampling(max_tokens=30))
        first = next(batches)
        assert [s.prompt for s in first] == [1]
        assert len(steps) < 5
        assert [s.prompt for batch in batches for s in batch] == [0]
    assert len(steps) > 20


def test_prompts_are_encoded_as_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Told(list[Prompt]):
        read = 0

        def __getitem__(self, place: Any) -> Any:
            Told.read += 1
            return super().__getitem__(place)

    monkeypatch.setattr(backend, "WINDOW", 4)
    prompts = Told(POOL)
    model = made(batch_size=2)
    batches = model.batches(prompts, Sampling(max_tokens=4))
    next(batches)
    assert Told.read <= 8
    rest = {s.prompt for batch in batches for s in batch}
    assert len(rest) + 1 >= len(POOL) - 1 and Told.read == len(POOL)


# ------------------------------------------------------------------- no memory


def out_of_memory_on_a_gpu() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")


def out_of_memory_on_the_cpu() -> None:
    torch.empty(2**60, dtype=torch.uint8)  # the allocator's own words


@pytest.mark.parametrize("fail", [out_of_memory_on_a_gpu, out_of_memory_on_the_cpu])
@pytest.mark.parametrize("most", [1, 5])
def test_too_many_at_once_are_halved(
    fail: Callable[[], None], most: int, caplog: pytest.LogCaptureFixture
) -> None:
    sizes: list[int] = []

    def see(told: dict[str, Any]) -> None:
        sizes.append(len(told["input_ids"]))
        if sizes[-1] > most:
            fail()

    model = made(batch_size=16)
    expected = alone("llama", DRAWN)
    with watched(model, see), caplog.at_level(logging.WARNING):
        found = samples(model, POOL, DRAWN)
        again = samples(model, POOL, DRAWN)
    assert found == again
    assert all(found[i, k] == expected[i][k] for i in range(len(POOL)) for k in range(3))
    # 5 prompts of 3 samples, and what was learned is kept for the second time.
    assert "memory ran out with 15 samples of 'small' at once; it goes on with at most 7" in (
        caplog.text
    )
    assert len(caplog.records) <= 3
    assert sum(size > most for size in sizes) == len(caplog.records)


@settings(max_examples=12, deadline=None)
@given(failing=st.sets(st.integers(0, 40), max_size=3), rows=st.sampled_from([6, 16]))
def test_memory_that_runs_out_at_any_moment_loses_and_changes_nothing(
    failing: set[int], rows: int
) -> None:
    calls = iter(range(10**6))

    def see(_: Any) -> None:
        if next(calls) in failing:
            out_of_memory_on_a_gpu()

    model = made(batch_size=rows * 8)
    with watched(model, see):
        try:
            found = samples(model, POOL, DRAWN)
        except ModelError:
            # Again and again, when few are left: then there is no memory for one alone.
            assume(len(failing) < 2)
            raise
    expected = alone("llama", DRAWN)
    assert all(found[i, k] == expected[i][k] for i in range(len(POOL)) for k in range(3))


def test_one_sample_that_does_not_fit_is_one_sentence() -> None:
    model = made()
    with (
        watched(model, lambda _: out_of_memory_on_a_gpu()),
        pytest.raises(ModelError, match="not enough memory for 'small' to complete a prompt of 3"),
    ):
        list(model.batches([Prompt("abc")], GREEDY))


def test_other_errors_are_not_taken_for_it() -> None:
    def see(_: Any) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    model = made()
    with watched(model, see), pytest.raises(RuntimeError, match="mat1 and mat2"):
        list(model.batches([Prompt("abc")], GREEDY))
