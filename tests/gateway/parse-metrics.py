# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads figures with Prometheus' own parser, and says of each family what it is. Status 77: there is no such parser here."""
import sys

try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
families = list(text_string_to_metric_families(text))
names = [family.name for family in families]
assert len(names) == len(set(names)), "a family stands twice"
for family in families:
    assert family.type in ("counter", "gauge", "histogram"), family
    assert family.documentation, family.name
    seen = set()
    for sample in family.samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        assert key not in seen, key
        seen.add(key)
        assert sample.value >= 0 or sample.name == "leyden_reward_sum", sample
        assert len(sample.labels) <= 4, sample
    if family.type == "histogram":
        groups = {}
        for sample in family.samples:
            labels = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
            groups.setdefault(labels, []).append(sample)
        for samples in groups.values():
            buckets = [s for s in samples if s.name.endswith("_bucket")]
            values = [s.value for s in buckets]
            assert values == sorted(values), "buckets add up"
            assert buckets[-1].labels["le"] == "+Inf"
            assert buckets[-1].value == next(s.value for s in samples if s.name.endswith("_count"))
    print(family.name, family.type)
assert text.count("# TYPE ") == len(families), "every family was read"
