class SayWhere:
    def pytest_report_header(self, startdir):
        return f"started in {startdir.basename}"
