"""A small reader for comma-separated lines."""


class CsvError(ValueError):
    """A line that is not well formed."""


def split_line(line, separator=","):
    """The fields of one line. Fields may be quoted; separators count inside quotes not."""
    fields = []
    field = []
    quoted = False
    position = 0
    while position < len(line):
        char = line[position]
        if quoted:
            if char == '"':
                quoted = False
            else:
                field.append(char)
        elif char == '"' and not field:
            quoted = True
        elif char == separator:
            fields.append("".join(field))
            field = []
        else:
            field.append(char)
        position += 1
    if quoted:
        raise CsvError(f"a quote is never closed: {line!r}")
    fields.append("".join(field))
    return fields


def read_table(text, separator=","):
    """Rows as dictionaries; the first line has the names."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    names = split_line(lines[0], separator)
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        values = split_line(line, separator)
        if len(values) != len(names):
            raise CsvError(f"line {number} has {len(values)} fields, not {len(names)}")
        rows.append(dict(zip(names, values)))
    return rows
