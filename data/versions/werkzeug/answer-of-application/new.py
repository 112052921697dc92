from werkzeug.test import Client


def fetch(application, path: str) -> tuple[int, str]:
    response = Client(application).get(path)
    return response.status_code, response.get_data(as_text=True)
