"""A model behind a server, over real connections."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from codeupdate.errors import ModelError
from codeupdate.models.openai import OpenAIModel, Settings, load_openai, retrying
from codeupdate.models.openai.client import Refused
from codeupdate.models.openai.forms import overflow, seed_of
from codeupdate.types import Message, Prompt, Sample, Sampling
from tests.models.openai.misbehaving import Act, Misbehaving, counted, expected, misbehaving

Load = Callable[..., OpenAIModel]
DRAWN = Sampling(n=3, temperature=1.0, max_tokens=20, seed=7)
GREEDY = Sampling(n=3, max_tokens=20)
#: What a server answers whose model knows but one answer.
SURE = {"choices": [{"index": i, "message": {"content": "return 1"}} for i in range(3)]}


@pytest.fixture(scope="module")
def shared() -> Iterator[Misbehaving]:
    with misbehaving() as server:
        yield server


@pytest.fixture
def server(shared: Misbehaving) -> Misbehaving:
    shared.reset()
    return shared


@pytest.fixture
def load(server: Misbehaving, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Connects to the server; pauses between tries are short."""
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.001)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    loaded: list[OpenAIModel] = []

    def connect(name: str = "model", **settings: Any) -> OpenAIModel:
        address = f"{name}@{server.url}"
        model = load_openai(
            address,
            name=f"openai:{address}",
            settings=Settings(**{"timeout": 60, "patience": 600, **settings}),
        )
        loaded.append(model)
        return model

    yield connect
    for model in loaded:
        model.close()


def prompts(count: int) -> list[Prompt]:
    return [Prompt(f"prompt {i}") for i in range(count)]


def texts(model: OpenAIModel, asked: Sequence[Prompt], sampling: Sampling) -> dict[int, list[str]]:
    """Prompt → its texts; every prompt comes once, with all its samples in order."""
    found: dict[int, list[str]] = {}
    for batch in model.batches(asked, sampling):
        (number,) = {sample.prompt for sample in batch}
        assert number not in found
        assert [sample.index for sample in batch] == list(sampling.indices)
        found[number] = [sample.text for sample in batch]
    return found


def right(asked: Sequence[Prompt], sampling: Sampling) -> dict[int, list[str]]:
    return {
        number: [expected(prompt.text, seed_of(prompt, sampling) + i) for i in sampling.indices]
        for number, prompt in enumerate(asked)
    }


# ------------------------------------------------------------------- what is asked


def test_chat_is_asked_where_the_model_has_it(server: Misbehaving, load: Load) -> None:
    model = load()
    said = (Message("system", "be brief"), Message("user", "a"))
    assert model.generate([Prompt("text", said)]) == [expected("a", None)]
    assert model.endpoint == "chat"
    (body,) = server.asked
    assert body["messages"] == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "a"},
    ]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("model", 0.0, 512)


@pytest.mark.parametrize(
    "refusal",
    [
        Act(404, {"detail": "Not Found"}),
        Act(400, {"error": {"message": "you must provide a chat template"}}),
        Act(404, {"error": {"message": "This is not a chat model"}}),
    ],
    ids=["no route", "no template", "no chat model"],
)
def test_text_is_continued_where_the_model_cannot_chat(
    server: Misbehaving, load: Load, refusal: Act
) -> None:
    server.behave = lambda path, body: refusal if "chat" in path else Act()
    model = load()
    assert model.endpoint == "completions"
    assert model.generate([Prompt("text", (Message("user", "a"),))]) == [expected("text", None)]


def test_the_endpoint_can_be_said(server: Misbehaving, load: Load) -> None:
    assert load(endpoint="completions").generate(["text"]) == [expected("text", None)]
    assert {path for path, body, _ in server.requests if body} == {"/v1/completions"}


