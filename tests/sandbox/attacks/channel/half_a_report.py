"""The beginning of a report, and the end of the program."""

for number in pipes():
    os.write(number, report(b"d")[:11])
os._exit(0)
