#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in TAP whether each language of po/LINGUAS has every text, as xgettext finds them now, with the formats, mnemonics and plural forms it needs.

    check-translations.py               the test
    check-translations.py --pot FILE    writes the template
    check-translations.py --update      merges new texts into every po/*.po and lists how many wait
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PO = ROOT / "po"
# Those of the preset `glib` of meson's i18n.gettext, which makes the template too.
KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "g_dcgettext:2", "g_dngettext:2,3", "g_dpgettext2:2c,3"]
FORMATS = ["g_strdup_printf:1", "g_string_append_printf:2", "g_string_printf:2", "g_set_error:4", "g_error_new:3", "g_markup_printf_escaped:1",
           "leyden_cli_say:1", "leyden_cli_print:1"]


def run(*command):
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")


def make_template(path):
    result = run("xgettext", "--package-name=leyden", "--from-code=UTF-8", "--add-comments", "--files-from=po/POTFILES.in", "--directory=.",
                 *[f"--keyword={word}" for word in KEYWORDS], "--flag=_:1:pass-c-format", "--flag=g_dngettext:2:pass-c-format",
                 *[f"--flag={place}:c-format" for place in FORMATS], f"--output={path}")
    if result.returncode != 0:
        sys.exit(f"xgettext: {result.stderr}")


def languages():
    return [line.strip() for line in (PO / "LINGUAS").read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]


def count(path):
    """translated, fuzzy, untranslated"""
    text = run("msgfmt", "--statistics", "-o", "/dev/null", str(path)).stderr
    return [int(found.group(1)) if (found := re.search(rf"(\d+) {word}", text)) else 0 for word in ("translated", "fuzzy", "untranslated")]


def problems(language, template):
    path = PO / f"{language}.po"
    if not path.is_file():
        return ["there is no such file"]
    formats = run("msgfmt", "--check", "--check-accelerators=_", "-o", "/dev/null", str(path))
    found = [line for line in formats.stderr.splitlines() if ".po:" in line]
    if formats.returncode != 0 and not found:
        found = formats.stderr.splitlines()
    found += [line for line in run("msgcmp", str(path), str(template)).stderr.splitlines() if "template" in line or "po:" in line]
    return found


def update(template):
    for language in languages():
        path = PO / f"{language}.po"
        result = run("msgmerge", "--update", "--quiet", "--backup=none", "--no-fuzzy-matching", "--previous", str(path), str(template))
        if result.returncode != 0:
            sys.exit(result.stderr)
        run("msgattrib", "--no-obsolete", "-o", str(path), str(path))
        print(language, *count(path))


def test(template):
    listed = languages()
    print(f"1..{len(listed)}")
    for number, language in enumerate(listed, 1):
        found = problems(language, template)
        print(f"{'not ok' if found else 'ok'} {number} /po/translations/{language}")
        for line in found[:20]:
            print("#", line)
        if len(found) > 20:
            print(f"# and {len(found) - 20} more")


with tempfile.TemporaryDirectory() as folder:
    pot = pathlib.Path(folder) / "leyden.pot"
    if sys.argv[1:2] == ["--pot"]:
        make_template(pathlib.Path(sys.argv[2]).resolve())
    else:
        make_template(pot)
        update(pot) if sys.argv[1:] == ["--update"] else test(pot)
