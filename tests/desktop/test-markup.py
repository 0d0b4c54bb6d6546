#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from outside is never markup: no call in src/desktop reads Pango markup, but the helper of window/leyden-safe-text.c and
calls whose text is a literal of the program."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
# Calls that read markup whatever they are given (libadwaita 1.2), and what turns it on.
never = [r"\bgtk_label_set_markup\w*\s*\(", r"\bgtk_label_set_use_markup\s*\(", r"\bgtk_widget_set_tooltip_markup\s*\(",
         r"\bgtk_tooltip_set_markup\s*\(", r"\bpango_layout_set_markup\w*\s*\(", r"\bg_markup_printf_escaped\s*\(",
         r"\badw_message_dialog_(?:set|format)_(?:heading|body)_(?:use_)?markup\s*\(", r"\bgtk_text_buffer_insert_markup\s*\(",
         r'"use-markup",\s*TRUE', r'"heading-use-markup"', r'"body-use-markup"']
# Calls that read markup; a translated literal is the program's own text.
literal_only = [r"\badw_toast_new\s*\(", r"\badw_toast_set_title\s*\(", r"\badw_status_page_set_(?:title|description)\s*\(",
                r"\badw_preferences_group_set_(?:title|description)\s*\(", r"\badw_window_title_set_\w+\s*\("]
# Rows read markup until they are told not to; the file must do so.
rows = [r"\badw_preferences_row_set_title\s*\(", r"\badw_action_row_set_subtitle\s*\(", r"\badw_expander_row_set_subtitle\s*\("]
plain = re.compile(r"adw_preferences_row_set_use_markup\s*\([^;]*FALSE\)|\"use-markup\",\s*FALSE")
own = re.compile(r'_\s*\("|NULL|"')
helper = root / "src/desktop/window/leyden-safe-text.c"


def last_argument(text, start):
    """The text of the last argument of the call whose bracket opens before start."""
    depth, begin = 1, start
    for at in range(start, len(text)):
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            depth -= 1
            if depth == 0:
                return text[begin:at].strip()
        elif text[at] == "," and depth == 1:
            begin = at + 1
    return ""


def check(path):
    text = path.read_text(encoding="utf-8")
    faults = []
    for pattern in never:
        for match in re.finditer(pattern, text):
            faults.append((text.count("\n", 0, match.start()) + 1, match.group(0)))
    for pattern in literal_only + ([] if plain.search(text) else rows):
        for match in re.finditer(pattern, text):
            if not own.match(last_argument(text, match.end())):
                faults.append((text.count("\n", 0, match.start()) + 1, match.group(0)))
    return faults


def check_ui(path):
    text = path.read_text(encoding="utf-8")
    return [(text.count("\n", 0, m.start()) + 1, m.group(0))
            for m in re.finditer(r'name="(?:use-markup|heading-use-markup|body-use-markup)">\s*(?:[Tt]rue|1|yes)', text)]


results = []
for path in sorted(root.glob("src/desktop/**/*.c")):
    if path != helper:
        results.append((path, check(path)))
for path in sorted(root.glob("ui/**/*.ui")):
    results.append((path, check_ui(path)))
# The test itself must be able to fail.
sample = 'adw_toast_new (title);'
assert not own.match(last_argument(sample, len("adw_toast_new ("))), "the check finds nothing"
assert not plain.search("adw_preferences_row_set_title (row, title);"), "the check finds nothing"

print(f"1..{len(results)}")
for number, (path, faults) in enumerate(results, 1):
    print(("not ok" if faults else "ok"), number, path.relative_to(root))
    for line, what in faults:
        print(f"# {path.relative_to(root)}:{line}: {what} reads markup; use leyden-safe-text.h")
