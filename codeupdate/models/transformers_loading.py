"""Loads causal language models of transformers, and says how they may be loaded."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from codeupdate.errors import MissingExtra, ModelError
from codeupdate.models.memory import is_out_of_memory
from codeupdate.models.transformers import TransformersModel

__all__ = ["Settings", "load_transformers"]

#: What torch.compile and DDP put before the names of weights.
WRAPPERS = ("_orig_mod.", "module.")
#: A folder with a model has one of them; the second is that of an adapter, which names its base.
CONFIGURED = ("config.json", "adapter_config.json")


class Settings(BaseModel):
    """``--model-set`` of this backend."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"  # auto: as it is stored
    #: Where its parts go: "auto" and the like share them out over several GPUs, a mapping says
    #: it part by part. None: all of it on the first GPU, or on the CPU where there is none.
    device_map: str | Mapping[str, int | str] | None = None
    quantization: Literal["8bit", "4bit"] | None = None  # of the weights, by bitsandbytes
    attention: str | None = None  # implementation: "eager", "sdpa", "flash_attention_2", …
    batch_size: int | None = Field(None, ge=1)  # samples decoded at once; None: by the device
    batch_tokens: int | None = Field(None, ge=1)  # in their cache; None: by the memory
    threads: int | None = Field(None, ge=1)  # that torch computes with, in the whole process


def load_transformers(
    source: str, *, name: str, family: str | None = None, settings: Settings | None = None
) -> TransformersModel:
    """Load a causal language model and its tokenizer from a folder or the hub.

    ``source`` is a path or ``org/name``, optionally with ``@revision``.

    Raises:
        MissingExtra: torch, transformers or what a setting needs is not installed.
        ModelError: it does not exist, cannot be fetched, is no causal language model, lacks some
            of its weights, or does not fit into the memory.
    """
    chosen = settings or Settings()
    try:
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar
    except ImportError as error:
        package = (error.name or "transformers").partition(".")[0]
        raise MissingExtra(f"the model '{name}'", package, "transformers") from error
    if chosen.device_map is not None and find_spec("accelerate") is None:
        raise MissingExtra(f"device_map of the model '{name}'", "accelerate", "transformers")
    if chosen.quantization is not None and find_spec("bitsandbytes") is None:
        raise MissingExtra(f"quantization of '{name}'", "bitsandbytes", "quantization")
    place, _, revision = source.partition("@") if not Path(source).exists() else (source, "", "")
    if place.startswith((".", "/", "~")) and not Path(place).expanduser().is_dir():
        raise ModelError(f"the model '{name}': there is no folder '{place}'")
    place = str(Path(place).expanduser()) if Path(place).expanduser().is_dir() else place
    if Path(place).is_dir() and not any((Path(place) / file).is_file() for file in CONFIGURED):
        raise ModelError(
            f"the model '{name}': the folder '{place}' has no config.json; name one that "
            "save_pretrained has written"
        )
    options: dict[str, Any] = {"revision": revision} if revision else {}
    disable_progress_bar()  # it would run through the bars of an evaluation
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, **options)
        module, found = AutoModelForCausalLM.from_pretrained(
            place,
            **options,
            **_how(chosen),
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # they are refused below, by their names
        )
        _check_that_it_is_whole(module, found, name)
        if chosen.device_map is None and chosen.quantization is None:
            module = module.to("cuda" if torch.cuda.is_available() else "cpu")
    except (OSError, ValueError, ImportError, RuntimeError, MemoryError, SafetensorError) as error:
        raise ModelError(_explained(error, name)) from error
    if chosen.quantization == "4bit":
        _check_widths(module, name)
    if chosen.threads is not None:
        torch.set_num_threads(chosen.threads)
    return TransformersModel(
        module,
        tokenizer,
        name=name,
        family=family,
        attention=chosen.attention,
        batch_size=chosen.batch_size,
        batch_tokens=chosen.batch_tokens,
    )


def _how(settings: Settings) -> dict[str, Any]:
    """``settings`` as ``from_pretrained`` takes them."""
    import torch
    from transformers import BitsAndBytesConfig

    dtype = "auto" if settings.dtype == "auto" else getattr(torch, settings.dtype)
    given = {
        "dtype": dtype,
        "device_map": settings.device_map,
        "attn_implementation": settings.attention,
    }
    if settings.quantization is not None:
        # It tells of every product in which it rounds, which is what it is for.
        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
        # Quantized weights cannot be moved: they are loaded where they are to be.
        given["device_map"] = settings.device_map or {
            "": "cuda:0" if torch.cuda.is_available() else "cpu"
        }
        given["quantization_config"] = (
            BitsAndBytesConfig(load_in_8bit=True)
            if settings.quantization == "8bit"
            else BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_compute_dtype=torch.bfloat16 if dtype == "auto" else dtype,
            )
        )
    return {name: value for name, value in given.items() if value is not None}


def _check_that_it_is_whole(module: Any, found: Mapping[str, Any], name: str) -> None:
    """Whether every weight came from the checkpoint: transformers fills in random ones.
    ``found`` is what it says of the loading.

    Raises:
        ModelError: some did not.
    """
    if found["mismatched_keys"]:
        place, stored, needed = min(found["mismatched_keys"])
        raise ModelError(
            f"the weights of the model '{name}' do not fit its config.json: '{place}' is stored as "
            f"{tuple(stored)} and has to be {tuple(needed)}; one of the two files is another model's"
        )
    places = [place for place, _ in module.named_parameters()]
    missing = [place for place in places if place in found["missing_keys"]]
    if not missing:
        return
    wrapped = [key for key in found["unexpected_keys"] if key.startswith(WRAPPERS)]
    advice = (
        "they were saved with what torch.compile or DDP wraps around a model; save the model inside"
        if wrapped
        else "save the whole of the model by save_pretrained, or fetch it again"
    )
    raise ModelError(
        f"the checkpoint of the model '{name}' lacks {len(missing)} of its {len(places)} weights, "
        f"which would be random, first of all '{missing[0]}': {advice}"
    )


def _check_widths(module: Any, name: str) -> None:
    """Whether bitsandbytes can compute with the 4-bit weights of ``module`` where they are: on a
    CPU a row of them that ends within a block is read wrongly, or not at all.

    Raises:
        ModelError: it cannot.
    """
    for place, part in module.named_modules():
        weight: Any = getattr(part, "weight", None)
        state = getattr(weight, "quant_state", None)
        if state is None or weight.device.type != "cpu" or part.in_features % state.blocksize == 0:
            continue
        raise ModelError(
            f"the model '{name}' cannot be computed with quantization=4bit on a CPU: bitsandbytes "
            f"needs widths that {state.blocksize} divides, and '{place}' has {part.in_features}; "
            "use quantization=8bit, dtype=bfloat16 or a GPU"
        )


def _explained(error: Exception, name: str) -> str:
    """Why the model ``name`` cannot be loaded, and what to do."""
    from safetensors import SafetensorError

    reason = str(error).strip().split("\n")[0]
    if is_out_of_memory(error):
        return (
            f"there is not enough memory for the weights of the model '{name}'; use --model-set "
            "dtype=bfloat16, quantization=4bit or device_map=auto"
        )
    if isinstance(error, SafetensorError):
        return (
            f"a file with weights of the model '{name}' is damaged, as after a download or a copy "
            f"that broke off ({reason}); fetch it again"
        )
    offline = os.environ.get("HF_HUB_OFFLINE", "0") not in {"", "0"}
    hint = "HF_HUB_OFFLINE is set, so only local copies are used" if offline else "check it"
    return f"the model '{name}' cannot be loaded ({hint}): {reason}"
