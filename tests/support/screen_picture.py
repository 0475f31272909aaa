#!/usr/bin/env python3
"""usage: screen_picture.py ROWS COLUMNS PICTURE.png < what `tmux capture-pane -e -N -p` gave

Draws a terminal's screen as a picture, so that people can look at it: plain, bold and reversed letters,
which are all that the briefcase's terminal uses. Needs rsvg-convert and a monospaced font."""
import html
import re
import subprocess
import sys

WIDTH, HEIGHT, SIZE = 9, 18, 15
DARK, LIGHT = "#101418", "#d8dee4"


def cells(text):
    """For each line its characters with whether each is bold and reversed."""
    bold = reverse = False
    lines = [[]]
    for escape, character in re.findall(r"\x1b\[([0-9;]*)m|(.)", text, re.S):
        if character == "\n":
            lines.append([])
            continue
        if character:
            lines[-1].append((character, bold, reverse))
            continue
        for code in escape.split(";"):
            if code in ("", "0"):
                bold = reverse = False
            elif code == "1":
                bold = True
            elif code == "7":
                reverse = True
            elif code == "22":
                bold = False
            elif code == "27":
                reverse = False
    return lines


def picture(text, rows, columns):
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{columns * WIDTH + 16}" '
           f'height="{rows * HEIGHT + 16}" font-family="DejaVu Sans Mono" font-size="{SIZE}">'
           f'<rect width="100%" height="100%" fill="{DARK}"/>']
    for row, line in enumerate(cells(text)[:rows]):
        for column, (character, bold, reverse) in enumerate(line):
            x, y = 8 + column * WIDTH, 8 + row * HEIGHT
            if reverse:
                out.append(f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" fill="{LIGHT}"/>')
            if character != " ":
                weight = ' font-weight="bold"' if bold else ""
                ink = DARK if reverse else "#ffffff" if bold else LIGHT
                out.append(f'<text x="{x}" y="{y + 14}" fill="{ink}"{weight}>{html.escape(character)}</text>')
    return "".join(out) + "</svg>"


def draw(text, rows, columns, path):
    subprocess.run(["rsvg-convert", "-o", str(path)], input=picture(text, rows, columns).encode(), check=True)


if __name__ == "__main__":
    draw(sys.stdin.read(), int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
