"""What a model writes is what is read: to the letter, in texts and in chats.

The model is made to write a given text, in tokenizers that put a space before a text and take it
off again, and in others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from codeupdate.models.continuing import continuation_ids
from codeupdate.models.transformers import TransformersModel
from codeupdate.types import Message, Prompt, Sample, Sampling
from tests.models.test_continuing import TOKENIZERS

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
transformers = pytest.importorskip("transformers", reason="needs the extra 'transformers'")

HEAD = "def f(x):\n"
#: HumanEval's.
STOPS = ("\nclass ", "\ndef ", "\n#", "\nif __name__", "\nprint(")
TEMPLATE = (
    "{% for m in messages %}{{ m.content }}{% if m.role == 'user' %}\n{% endif %}{% endfor %}"
)
ANSWER = """```python
import kit

# f takes the first
def f(x):
    return kit.take(x)[0]

print(f([1]))
```"""


def small(tokenizer: Any) -> TransformersModel:
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=512,
        eos_token_id=tokenizer.eos_token_id,
    )
    module = transformers.AutoModelForCausalLM.from_config(config)
    return TransformersModel(module, tokenizer, name="small")


@contextmanager
def writing(model: TransformersModel, prompt: Prompt, ids: list[int]) -> Iterator[None]:
    """Let ``model`` write ``ids`` after ``prompt``, and then end."""
    script = torch.tensor([*model.encode(prompt), *ids, model.tokenizer.eos_token_id])

    def say(module: Any, _: Any, told: dict[str, Any], out: Any) -> Any:
        at = told["position_ids"][:, -1:] + 1
        out.logits = torch.nn.functional.one_hot(script[at], len(model.tokenizer)).float()
        return out

    handle = model.module.register_forward_hook(say, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def written(model: TransformersModel, prompt: Prompt, ids: list[int]) -> Sample:
    with writing(model, prompt, ids):
        ((sample,),) = model.batches([prompt], Sampling(max_tokens=400))
    return sample


def chat(name: str) -> TransformersModel:
    model = small(TOKENIZERS[name])
    model.tokenizer.chat_template = TEMPLATE
    return model


@pytest.fixture(autouse=True)
def _no_templates() -> Iterator[None]:
    yield
    for tokenizer in TOKENIZERS.values():
        tokenizer.chat_template = None


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_text_is_continued_with_the_space_that_its_continuation_begins_with(name: str) -> None:
    model, body = small(TOKENIZERS[name]), "    return kit.take(x)[0]\n"
    ids = continuation_ids(model.tokenizer, body)
    sample = written(model, Prompt(HEAD), ids)
    assert (sample.text, sample.finish_reason) == (body, "stop")
    whole = [*continuation_ids(model.tokenizer, HEAD), *ids]
    assert model.decode(whole) == HEAD + body


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_text_ends_at_its_stops(name: str) -> None:
    model = small(TOKENIZERS[name])
    ids = continuation_ids(model.tokenizer, "    return x\n\n\ndef g(x):\n    return x\n")
    sample = written(model, Prompt(HEAD, stop=STOPS), ids)
    assert (sample.text, sample.finish_reason) == ("    return x\n\n", "stop")


@pytest.mark.parametrize("name", TOKENIZERS)
def test_an_answer_in_a_chat_is_whole(name: str) -> None:
    model = chat(name)
    ids = list(model.tokenizer(ANSWER, add_special_tokens=False)["input_ids"])
    asked = Prompt(HEAD, (Message("user", "Write f."),), stop=STOPS)
    sample = written(model, asked, ids)
    space = " " if name == "byte-level" else ""  # which takes none off
    assert sample.text == space + ANSWER
    # A model that can chat, asked to continue a text, does that.
    sample = written(model, Prompt(HEAD, stop=STOPS), continuation_ids(model.tokenizer, ANSWER))
    assert sample.text == ANSWER[: ANSWER.index("\n# f")]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_an_answer_that_the_prompt_began_goes_on(name: str) -> None:
    model, rest = chat(name), "    return x\n```"
    begun = Message("assistant", f"```python\n{HEAD}    x = 1")
    asked = Prompt("", (Message("user", "Write f."), begun), stop=STOPS)
    sample = written(model, asked, continuation_ids(model.tokenizer, f" + x\n{rest}"))
    assert sample.text == f" + x\n{rest}"
