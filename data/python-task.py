# SPDX-License-Identifier: GPL-3.0-or-later
# What a Python node starts: reads {"script", "inputs"} from standard input, runs the script with the variable
# `inputs`, and writes the variable `result` as JSON. What the script prints goes to standard error, line by line.
import json
import linecache
import os
import sys
import traceback

task = json.load(sys.stdin)
answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
script = task["script"]
linecache.cache["script"] = (len(script), None, script.splitlines(True), "script")
names = {"__name__": "__main__", "inputs": task["inputs"]}
try:
    exec(compile(script, "script", "exec"), names)
    if "result" not in names:
        raise NameError("the script sets no variable named result")
    text = json.dumps(names["result"], ensure_ascii=False, allow_nan=False)
    text.encode("utf-8")
except Exception:
    kind, error, trace = sys.exc_info()
    while trace is not None and trace.tb_frame.f_code.co_filename != "script":
        trace = trace.tb_next
    sys.stdout.flush()
    traceback.print_exception(kind, error, trace)
    sys.exit(1)
sys.stdout.flush()
answer.write(text)
answer.flush()
