def new_accents():
    assert slugify("Café Düsseldorf") == "cafe-dusseldorf"
    assert slugify("ÀÉÎÕÜ çñ") == "aeiou-cn"


def new_sharp_s():
    assert slugify("Große Straße") == "grosse-strasse"


def new_composed_and_decomposed():
    assert slugify("e\u0301te\u0301") == slugify("été") == "ete"


def new_claims_collide():
    registry = SlugRegistry()
    assert registry.claim("Resume") == "resume"
    assert registry.claim("Résumé") == "resume-2"


def new_length_counts_plain_letters():
    assert slugify("é" * 70) == "e" * 60


def kept_other_characters_separate():
    assert slugify("a – b … c") == "a-b-c"
    assert slugify("日本 tokyo") == "tokyo"
    assert slugify("Hello,  World!") == "hello-world"


def kept_length_and_numbers():
    assert slugify("aaa bbb ccc", max_length=8) == "aaa-bbb"
    assert slugify("abcdefghij", max_length=4) == "abcd"
    registry = SlugRegistry()
    assert [registry.claim("?"), registry.claim("!"), registry.claim("")] == [
        "untitled",
        "untitled-2",
        "untitled-3",
    ]
