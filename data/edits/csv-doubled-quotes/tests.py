def new_in_the_middle():
    assert split_line('"say ""hi"" now",x') == ['say "hi" now', "x"]


def new_at_the_ends():
    assert split_line('"""a""",b') == ['"a"', "b"]


def new_only_a_quote():
    assert split_line('"""",1') == ['"', "1"]
    assert split_line('""""""') == ['""']


def new_in_a_table():
    assert read_table('name,size\n"5"" disk",1') == [{"name": '5" disk', "size": "1"}]


def kept_empty_quoted_field():
    assert split_line('"",x') == ["", "x"]
    assert split_line('a,""') == ["a", ""]


def kept_separator_inside_quotes():
    assert split_line('"a,b";c', ";") == ["a,b", "c"]


def kept_unclosed_quote():
    for line in ('"abc', 'x,"'):
        try:
            split_line(line)
        except CsvError:
            continue
        raise AssertionError(line)
