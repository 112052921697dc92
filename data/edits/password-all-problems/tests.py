def new_all_messages_in_order():
    vault = Vault()
    assert vault.check_password("ann", "-ann-") == [
        "too short",
        "no digit",
        "contains the user name",
    ]
    assert vault.check_password("bob", "") == ["too short", "no digit", "no letter"]


def new_nothing_to_complain():
    assert Vault().check_password("ann", "abcdefgh1") == []


def new_common_ones():
    assert Vault().check_password("x", "123456789") == ["no letter", "too common"]
    assert Vault().check_password("x", "LetMeIn123") == ["too common"]


def new_change_names_everything():
    vault = Vault()
    try:
        vault.change("ann", "ANN")
    except PasswordError as error:
        assert str(error) == "too short; no digit; contains the user name"
        assert not vault.verify("ann", "ANN")
        return
    raise AssertionError("accepted")


def new_same_as_before():
    vault = Vault()
    vault.change("ann", "abcdefgh1")
    assert vault.check_password("ann", "abcdefgh1") == ["same as before"]


def kept_good_passwords_are_set():
    vault = Vault()
    vault.change("ann", "abcdefgh1")
    assert vault.verify("ann", "abcdefgh1")
    vault.forget("ann")
    assert not vault.verify("ann", "abcdefgh1")


def kept_single_problem():
    try:
        Vault().change("ann", "abcdefghi")
    except PasswordError as error:
        assert str(error) == "no digit"
        return
    raise AssertionError("accepted")
