"""Random bytes wherever something can be written."""

for number in writable():
    os.set_blocking(number, False)
    try:
        os.write(number, os.urandom(4096))
    except OSError:
        pass
raise AssertionError