def test_a_prompt_that_begins_the_answer_is_continued(server: Misbehaving, load: Load) -> None:
    load().generate([Prompt("", (Message("user", "a"), Message("assistant", "It is")))])
    (body,) = server.asked
    assert (body["add_generation_prompt"], body["continue_final_message"]) == (False, True)


def test_a_new_name_of_a_parameter_is_learnt(server: Misbehaving, load: Load) -> None:
    refused = {
        "message": "Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead.",
        "param": "max_tokens",
        "code": "unsupported_parameter",
    }
    server.behave = lambda path, body: (
        Act(400, {"error": refused}) if "max_tokens" in body else Act()
    )
    assert texts(load(), prompts(3), DRAWN) == right(prompts(3), DRAWN)
    assert [body["max_completion_tokens"] for body in server.asked] == [20] * 3


def test_what_would_change_answers_is_never_left_out(server: Misbehaving, load: Load) -> None:
    model = load()
    said = "Unsupported value: 'temperature' does not support 0.5 with this model"
    server.behave = lambda path, body: Act(400, {"error": {"message": said}})
    with pytest.raises(ModelError, match=r"does not support 0\.5 .* --temperature"):
        list(model.batches(prompts(1), Sampling(temperature=0.5)))


def test_stop_sequences_beyond_four_are_cut_here(server: Misbehaving, load: Load) -> None:
    stops = ("\ndef", "\nclass", "\nif", "\nprint", "\n#", "```")
    text = "    return 1\n# usage\nprint(f())"
    server.behave = lambda path, body: Act(
        body={"choices": [{"text": text, "finish_reason": "length"}]}
    )
    model = load(endpoint="completions")
    ((sample,),) = model.batches([Prompt("a", stop=stops)], Sampling())
    assert (sample.text, sample.finish_reason) == ("    return 1", "stop")
    assert server.asked[0]["stop"] == list(stops[:4])


def test_a_server_without_stop_sequences_gives_the_same(server: Misbehaving, load: Load) -> None:
    said = {"error": {"message": "stop is not supported", "param": "stop"}}
    full = {"choices": [{"text": "one\ntwo", "finish_reason": "stop"}]}
    server.behave = lambda path, body: Act(400, said) if "stop" in body else Act(body=full)
    assert load(endpoint="completions").generate([Prompt("a", stop=("\n",))]) == ["one"]


def test_what_ends_a_text_does_not_cut_the_answer_in_a_chat(
    server: Misbehaving, load: Load
) -> None:
    text = "```python\nimport math\n\ndef f():\n    return 1\n\n# usage\nprint(f())\n```"
    full = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
    server.behave = lambda path, body: Act(body=full)
    asked = Prompt("def f():\n", (Message("user", "a"),), stop=("\ndef ", "\n#", "\nprint("))
    assert load().generate([asked]) == [text]
    (body,) = server.asked
    assert "stop" not in body


def test_further_fields_are_sent_and_ours_are_not_overwritten(
    server: Misbehaving, load: Load
) -> None:
    load(extra={"top_k": 5}).generate(["a"])
    assert server.asked[0]["top_k"] == 5
    with pytest.raises(ValidationError, match="'n' is set by other options"):
        Settings(extra={"n": 2})


# ----------------------------------------------------------------- several samples


def test_several_samples_are_one_request(server: Misbehaving, load: Load) -> None:
    assert texts(load(), prompts(4), DRAWN) == right(prompts(4), DRAWN)
    assert {body["n"] for body in server.asked} == {3}
    # Of other prompts and other runs they are others.
    seeds = {body["seed"] for body in server.asked}
    assert len(seeds) == 4
    assert not seeds & {seed_of(prompt, replace(DRAWN, seed=8)) for prompt in prompts(4)}


def test_greedy_samples_are_drawn_once(server: Misbehaving, load: Load) -> None:
    found = texts(load(), prompts(2), GREEDY)
    assert found == {i: [expected(f"prompt {i}", None)] * 3 for i in range(2)}
    assert len(server.asked) == 2 and not any("n" in body for body in server.asked)


