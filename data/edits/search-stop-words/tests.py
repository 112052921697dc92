def index():
    made = Index()
    made.add(1, "To be, or not to be: that is the question.")
    made.add(2, "The question was easy")
    made.add(3, "Easy questions, easy glass answers")
    return made


def new_every_word_is_found():
    assert index().search("to be or not to be") == [1]
    assert index().search("the") == [1, 2]
    assert index().search("was") == [2]


def new_query_with_a_word_that_is_nowhere():
    assert index().search("an easy question") == []


def new_words_are_all_there():
    assert words("It is on") == ["it", "is", "on"]


def new_list_is_gone():
    assert "STOP_WORDS" not in globals()


def kept_plurals_and_case():
    assert index().search("QUESTIONS") == [1, 2, 3]
    assert words("glass cats bus") == ["glass", "cat", "bus"]


def kept_empty_query():
    assert index().search("") == []
    assert index().search("?!") == []


def kept_ids_are_unique():
    made = index()
    try:
        made.add(1, "again")
    except ValueError:
        return
    raise AssertionError("accepted")
