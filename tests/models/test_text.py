"""Half of an emoji in an answer is no reason to end a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codeupdate.evaluation.records import Item, SampleRow
from codeupdate.evaluation.store import Store
from codeupdate.models.openai.forms import read_reply
from codeupdate.models.recordings import RecordedForm, recorded
from codeupdate.models.text import whole
from codeupdate.types import Prompt, Sampling


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("cut \ud83d", "cut �"),
        ("\ude00 and \ud83d again", "� and � again"),
        ("\ud83d\ude00", "😀"),
        ("\ufeffπ 😀\r\n", "\ufeffπ 😀\r\n"),
        ("", ""),
    ],
)
def test_only_what_cannot_be_written_is_replaced(text: str, kept: str) -> None:
    assert whole(text) == kept
    whole(text).encode()


def test_a_recorded_answer_that_ends_within_an_emoji_can_be_kept(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text(json.dumps({"task_id": "p", "completion": "return 1  # \ud83d"}))
    (batch,) = recorded(file, RecordedForm()).batches([Prompt("", problem="p")], Sampling())
    text = batch[0].text
    assert text == "return 1  # �"
    with Store.create(tmp_path / "run", {}) as store:
        item = Item("none", "efficacy", "t", "p", 0)
        store.add_samples([SampleRow(item, "", text, text, "code", "stop", 0, 0)])
        assert store.code(item) == text


@pytest.mark.parametrize("choice", [{"text": "a\ud83d"}, {"message": {"content": "a\ud83d"}}])
def test_so_can_one_that_a_server_cut(choice: dict[str, object]) -> None:
    reply = read_reply(json.loads(json.dumps({"choices": [choice]})))
    assert reply.choices[0].text == "a�"
