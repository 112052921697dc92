import mistune


class Renderer(mistune.HTMLRenderer):
    def link(self, text, url, title=None):
        return f'<a class="out" href="{mistune.escape(url)}">{text}</a>'


def to_html(markdown: str) -> str:
    return mistune.create_markdown(renderer=Renderer())(markdown)
