class IgnoreDrafts:
    def pytest_ignore_collect(self, path):
        return True if path.basename.endswith("_draft.py") else None
