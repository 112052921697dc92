import mistune


class Renderer(mistune.Renderer):
    def link(self, link, title, text):
        return f'<a class="out" href="{mistune.escape(link, quote=True)}">{text}</a>'


def to_html(markdown: str) -> str:
    return mistune.Markdown(renderer=Renderer())(markdown)
