"""Blocks as one self-contained page: no script, no outside address, every text escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape as escaped

from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}.strong{font-weight:700;font-size:1.1rem}
.faint{color:#595959}.warning{border-left:.3rem solid #b35c00;padding-left:.7rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;font-style:italic}
th,td{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}.number{text-align:right}
@media print{body{margin:0}}
"""


def escape(text: str) -> str:
    """A text as a page shows it: no markup, and no control characters."""
    return escaped("".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text))


def page(blocks: Sequence[Block], lang: str) -> str:
    """A whole HTML page. The first heading is its title."""
    headings = [block.text for block in blocks if isinstance(block, Heading)]
    title = headings[0] if headings else "tilsyn"
    body = "\n".join(_parts(blocks))
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _parts(blocks: Sequence[Block]) -> Iterator[str]:
    first = True
    for block in blocks:
        match block:
            case Heading(text):
                tag, first = ("h1" if first else "h2"), False
                yield f"<{tag}>{escape(text)}</{tag}>"
            case Paragraph(text, tone):
                yield f'<p class="{escape(tone)}">{escape(text)}</p>'
            case Points(items):
                yield "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
            case Table():
                yield _table(block)


def _table(table: Table) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        scope = ' scope="col"' if tag == "th" else ""
        kinds = [' class="number"' if place in table.numbers else "" for place in range(len(cells))]
        return (
            "<tr>"
            + "".join(f"<{tag}{scope}{k}>{escape(c)}</{tag}>" for c, k in zip(cells, kinds, strict=True))
            + "</tr>"
        )

    caption = f"<caption>{escape(table.title)}</caption>" if table.title else ""
    rows = "".join(row(cells, "td") for cells in table.rows)
    return f"<table>{caption}<thead>{row(table.columns, 'th')}</thead><tbody>{rows}</tbody></table>"
