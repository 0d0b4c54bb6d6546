#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in TAP whether po/POTFILES.in names, sorted, every file with texts to translate and none that is gone."""
import pathlib
import re

root = pathlib.Path(__file__).resolve().parent.parent
MARKED = {
    "src/**/*.c": re.compile(r'(?<![A-Za-z0-9_])(?:_|N_|C_|NC_|ngettext|g_dngettext|g_dgettext|g_dpgettext2)\s*\(\s*"'),
    "ui/**/*.ui": re.compile(r'translatable="(?:yes|true)"'),
    "data/*.gschema.xml": re.compile(r"<summary>"),
    "data/*.metainfo.xml.in": re.compile(r"<summary>"),
    "data/*.desktop.in": re.compile(r"^Name=", re.M),
}


def marked_files():
    for pattern, mark in MARKED.items():
        for path in root.glob(pattern):
            if mark.search(path.read_text(encoding="utf-8")):
                yield str(path.relative_to(root))


listed = [line for line in (root / "po" / "POTFILES.in").read_text(encoding="utf-8").splitlines()
          if line and not line.startswith("#")]
missing = sorted(set(marked_files()) - set(listed))
gone = [name for name in listed if not (root / name).is_file()]

# xgettext ends a text at a macro it does not know: it knows those of <inttypes.h>.
MACRO = re.compile(r'(?<![A-Za-z0-9_])(?:_|N_|C_|ngettext|g_dngettext)\s*\((?:[^()"]|"(?:\\.|[^"\\])*")*?\sG_[A-Z0-9]+_FORMAT')
cut = [name for name in listed if (root / name).is_file() and MACRO.search((root / name).read_text(encoding="utf-8"))]

print("1..4")
print(f"{'not ok' if missing else 'ok'} 1 /po/potfiles/complete")
print(f"{'not ok' if gone else 'ok'} 2 /po/potfiles/no-file-is-gone")
print(f"{'ok' if listed == sorted(set(listed)) else 'not ok'} 3 /po/potfiles/sorted")
print(f"{'not ok' if cut else 'ok'} 4 /po/potfiles/no-text-is-cut")
for name in cut:
    print(f"# {name} has GLib's macro of a format in a text to translate: write PRId64, PRIu64 or %zu")
for name in missing:
    print(f"# {name} has texts to translate and is not listed")
for name in gone:
    print(f"# {name} is listed and does not exist")
