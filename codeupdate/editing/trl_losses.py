"""TRL's trainers, for the losses that they compute.

Here is the frame in which one of them computes a loss of pairs without training, writing,
drawing or reporting anything itself.
"""

from __future__ import annotations

import importlib
import logging
import random
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from codeupdate.editing.preferences import Loss, Pair, PreferenceSettings
from codeupdate.editing.training import IGNORED
from codeupdate.errors import MissingExtra
from codeupdate.models.protocol import WeightedModel

if TYPE_CHECKING:
    import torch

__all__ = ["collated", "labelled", "loss_of", "trl_classes", "trl_trainer"]


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
