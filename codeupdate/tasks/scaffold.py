"""A new task that works at once, to be changed into one's own."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from codeupdate.errors import UsageError

__all__ = ["scaffold"]

TASK = """\
name: {name}
summary: Two problems that need math.clamp, a function that does not exist yet.
licence: CC0-1.0
source: made by 'codeupdate tasks new'
data: {{problems: problems.jsonl, updates: updates.jsonl}}
environment: python
sampling: {{n: 1, temperature: 0.0, max_tokens: 128}}
stop: ["\\ndef ", "\\nclass "]
"""

PROMPT = '''\
{% for update in documents %}
# {{ update.documentation }}

{% endfor %}
import math


def {{ problem.entry_point }}({{ parameters }}):
    """{{ question }}"""
'''

README = """\
# {name}

Say here where the problems come from, under which licence, and what they measure.

- `task.yaml`: how the task is called, sampled and limited.
- `prompt.jinja`: how a problem is asked. It sees the `fields` of the problem by name and
  `documents`, the updates whose documentation is to be shown. Another file
  `NAME.jinja` is another prompt, chosen with `--prompt NAME`.
- `problems.jsonl`: a problem a line. `reference` is what a perfect model would write after
  the prompt; each test runs in a process of its own.
- `updates.jsonl`: an update a line. `patch` is source that makes it effective; an editor
  may train on `examples`, which must not be among the problems. A task whose problems need
  no update has no such file and no `updates:` in `task.yaml`.

Check it whenever you have changed it:

```
codeupdate tasks validate {name} --include FOLDER
```

and evaluate a model on it:

```
codeupdate eval --task {name} --include FOLDER --model reference
```

FOLDER is the one that contains `tasks/`.
"""

UPDATE: dict[str, Any] = {
    "id": "math.clamp",
    "package": "math",
    "api": "math.clamp",
    "kind": "function-added",
    "summary": "math gets a function that keeps a number within bounds.",
    "signature_before": "",
    "signature_after": "math.clamp(x, low, high)",
    "documentation": "math.clamp(x, low, high): x, or the bound that it exceeds.",
    "patch": "import math\nmath.clamp = lambda x, low, high: max(low, min(x, high))",
    "examples": [
        {
            "prompt": 'import math\n\n\ndef percent(x):\n    """x, from 0 to 100."""\n',
            "completion": "    return math.clamp(x, 0, 100)\n",
        }
    ],
}

PROBLEMS: tuple[dict[str, Any], ...] = (
    {
        "id": "volume",
        "fields": {"parameters": "x", "question": "The volume x, from 0 to 11."},
        "entry_point": "volume",
        "reference": "    return math.clamp(x, 0, 11)\n",
        "tests": [
            {"name": "below", "source": "assert volume(-1) == 0"},
            {"name": "above", "source": "assert volume(12) == 11"},
        ],
        "update": "math.clamp",
    },
    {
        "id": "all-within",
        "fields": {
            "parameters": "xs, low, high",
            "question": "The numbers xs, each kept from low to high.",
        },
        "entry_point": "all_within",
        "reference": "    return [math.clamp(x, low, high) for x in xs]\n",
        "tests": [
            {"name": "mixed", "source": "assert all_within([1, 5, 9], 2, 8) == [2, 5, 8]"},
            {"name": "one", "source": "assert all_within([7], 2, 8) == [7]"},
        ],
        "update": "math.clamp",
    },
)


def scaffold(name: str, root: Path) -> Path:
    """Write the task ``name`` into ``root/tasks/name`` and return that folder.

    It appears whole or not at all.

    Raises:
        UsageError: the name is none for a task, or the folder exists.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise UsageError(
            f"a task cannot be called '{name}'; use small letters, digits and hyphens, "
            "and begin with a letter or a digit"
        )
    folder = root / "tasks" / name
    if folder.exists():
        raise UsageError(f"'{folder}' exists already; choose another name or another --to")
    files = {
        "task.yaml": TASK.format(name=name),
        "prompt.jinja": PROMPT,
        "README.md": README.format(name=name),
        "problems.jsonl": "".join(json.dumps(problem) + "\n" for problem in PROBLEMS),
        "updates.jsonl": json.dumps(UPDATE) + "\n",
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder.parent))
    try:
        for file, text in files.items():
            (unfinished / file).write_text(text, encoding="utf-8")
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished)
        raise
    return folder