def test_a_server_that_refuses_n_is_asked_one_by_one(server: Misbehaving, load: Load) -> None:
    server.behave = lambda path, body: (
        Act(400, {"error": {"message": "only one completion"}}) if "n" in body else Act()
    )
    model = load(concurrency=1)
    assert texts(model, prompts(3), DRAWN) == right(prompts(3), DRAWN)
    refused = [body for body in server.asked if "n" in body]
    assert 1 <= len(refused) <= 2 and len(server.asked) == 9 + len(refused)
    assert texts(model, prompts(3), DRAWN) == right(prompts(3), DRAWN)
    assert len(server.asked) == 18 + len(refused)


@pytest.mark.parametrize("act", [Act(), Act(choices=1), Act(one_seed=True)])
def test_later_samples_are_the_same_without_earlier_ones(
    server: Misbehaving, load: Load, act: Act
) -> None:
    server.behave = lambda path, body: act
    later = replace(DRAWN, n=5, first=2)
    model = load(concurrency=1)
    assert texts(model, prompts(3), later) == right(prompts(3), later)
    assert texts(model, prompts(3), replace(DRAWN, n=5)) == right(prompts(3), replace(DRAWN, n=5))
    rest = texts(model, prompts(2), replace(GREEDY, first=1))
    assert rest == {key: said[1:] for key, said in texts(model, prompts(2), GREEDY).items()}


@pytest.mark.parametrize("given", [1, 2])
def test_samples_that_a_server_leaves_out_are_asked_for(
    server: Misbehaving, load: Load, given: int
) -> None:
    server.behave = lambda path, body: Act(choices=given, index=False)
    model = load()
    found = texts(model, prompts(5), DRAWN)
    assert {key: sorted(value) for key, value in found.items()} == {
        key: sorted(value) for key, value in right(prompts(5), DRAWN).items()
    }
    # No sample was drawn to be thrown away.
    drawn = sum(min(body.get("n", 1), given) for body in server.asked)
    assert drawn == 15


def test_a_server_that_gives_n_times_the_same_is_asked_one_by_one(
    server: Misbehaving, load: Load
) -> None:
    server.behave = lambda path, body: Act(one_seed=True)
    model = load(concurrency=1, completion_price=1)
    found = list(model.batches(prompts(3), DRAWN))
    assert {b[0].prompt: [s.text for s in b] for b in found} == right(prompts(3), DRAWN)
    assert all([sample.index for sample in batch] == [0, 1, 2] for batch in found)
    assert all(sample.completion_tokens == 12 for batch in found for sample in batch)
    together = sum("n" in body for body in server.asked)
    assert (
        1 <= together <= 2 and len(server.asked) == 9
    )  # each sample was drawn alone, but the first
    assert texts(model, prompts(3), DRAWN) == right(prompts(3), DRAWN)
    assert sum("n" in body for body in server.asked) == together


def test_a_model_that_is_very_sure_is_not_suspected_for_good(
    server: Misbehaving, load: Load
) -> None:
    server.script({f"prompt {i}": [Act(body=SURE)] * 2 for i in range(2)})
    model = load()
    assert texts(model, prompts(2), DRAWN) == dict.fromkeys(range(2), ["return 1"] * 3)
    assert counted(server.asked) == {"prompt 0": 2, "prompt 1": 2}
    assert texts(model, prompts(3)[2:], DRAWN)[0] == right(prompts(3), DRAWN)[2]
    assert counted(server.asked)["prompt 2"] == 1


def test_samples_that_have_differed_are_not_asked_for_again(
    server: Misbehaving, load: Load
) -> None:
    model = load()
    assert texts(model, prompts(1), DRAWN) == right(prompts(1), DRAWN)
    server.behave = lambda path, body: Act(body=SURE)
    assert texts(model, prompts(4), DRAWN) == dict.fromkeys(range(4), ["return 1"] * 3)
    assert counted(server.asked) == {"prompt 0": 2, "prompt 1": 1, "prompt 2": 1, "prompt 3": 1}


