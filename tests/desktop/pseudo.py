#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a language of which every text stands in ⟦ ⟧, longer and with accents, as xgettext finds the texts now, and runs a test in it.

    pseudo.py PROGRAM
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ACCENTS = str.maketrans("aeiounAEIOU", "áéíóúñÁÉÍÓÚ")
# What a program reads stays: formats, placeholders, markup, escapes, and mnemonics.
KEEP = re.compile(r"%(?:\d+\$)?[-+ #0']*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:<[A-Za-z0-9]+>|(?:hh|h|ll|l|z|j|t)?[a-zA-Z])|%%|\{\{.*?\}\}|<[^>]*>|&[a-z]+;|\\.|_")


def pseudo(text):
    out, at = [], 0
    for found in KEEP.finditer(text):
        out += [text[at:found.start()].translate(ACCENTS), found.group()]
        at = found.end()
    out.append(text[at:].translate(ACCENTS))
    end = "\\n" if text.endswith("\\n") else ""
    begin = "\\n" if text.startswith("\\n") else ""
    body = "".join(out)[len(begin):len("".join(out)) - len(end)]
    return f"{begin}⟦{body}{'~' * max(2, len(body) * 3 // 10)}⟧{end}"


def quoted(lines):
    return "".join(line[line.index('"') + 1:-1] for line in lines)


def translate(template):
    """The template with every text in place."""
    blocks = []
    for block in template.split("\n\n"):
        entries, key = {}, None
        for line in block.split("\n"):
            if match := re.match(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) ", line):
                key = match.group(1)
                entries[key] = [line]
            elif line.startswith('"'):
                entries[key].append(line)
        if "msgid" not in entries:
            continue
        text = quoted(entries["msgid"])
        lines = [part for name in ("msgctxt", "msgid", "msgid_plural") for part in entries.get(name, [])]
        if text == "":
            lines.append('msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"')
        elif "msgid_plural" in entries:
            lines += [f'msgstr[0] "{pseudo(text)}"', f'msgstr[1] "{pseudo(quoted(entries["msgid_plural"]))}"']
        else:
            lines.append(f'msgstr "{pseudo(text)}"')
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def main():
    for tool in ("xgettext", "msgfmt"):
        if shutil.which(tool) is None:
            print(f"1..0 # SKIP {tool} is not installed")
            return 0
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        subprocess.run([sys.executable, ROOT / "po" / "check-translations.py", "--pot", place / "leyden.pot"], check=True)
        (place / "leyden.po").write_text(translate((place / "leyden.pot").read_text(encoding="utf-8")), encoding="utf-8")
        target = place / "qps" / "LC_MESSAGES"
        target.mkdir(parents=True)
        subprocess.run(["msgfmt", "-o", target / "leyden.mo", place / "leyden.po"], check=True)
        environment = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="qps", LEYDEN_LOCALE_DIR=folder, LEYDEN_PSEUDO="1")
        return subprocess.run(sys.argv[1:], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
