import os as operating_system
import tempfile


def with_environment(**variables):
    saved = dict(operating_system.environ)
    operating_system.environ.update(variables)
    try:
        return load()
    finally:
        operating_system.environ.clear()
        operating_system.environ.update(saved)


def loaded(text):
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return load(file.name)


def new_variables_do_not_count():
    assert with_environment(APP_HOST="evil", APP_PORT="1", APP_DEBUG="yes") == DEFAULTS


def new_bad_variables_do_not_matter():
    assert with_environment(APP_PORT="many")["port"] == 8000


def new_code_is_gone():
    for name in ("_from_environment", "_convert", "PREFIX", "os"):
        assert name not in globals(), name


def kept_defaults():
    assert load() == {"host": "localhost", "port": 8000, "debug": False, "workers": 2}


def kept_file_wins_over_defaults():
    assert loaded('{"port": 9000, "debug": true}') == {**DEFAULTS, "port": 9000, "debug": True}


def kept_faulty_files():
    for text in ('{"colour": 1}', '{"port": "80"}', '{"debug": 1}'):
        try:
            loaded(text)
        except SettingsError:
            continue
        raise AssertionError(text)
