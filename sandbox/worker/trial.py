"""What has been heard of one test."""

import reports

ITEMS = 10_000  # tests that a module may tell of


class Trial:
    """One test, as far as it has been heard of."""

    def __init__(self, token):
        self.token = token
        self.pid = None  # of its process, where it has one of its own
        self.done = None  # the report that it ran to its end
        self.claimed = False  # one came without the token
        self.counted = False
        self.items = []  # (outcome, name, message) of the tests in a test module
        self.status = None  # wait status and CPU seconds of its process, once that ended
        self.killed = None  # outcome and message, where we ended it

    def over(self, last, by_counts=False):
        if last:
            return self.counted if by_counts else self.done is not None
        return self.status is not None

    def hear(self, report, supervision):
        kind = report.kind
        if kind == reports.STARTED or kind == reports.ENDED:
            try:
                self._hear_of_process(report, supervision)
            except (ValueError, IndexError):
                supervision.stop("error", "it wrote to a descriptor that is not its own")
        elif kind == reports.COUNTS and not self.counted:
            self.counted = True
            supervision.count_test(report)
        elif kind == reports.DONE or kind == reports.ITEM:
            if report.token != self.token:
                self.claimed = True
            elif kind == reports.DONE:
                self.done = report
            else:
                try:
                    self._add_item(report)
                except ValueError as error:
                    supervision.stop("error", str(error))

    def _hear_of_process(self, report, supervision):
        """Raises ValueError where a candidate made the numbers up."""
        numbers = report.numbers()
        if not all(0 <= number < 1 << 40 for number in numbers):
            raise ValueError
        if report.kind == reports.STARTED:
            if not 1 < numbers[0] < 1 << 22:
                raise ValueError
            self.pid = int(numbers[0])
        else:
            if numbers[0] > 0xFFFF:
                raise ValueError
            self.status = (int(numbers[0]), numbers[2])
            supervision.peak = max(supervision.peak, int(numbers[1]) * 1024)

    def _add_item(self, report):
        if len(self.items) == ITEMS:
            raise ValueError("more tests than a module has")
        name, message = split(report.body)
        self.items.append((report.outcome, name, message))


def split(body):
    """What is before and after the first zero byte of a region."""
    for place in range(min(len(body), 512)):
        if body[place] == 0:
            return body[:place], body[place + 1 :]
    return body[:0], body
