"""As many reports as fit, as small as they can be: each is an object of the supervisor's."""

many = report(b"c") * 2700
while True:
    for number in pipes():
        os.write(number, many)
