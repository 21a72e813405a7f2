"""The words of a PDF, read back from its content streams with pikepdf: an eye of its own, not the writer's."""

import re

import pikepdf

PAIR = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
RANGE = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
BLOCK = re.compile(r"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)


def words(page):
    """Return what stands on a page, without blanks: where lines break is not part of the text."""
    maps = {name: letters(font) for name, font in page.Resources.Font.items()}
    said, font = [], {}
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            font = maps[str(operands[0])]
        elif str(operator) in ("Tj", "TJ"):
            shown = operands[0] if str(operator) == "TJ" else [operands[0]]
            said += [decoded(bytes(piece), font) for piece in shown if isinstance(piece, pikepdf.String)]
    return re.sub(r"\s", "", "".join(said))


def decoded(codes, font):
    return "".join(font.get(codes[place : place + 2].hex(), "") for place in range(0, len(codes), 2))


def letters(font):
    """Return the letters of each code, as the font's own table says."""
    table = font.ToUnicode.read_bytes().decode("latin-1")
    found = {}
    for kind, block in BLOCK.findall(table):
        if kind == "bfchar":
            found |= {code.lower(): text(written) for code, written in PAIR.findall(block)}
            continue
        for first, last, written in RANGE.findall(block):
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[f"{int(first, 16) + step:04x}"] = chr(ord(text(written)) + step)
    return found


def text(written):
    return bytes.fromhex(written).decode("utf-16-be")
