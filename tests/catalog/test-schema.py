#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in descriptors and samples against their schemas, by a validator that is none of ours. TAP on standard output."""
import copy
import glob
import json
import os
import sys

try:
    import jsonschema
except ImportError:
    print("1..0 # SKIP python3-jsonschema is not installed")
    sys.exit(0)
if not hasattr(jsonschema, "Draft202012Validator"):
    print("1..0 # SKIP python3-jsonschema is too old for JSON Schema 2020-12")
    sys.exit(0)

data = os.path.join(os.environ["LEYDEN_SOURCE_ROOT"], "data")


def read(*parts):
    with open(os.path.join(data, *parts), encoding="utf-8") as file:
        return json.load(file)


checks = []


def check(name, good):
    checks.append((name, bool(good)))


flow = read("schema", "flow.json")
descriptor = read("schema", "descriptor.json")
for schema in (flow, descriptor):
    jsonschema.Draft202012Validator.check_schema(schema)
flow_validator = jsonschema.Draft202012Validator(flow)
descriptor_validator = jsonschema.Draft202012Validator(descriptor)

for path in sorted(glob.glob(os.path.join(data, "catalog", "*.json"))):
    value = read(path)
    check("/schema/descriptor/" + os.path.basename(path),
          descriptor_validator.is_valid(value) and value["type"] + ".json" == os.path.basename(path))
for path in sorted(glob.glob(os.path.join(data, "samples", "*.leyden"))):
    check("/schema/flow/" + os.path.basename(path), flow_validator.is_valid(read(path)))

# A schema that accepts anything would pass all of the above.
sample = read("samples", "calculator-agent.leyden")
for name, change in (
    ("no format", lambda f: f.pop("leyden")),
    ("format zero", lambda f: f.update(leyden=0)),
    ("format as text", lambda f: f.update(leyden="1")),
    ("no id", lambda f: f.pop("id")),
    ("node without type", lambda f: f["nodes"][0].pop("type")),
    ("position as text", lambda f: f["nodes"][0].update(position={"x": "left"})),
    ("edge without target", lambda f: f["edges"][0].pop("target")),
    ("nodes as object", lambda f: f.update(nodes={})),
):
    broken = copy.deepcopy(sample)
    change(broken)
    check("/schema/refuses/" + name.replace(" ", "-"), not flow_validator.is_valid(broken))
broken = read("catalog", "chat.json")
broken["parameters"][0]["kind"] = "zebra"
check("/schema/refuses/kind", not descriptor_validator.is_valid(broken))

print("1..%d" % len(checks))
for number, (name, good) in enumerate(checks, 1):
    print("%s %d %s" % ("ok" if good else "not ok", number, name))
sys.exit(0 if all(good for _, good in checks) else 1)