def test_tokens_of_a_request_are_shared_out(server: Misbehaving, load: Load) -> None:
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 10,
        "prompt_tokens_details": {"cached_tokens": 400},
    }
    choices = [{"index": i, "message": {"content": "x" * 7}} for i in range(3)]
    server.behave = lambda path, body: Act(body={"choices": choices, "usage": usage})
    model = load(prompt_price=2, completion_price=50, cached_price=1)
    (samples,) = model.batches(prompts(1), DRAWN)
    assert [sample.prompt_tokens for sample in samples] == [1000] * 3
    assert sum(sample.completion_tokens for sample in samples) == 10
    assert {sample.observed["cached_tokens"] for sample in samples} == {400}
    # 600 fresh and 400 cached tokens of the prompt, 10 of the answers.
    paid = sum(sample.observed["price"] for sample in samples)
    assert paid == pytest.approx((600 * 2 + 400 * 1 + 10 * 50) / 1e6)


def test_a_greedy_answer_is_paid_once(server: Misbehaving, load: Load) -> None:
    model = load(completion_price=1)
    (samples,) = model.batches(prompts(1), GREEDY)
    assert sum(sample.observed["price"] for sample in samples) == pytest.approx(12 / 1e6)


# ------------------------------------------------------------------------ failures

AGAIN = {
    "rate limit": Act(429, {"error": {"message": "slow down"}}, {"Retry-After": "0"}),
    "500": Act(500, {"error": "boom"}),
    "502": Act(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}),
    "503": Act(503, b""),
    "504": Act(504, b"", {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}),
    "page": Act(200, b"<html>hello</html>", {"Content-Type": "text/html"}),
    "half": Act(cut=True),
    "half JSON": Act(200, b'{"choices": [{"mess'),
    "gone": Act(gone=True),
    "no choices": Act(200, {"choices": []}),
    "not a dict": Act(200, [1, 2]),
    "odd choices": Act(200, {"choices": [3]}),
    "no text": Act(200, {"choices": [{"index": 0}]}),
    "odd usage": Act(200, {"choices": [{"text": "x"}], "usage": "much"}),
    "error inside": Act(200, {"error": {"message": "upstream failed", "code": 502}}),
    "broken off": Act(200, {"choices": [{"text": "x", "finish_reason": "abort"}]}),
    "bad gzip": Act(200, b"nonsense", {"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("act", AGAIN.values(), ids=AGAIN)
def test_what_passes_is_tried_again(server: Misbehaving, load: Load, act: Act) -> None:
    model = load()
    server.script({"prompt 0": [act, act], "prompt 2": [act]})
    assert texts(model, prompts(3), DRAWN) == right(prompts(3), DRAWN)
    assert counted(server.asked) == {"prompt 0": 3, "prompt 1": 1, "prompt 2": 2}


def test_a_request_that_hangs_is_given_up_and_sent_again(server: Misbehaving, load: Load) -> None:
    model = load(timeout=0.5)
    server.script({"prompt 1": [Act(hang=30)]})
    assert texts(model, prompts(2), DRAWN) == right(prompts(2), DRAWN)


def test_a_server_is_left_in_peace_as_long_as_it_asks(server: Misbehaving, load: Load) -> None:
    model = load(concurrency=1)
    server.script({"prompt 0": [Act(429, {}, {"Retry-After": "1"})]})
    texts(model, prompts(2), DRAWN)
    first, *others = [at for _, body, at in server.requests if body][1:]
    assert min(others) - first >= 0.99


def test_a_server_that_asks_for_no_pause_has_one(
    server: Misbehaving, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load()
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.2)
    busy = Act(429, {}, {"Retry-After": "0"})
    server.script({"prompt 0": [busy, busy]})
    texts(model, prompts(1), DRAWN)
    first, second, third = [at for _, body, at in server.requests if body][1:]
    assert second - first >= 0.1 and third - second >= 0.2  # half of what is doubled, at least


@pytest.mark.parametrize(
    "said",
    [
        {"error": {"message": "too long", "code": "context_length_exceeded"}},
        {
            "message": "This model's maximum context length is 512 tokens. However, you requested "
            "620 tokens (600 in the messages, 20 in the completion)."
        },
        {
            "error": {
                "message": "request (600 tokens) exceeds the available context size (512 tokens)"
            }
        },
    ],
    ids=["code", "vllm", "llama.cpp"],
)
def test_a_prompt_that_fills_the_context_is_answered_with_nothing(
    server: Misbehaving, load: Load, said: Any
) -> None:
    model = load()
    server.script({"prompt 1": [Act(400, said)] * 2})
    found = {batch[0].prompt: batch for batch in model.batches(prompts(2), DRAWN)}
    assert {(s.text, s.finish_reason) for s in found[1]} == {("", "context")}
    assert [s.index for s in found[1]] == [0, 1, 2]
    assert {s.finish_reason for s in found[0]} == {"stop"}
    assert counted(server.asked)["prompt 1"] == 1


SENTENCES = {
    "This model's maximum context length is 512 tokens. However, you requested 520 tokens (500 in "
    "the messages, 20 in the completion). Please reduce the length.": (512, 500),
    "This model's maximum context length is 512 tokens, however you requested 520 tokens (500 in "
    "your prompt; 20 for the completion).": (512, 500),
    "This model's maximum context length is 512 tokens. However, your messages resulted in 600 "
    "tokens.": (512, 600),
    "max_tokens=600 cannot be greater than max_model_len=512. Please request fewer output "
    "tokens.": (512, 0),
    "This model's maximum context length is 512 tokens. However, your prompt contains at least 513 "
    "input tokens, which exceeds this limit.": (512, 513),
    "this model's maximum context length is 512 tokens, but the prompt contains 600 input tokens": (
        512,
        600,
    ),
    "Requested token count exceeds the model's maximum context length of 512 tokens. You requested "
    "a total of 520 tokens: 500 tokens from the input messages and 20 for the "
    "completion.": (512, 500),
    "The input (600 tokens) is longer than the model's context length (512 tokens).": (512, 600),
    "`inputs` tokens + `max_new_tokens` must be <= 512. Given: 500 `inputs` tokens and 20 "
    "`max_new_tokens`": (512, 500),
    "request (600 tokens) exceeds the available context size (512 tokens), try increasing it": (
        512,
        600,
    ),
    "the prompt is too long": (0, 0),
}


@pytest.mark.parametrize(("said", "lengths"), SENTENCES.items())
def test_the_lengths_of_context_and_prompt_are_read(said: str, lengths: tuple[int, int]) -> None:
    assert overflow(Refused(400, said)) == lengths


@pytest.mark.parametrize(
    "said",
    [
        "max_tokens is too large: 9000. This model supports at most 4096 completion tokens",
        "'temperature' does not support 0.5 with this model",
        "n must be 1 when using greedy sampling, got 3.",
        "you must provide a chat template if the tokenizer does not define one",
    ],
)
def test_what_has_nothing_to_do_with_the_context_is_refused(said: str) -> None:
    assert overflow(Refused(400, said)) is None


def test_an_answer_has_what_room_the_context_leaves(server: Misbehaving, load: Load) -> None:
    first = (
        "max_tokens=20 cannot be greater than max_model_len=20. Please request fewer output tokens."
    )
    then = (
        "'max_tokens' or 'max_completion_tokens' is too large: 19. This model's maximum context "
        "length is 20 tokens and your request has 8 input tokens (19 > 20 - 8)."
    )

    def behave(path: str, body: dict[str, Any]) -> Act:
        said = first if body["max_tokens"] >= 20 else then
        return Act(400, {"error": {"message": said}}) if body["max_tokens"] > 12 else Act()

    server.behave = behave
    model = load()
    assert texts(model, prompts(1), DRAWN) == right(prompts(1), DRAWN)
    assert [body["max_tokens"] for body in server.asked] == [20, 19, 12]


def test_what_a_filter_withholds_is_an_answer(server: Misbehaving, load: Load) -> None:
    model = load()
    filtered = {"choices": [{"message": {"content": None}, "finish_reason": "content_filter"}]}
    refused = {"error": {"message": "no", "code": "content_filter"}}
    server.script({"prompt 0": [Act(body=filtered)], "prompt 1": [Act(400, refused)]})
    found = [s for batch in model.batches(prompts(2), Sampling()) for s in batch]
    assert [(s.text, s.finish_reason) for s in found] == [("", "content_filter")] * 2


def test_what_was_answered_comes_before_the_error(server: Misbehaving, load: Load) -> None:
    model = load(patience=0)
    server.script({"prompt 3": [Act(500, {"error": {"message": "it broke"}})]})
    found = []
    with pytest.raises(ModelError, match=r"500: it broke; what was answered .* --resume"):
        for batch in model.batches(prompts(8), DRAWN):
            found.append(batch[0].prompt)
    # Whatever had begun was answered, but for the one.
    assert {f"prompt {i}" for i in [*found, 3]} == set(counted(server.asked))


def test_a_long_wait_is_not_sat_out(server: Misbehaving, load: Load) -> None:
    model = load(concurrency=1)
    full = Act(429, {"error": {"message": "full"}}, {"Retry-After": "3600"})
    server.script({"prompt 0": [full], "prompt 1": [full]})
    with pytest.raises(ModelError, match="asks to wait 3600 seconds: 429: full"):
        texts(model, prompts(3), DRAWN)
    assert texts(model, prompts(3)[2:], DRAWN)  # nor by who asks next


def test_an_empty_account_is_not_tried_again(server: Misbehaving, load: Load) -> None:
    model = load()
    spent = {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}
    server.script({"prompt 0": [Act(429, spent)]})
    with pytest.raises(ModelError, match=r"exceeded your quota.*--resume"):
        texts(model, prompts(1), DRAWN)
    assert len(server.asked) == 1


# ------------------------------------------------------------- how much goes on at once


def test_no_more_is_begun_than_there_is_room_for(server: Misbehaving, load: Load) -> None:
    model = load(concurrency=4)
    server.behave = lambda path, body: Act(hang=0.005)
    taken = 0
    for _ in model.batches(prompts(60), Sampling()):
        taken += 1
        if taken < 10:
            time.sleep(0.02)  # a consumer slower than the server
            assert len(server.asked) <= taken + 8
    assert taken == 60
    assert server.most <= 4


def test_two_streams_share_one_server(server: Misbehaving, load: Load) -> None:
    model = load(concurrency=2)
    first = model.batches(prompts(20), Sampling())
    next(first)
    assert len(texts(model, prompts(20), GREEDY)) == 20  # while the other waits to be taken
    assert len(list(first)) == 19


def test_who_leaves_early_ends_the_requests(server: Misbehaving, load: Load) -> None:
    model = load(concurrency=2)
    stream = model.batches(prompts(1000), Sampling())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert len(model.generate(["after"])) == 1
    assert len(server.asked) < 20


def test_samples_are_what_the_sampling_and_the_prompt_say(server: Misbehaving, load: Load) -> None:
    model = load()
    whole = texts(model, prompts(6), DRAWN)
    part = texts(model, prompts(6)[4:], DRAWN)
    assert [part[0], part[1]] == [whole[4], whole[5]]
    assert isinstance(next(model.batches(prompts(1), DRAWN))[0], Sample)
