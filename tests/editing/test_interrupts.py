"""Ctrl-C at the worst moment, and what is said where weights could not be put back."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from codeupdate.editing import load_editor
from codeupdate.editing.interrupts import uninterrupted
from tests.editing.test_contract import FIRST, QUICK, REPLAY, SECOND, same, state
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")


def on_the_third(call: Callable[..., Any], then: Callable[[], Any]) -> Callable[..., Any]:
    """``call``, which does ``then`` on the third time."""
    times = iter(range(10**9))

    def third(*arguments: Any, **named: Any) -> Any:
        if next(times) == 2:
            then()
        return call(*arguments, **named)

    return third


def ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def fail() -> None:
    raise ZeroDivisionError


def test_it_is_heard_when_the_block_has_ended() -> None:
    done, own = [], signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        with uninterrupted():
            ctrl_c(), ctrl_c()
            done.append("inner")
        done.append("outer")
    assert done == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is own
    with uninterrupted():
        pass
    with pytest.raises(ZeroDivisionError), uninterrupted():
        fail()
    assert signal.getsignal(signal.SIGINT) is own


def test_another_thread_holds_nothing_back() -> None:
    held = []

    def work() -> None:
        with uninterrupted():
            held.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert held == [signal.getsignal(signal.SIGINT)]


@pytest.mark.parametrize("name", ["ft", "s2ft", "merge", "conpet"])
def test_weights_come_back_whole(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    model = small_model("llama")
    before, editor = state(model), load_editor(name, **QUICK[name])
    with editor.apply(model, [FIRST], REPLAY) as one:
        grown = state(model)
        with pytest.raises(KeyboardInterrupt), editor.apply(one, [SECOND], REPLAY):
            monkeypatch.setattr(torch, "frombuffer", on_the_third(torch.frombuffer, ctrl_c))
            ctrl_c()  # the first of two
        monkeypatch.undo()
        assert same(grown, state(model))
    assert same(before, state(model))


def test_a_merge_comes_back_where_the_next_is_broken_off_at_its_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = small_model("llama")
    editor = load_editor("merge", **QUICK["merge"])
    with editor.apply(model, [FIRST], REPLAY) as one:
        grown = state(model)
        monkeypatch.setattr(torch, "frombuffer", on_the_third(torch.frombuffer, ctrl_c))
        with pytest.raises(KeyboardInterrupt), editor.apply(one, [SECOND], REPLAY):
            pass
        assert same(grown, state(model))


def test_what_the_weights_carry_of_adapters_comes_back_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = small_model("llama")
    before, editor = state(model), load_editor("lora-sb", **QUICK["lora-sb"])
    with (
        editor.apply(model, [FIRST], REPLAY) as one,
        editor.apply(one, [SECOND], REPLAY) as two,
    ):
        grown = state(model)
        with pytest.raises(KeyboardInterrupt), editor.apply(two, [FIRST], REPLAY):
            monkeypatch.setattr(torch, "frombuffer", on_the_third(torch.frombuffer, ctrl_c))
        monkeypatch.undo()
        assert same(grown, state(model))
    assert same(before, state(model))


def test_weights_that_could_not_be_put_back_are_said_beside_the_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model = small_model("llama")
    with (
        pytest.raises(ZeroDivisionError),
        load_editor("ft", **QUICK["ft"]).apply(model, [FIRST], REPLAY),
    ):
        monkeypatch.setattr(torch, "frombuffer", on_the_third(torch.frombuffer, fail))
    assert "broken off while its weights were put back" in caplog.text
    caplog.clear()
    with (
        pytest.raises(ZeroDivisionError),
        load_editor("lora", **QUICK["lora"]).apply(small_model("llama"), [FIRST], REPLAY),
    ):
        fail()
    assert not caplog.text
