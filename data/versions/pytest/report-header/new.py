class SayWhere:
    def pytest_report_header(self, start_path):
        return f"started in {start_path.name}"
