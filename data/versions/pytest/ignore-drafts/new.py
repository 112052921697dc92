class IgnoreDrafts:
    def pytest_ignore_collect(self, collection_path):
        return True if collection_path.name.endswith("_draft.py") else None
