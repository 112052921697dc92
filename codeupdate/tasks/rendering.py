"""Prompts from Jinja templates.

A template is a file ``NAME.jinja`` in the task's folder. It sees the problem's
``fields`` by name, ``problem`` itself and ``documents``, the updates whose
documentation is to be shown.

Without blocks, the whole template is the text to complete, and a chat model gets it
as one user message. With blocks, ``{% block system %}``, ``user`` and ``assistant``
are the messages of a chat (``assistant`` begins the answer) and ``completion`` is the
text for a model without a chat template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2

from codeupdate.errors import DataError, UsageError
from codeupdate.types import Message, Problem, Prompt, Update

__all__ = ["Templates"]

ROLES = ("system", "user", "assistant")


class Templates:
    """The prompt templates of one task folder, compiled on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # prompts are source text, not HTML
        )

    def names(self) -> list[str]:
        """The prompts that this task knows."""
        return sorted(path.stem for path in self._folder.glob("*.jinja"))

    def render(
        self,
        name: str,
        problem: Problem,
        documents: Sequence[Update] = (),
        stop: tuple[str, ...] = (),
        extra: Mapping[str, object] | None = None,
    ) -> Prompt:
        """Render the prompt ``name`` for ``problem``.

        Raises:
            UsageError: there is no template of that name.
            DataError: the template is faulty or asks for a field that the problem lacks.
        """
        if not (self._folder / f"{name}.jinja").is_file():
            known = ", ".join(self.names())
            raise UsageError(
                f"the task '{problem.task}' has no prompt '{name}'; "
                + (f"it has: {known}" if known else f"make '{self._folder / name}.jinja'")
            )
        values = {**problem.fields, **(extra or {}), "problem": problem, "documents": documents}
        try:
            template = self._environment.get_template(f"{name}.jinja")
            if not template.blocks:
                text = template.render(values)
                return Prompt(text, (Message("user", text),), stop, problem.id)
            context = template.new_context(values)
            blocks = {
                role: "".join(block(context)).strip("\n")
                for role, block in template.blocks.items()
                if role in ROLES
            }
            if "completion" in template.blocks:
                text = "".join(template.blocks["completion"](context))
            else:
                text = "\n\n".join(blocks[role] for role in ROLES if role in blocks)
            messages = tuple(Message(role, blocks[role]) for role in ROLES if role in blocks)
            return Prompt(text, messages, stop, problem.id)
        except jinja2.UndefinedError as error:
            raise DataError(
                f"the prompt '{name}' of task '{problem.task}' asks for something that problem "
                f"'{problem.id}' does not have: {error.message}"
            ) from error
        except jinja2.TemplateError as error:
            raise DataError(
                f"the prompt '{name}' of task '{problem.task}' is faulty: {error}"
            ) from error
