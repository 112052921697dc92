"""Preferences: the updated completion is to be likelier than an outdated one.

TRL computes the losses; here are the pairs, and the frame in which one of its trainers
computes a loss without training, writing, drawing or reporting anything itself.
"""

from __future__ import annotations

import importlib
import logging
import random
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from codeupdate.editing.adapters import continued
from codeupdate.editing.change import Change
from codeupdate.editing.low_rank import LowRankSettings, low_rank
from codeupdate.editing.training import (
    IGNORED,
    Tokens,
    lessons,
    likelihood,
    tokenized,
    train,
)
from codeupdate.errors import EditError, MissingExtra
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Message, Prompt, Sampling, Update

if TYPE_CHECKING:
    import torch

__all__ = [
    "Loss",
    "Pair",
    "PreferenceSettings",
    "collated",
    "labelled",
    "loss_of",
    "pairs",
    "prefer",
    "trl_classes",
    "trl_trainer",
]


class PreferenceSettings(LowRankSettings):
    """``rejected`` says what loses: ``legacy``, what was right before the update, or ``own``,
    the model's own greedy completion before the edit, where it is another one."""

    epochs: int = Field(3, ge=1)
    batch_size: int = Field(8, ge=1)
    learn: Literal["examples"] = "examples"  # documentation makes no pairs
    rejected: Literal["legacy", "own"] = "legacy"


@dataclass(frozen=True, slots=True)
class Pair:
    """One preference as token ids: of two completions of ``prompt``, the first is preferred."""

    prompt: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]

    def __len__(self) -> int:
        return 2 * len(self.prompt) + len(self.chosen) + len(self.rejected)


Loss = Callable[[Sequence[Pair]], "torch.Tensor"]
#: (model, pairs, settings) → the loss of batches of these pairs, while the block lasts.
Method = Callable[[Any, Sequence[Pair], Any], AbstractContextManager[Loss]]


@contextmanager
def prefer(
    model: WeightedModel,
    updates: Sequence[Update],
    replay: Sequence[Example],
    settings: PreferenceSettings,
    editor: str,
    method: Method,
) -> Iterator[Change]:
    """Train an adapter on the pairs of ``updates`` (an edit, as editors yield it).

    The loss of ``method`` is entered when the adapter is there and has not trained yet: a
    reference is the model before the edit.
    Replayed examples, which have no rejected side, are learned by their likelihood.

    Raises:
        EditError: an update has no pairs.
    """
    preferred = pairs(model, updates, settings)
    rows: list[Pair | Tokens] = [*preferred, *tokenized(model, replay[: settings.replay])]
    config = low_rank(model, settings, editor)
    with continued(model, config, settings.seed) as added:
        with method(model, preferred, settings) as of_pairs:
            objective = _mixed(of_pairs, likelihood(model.module))
            tokens = train(model.module, added.parameters, rows, objective, settings)
        yield added.change(tokens)


def _mixed(
    of_pairs: Loss, of_tokens: Callable[[Sequence[Tokens]], torch.Tensor]
) -> Callable[[Sequence[Pair | Tokens]], torch.Tensor]:
    """The mean over a batch of pairs and of replayed examples."""

    def objective(batch: Sequence[Pair | Tokens]) -> Any:
        preferred = [row for row in batch if isinstance(row, Pair)]
        replayed = [row for row in batch if isinstance(row, Tokens)]
        total: Any = 0.0
        if preferred:
            total = total + len(preferred) * of_pairs(preferred)
        if replayed:
            total = total + len(replayed) * of_tokens(replayed)
        return total / len(batch)

    return objective


def pairs(
    model: WeightedModel, updates: Sequence[Update], settings: PreferenceSettings
) -> list[Pair]:
    """A pair of each example of ``updates`` in which something was wrong before.

    Prompt and completions are encoded apart and joined as ids, as for other methods.

    Raises:
        EditError: an update has no examples, or none of them makes a pair.
    """
    found = []
    for update in updates:
        examples = lessons([update], (), settings)
        if settings.rejected == "legacy":
            _require_legacy(update, examples)
            losing = tokenized(model, [Example(e.prompt, e.legacy) for e in examples])
        else:
            losing = _own(model, examples)
        added = [
            Pair(good.ids[: good.prompt], good.ids[good.prompt :], bad.ids[bad.prompt :])
            for good, bad in zip(tokenized(model, examples), losing, strict=True)
            if good.ids != bad.ids
        ]
        if not added:
            raise EditError(
                f"the model '{model.name}' already writes every example of the update "
                f"'{update.id}', so there is nothing that it should prefer to anything; "
                "leave the update out"
            )
        found += added
    return found


def _require_legacy(update: Update, examples: Sequence[Example]) -> None:
    if not all(example.legacy for example in examples):
        raise EditError(
            f"the examples of the update '{update.id}' do not say what was right before it "
            "(legacy), which this method needs; use --set rejected=own to have the model's own "
            "completions rejected"
        )


