"""A small part of Markdown as HTML."""

import html
import re

HEADING = re.compile(r"(#{1,3}) +(.*)")
BULLET = re.compile(r"[-*] +(.*)")
NUMBER = re.compile(r"[0-9]+\. +(.*)")
STRONG = re.compile(r"\*\*(.+?)\*\*")
CODE = re.compile(r"`([^`]+)`")


def inline(text):
    """Strong text and code inside a line."""
    text = html.escape(text, quote=False)
    text = CODE.sub(r"<code>\1</code>", text)
    return STRONG.sub(r"<strong>\1</strong>", text)


class Writer:
    """Collects lines of HTML and knows what is open."""

    def __init__(self):
        self.lines = []
        self.paragraph = []
        self.in_list = ""  # the tag of the list that is open

    def close(self):
        """Close the paragraph or list that is open."""
        if self.paragraph:
            self.lines.append(f"<p>{' '.join(self.paragraph)}</p>")
            self.paragraph = []
        if self.in_list:
            self.lines.append(f"</{self.in_list}>")
            self.in_list = ""

    def heading(self, level, text):
        self.close()
        self.lines.append(f"<h{level}>{inline(text)}</h{level}>")

    def item(self, tag, text):
        if self.in_list != tag:
            self.close()
            self.lines.append(f"<{tag}>")
            self.in_list = tag
        self.lines.append(f"<li>{inline(text)}</li>")

    def text(self, line):
        if self.in_list:
            self.close()
        self.paragraph.append(inline(line))


def to_html(source):
    writer = Writer()
    for line in source.splitlines():
        line = line.strip()
        if not line:
            writer.close()
        elif match := HEADING.fullmatch(line):
            writer.heading(len(match[1]), match[2])
        elif match := BULLET.fullmatch(line):
            writer.item("ul", match[1])
        elif match := NUMBER.fullmatch(line):
            writer.item("ol", match[1])
        else:
            writer.text(line)
    writer.close()
    return "\n".join(writer.lines)
