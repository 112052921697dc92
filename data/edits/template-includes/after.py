"""A small template language with values, conditions and loops."""

import html
import re

TOKEN = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
NAME = re.compile(r"[a-z_]\w*(\.\w+)*")


class TemplateError(ValueError):
    """A template that cannot be read or filled in."""


def lookup(values, path):
    """The value at a path such as "user.name"; empty text where there is none."""
    found = values
    for name in path.split("."):
        if not isinstance(found, dict) or name not in found:
            return ""
        found = found[name]
    return found


class Engine:
    """Renders templates; what is filled in is escaped for HTML."""

    def __init__(
        self,
        *,
        escape=True,
    ):
        self.escape = escape

    def render(self, source, values):
        """The text that comes of ``source``."""
        tokens = TOKEN.split(source)
        output = []
        rest = self._block(tokens, 0, values, output, until=())
        if rest != len(tokens):
            raise TemplateError(f"unexpected {tokens[rest]}")
        return "".join(output)

    def _block(self, tokens, position, values, output, until):
        """Render up to one of the tags ``until``; returns where it stands."""
        while position < len(tokens):
            token = tokens[position]
            if token.startswith("{{"):
                output.append(self._value(token[2:-2].strip(), values))
            elif token.startswith("{%"):
                words = token[2:-2].split()
                tag = words[0] if words else ""
                if tag in until:
                    return position
                if tag == "if":
                    position = self._if(tokens, position, words, values, output)
                elif tag == "for":
                    position = self._for(tokens, position, words, values, output)
                else:
                    raise TemplateError(f"there is no tag {tag!r}")
            else:
                output.append(token)
            position += 1
        if until:
            raise TemplateError(f"{until[-1]} is missing")
        return position

    def _value(self, path, values):
        if not NAME.fullmatch(path):
            raise TemplateError(f"{path!r} is not a name")
        text = str(lookup(values, path))
        return html.escape(text) if self.escape else text

    def _if(self, tokens, position, words, values, output):
        if len(words) != 2:
            raise TemplateError("if needs one name")
        shown = bool(lookup(values, words[1]))
        position = self._block(
            tokens, position + 1, values, output if shown else [], ("else", "endif")
        )
        if "else" in tokens[position]:
            position = self._block(
                tokens, position + 1, values, [] if shown else output, ("endif",)
            )
        return position

    def _for(self, tokens, position, words, values, output):
        if len(words) != 4 or words[2] != "in":
            raise TemplateError("for needs the form: for NAME in NAME")
        items = list(lookup(values, words[3]) or [])
        end = self._block(tokens, position + 1, {**values, words[1]: ""}, [], ("endfor",))
        for item in items:
            self._block(tokens, position + 1, {**values, words[1]: item}, output, ("endfor",))
        return end