def _own(model: WeightedModel, examples: Sequence[Example]) -> list[Tokens]:
    """What the model writes by itself, cut where it runs on for twice the longest example."""
    prompts = [Prompt(e.prompt, (Message("user", e.prompt),)) for e in examples]
    rows = tokenized(model, examples)
    room = 2 * max(len(row) - row.prompt for row in rows)
    written = {}
    for batch in model.batches(prompts, Sampling(max_tokens=room)):
        for sample in batch:
            written[sample.prompt] = sample
    own = []
    for number, example in enumerate(examples):
        [row] = tokenized(model, [Example(example.prompt, written[number].text)])
        # One that was cut did not end, and its end is no choice of the model's.
        ended = written[number].finish_reason == "stop"
        own.append(row if ended else Tokens(row.ids[:-1], row.prompt))
    return own


class _Wired:
    """What is different of every trainer: the pairs are tokens already, it keeps no cache on
    disk and tells no one."""

    def tokenize_row(self, row: Any, model: Any = None) -> Any:
        return row

    def _prepare_dataset(self, dataset: Any, *unused: Any) -> Any:
        return dataset

    def _precompute_ref_logps(self, dataset: Any, *unused: Any) -> Any:
        return dataset

    def _send_telemetry(self) -> None: ...


def trl_classes(editor: str, module: str, method: str) -> tuple[type, type]:
    """TRL's trainer and configuration of ``method`` (DPO), which are in ``module``, for
    :func:`trl_trainer`.

    Raises:
        MissingExtra: TRL is not installed.
    """
    try:
        with _quietly():
            found = importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(f"the editor '{editor}'", "trl", "preference") from error
    trainer = type("Trainer", (_Wired, getattr(found, f"{method}Trainer")), {})
    return trainer, getattr(found, f"{method}Config")


@contextmanager
def trl_trainer(
    classes: tuple[type, type],
    model: WeightedModel,
    rows: Sequence[Mapping[str, object]],
    settings: PreferenceSettings,
    **options: object,
) -> Iterator[Any]:
    """A trainer of TRL around ``model``, for its loss; all that it sets is set back on leaving.

    ``classes`` are its class and that of its configuration, which takes ``options``; ``rows``
    are pairs in the form in which its collator takes them. It is never told to train: the loop
    is the one of all methods.
    """
    import datasets
    import torch

    trainer, config = classes
    module, tokenizer = model.module, model.tokenizer
    attributes = set(vars(module))
    padding = (tokenizer.pad_token, module.config.pad_token_id)
    generation_padding = module.generation_config.pad_token_id
    streams = random.getstate(), np.random.get_state()
    bars = not datasets.are_progress_bars_disabled()
    try:
        datasets.disable_progress_bars()
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        with tempfile.TemporaryDirectory() as folder, torch.random.fork_rng(), _quietly():
            arguments = config(
                output_dir=folder,
                report_to="none",
                save_strategy="no",
                disable_tqdm=True,
                remove_unused_columns=False,
                gradient_checkpointing=False,
                disable_dropout=False,  # it would be for good
                bf16=False,
                use_cpu=module.device.type == "cpu",
                max_length=None,  # nothing is cut
                per_device_train_batch_size=settings.batch_size,
                seed=settings.seed,
                **options,
            )
            yield trainer(
                model=module,
                args=arguments,
                train_dataset=datasets.Dataset.from_list([dict(row) for row in rows]),
                processing_class=tokenizer,
            )
    finally:
        if bars:
            datasets.enable_progress_bars()
        random.setstate(streams[0])
        np.random.set_state(streams[1])
        tokenizer.pad_token, module.config.pad_token_id = padding
        module.generation_config.pad_token_id = generation_padding
        for name in set(vars(module)) - attributes:
            delattr(module, name)  # such as TRL's own forward()


def collated(
    trainer: Any, module: Any, rows: Sequence[Mapping[str, object]]
) -> dict[str, torch.Tensor]:
    """A batch as the loss of ``trainer`` takes it, where ``module`` is."""
    tensors: Mapping[str, torch.Tensor] = trainer.data_collator(rows)
    return {name: tensor.to(module.device) for name, tensor in tensors.items()}


def loss_of(trainer: Any, module: Any, row: Callable[[Pair], Mapping[str, object]]) -> Loss:
    """The loss that ``trainer`` computes of pairs in the form of ``row``."""

    def loss(batch: Sequence[Pair]) -> torch.Tensor:
        inputs = collated(trainer, module, [row(pair) for pair in batch])
        value: torch.Tensor = trainer.compute_loss(module, inputs)
        return value

    return loss


def labelled(pair: Pair) -> dict[str, object]:
    """``pair`` in the form that TRL's trainers without a reference take."""
    row: dict[str, object] = {}
    for side, completion in (("chosen", pair.chosen), ("rejected", pair.rejected)):
        row[f"{side}_input_ids"] = [*pair.prompt, *completion]
        row[f"{side}_attention_mask"] = [1] * (len(pair.prompt) + len(completion))
        row[f"{side}_labels"] = [IGNORED] * len(pair.prompt) + list(completion)
    return row


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the warnings of trainers that are experimental, and set up but not used to train."""
    logger = logging.getLogger("trl")
    level = logger.level
    try:
        logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
