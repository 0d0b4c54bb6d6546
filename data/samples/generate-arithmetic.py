#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes data/samples/arithmetic.jsonl from the templates in data/simulation/arithmetic.json.

Run by hand, output committed: python3 data/samples/generate-arithmetic.py > data/samples/arithmetic.jsonl
All arithmetic is in fractions, so an answer is exact; a draw whose answer has more than two decimals is drawn again.
"""
import json
import pathlib
import random
import re
from fractions import Fraction

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROWS_EACH = 5
SPLITS = ["train", "train", "train", "validation", "test"]
UNITS = {"half": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5,
         "sixth": 6, "sixths": 6, "eighths": 8}
COUNTS = {"one": 1, "a": 1, "two": 2, "three": 3, "four": 4, "twice": 2}


def fraction_of(text):
    if "/" in text:
        return Fraction(text)
    words = text.split()
    return Fraction(COUNTS[words[0]] if len(words) > 1 else 1, UNITS[words[-1]])


def times_of(text):
    return Fraction(COUNTS[text.split()[0]])


def evaluate(expression, values):
    """Only the four operations, comparisons and "or": the text is ours."""
    pattern = re.compile(r"\d+(?:\.\d+)?|[A-Za-z]+")

    def replace(match):
        token = match.group()
        if token == "or":
            return token
        return f"Fraction('{token}')" if token[0].isdigit() else f"values['{token}']"

    return eval(pattern.sub(replace, expression), {"Fraction": Fraction, "values": values})


def decimal(value):
    """Exact decimal text with at most two places, or None."""
    hundredths = value * 100
    if hundredths.denominator != 1:
        return None
    sign, digits = ("-" if hundredths < 0 else ""), abs(hundredths.numerator)
    text = f"{sign}{digits // 100}.{digits % 100:02d}"
    return text.rstrip("0").rstrip(".")


def draw_number(spec, rng):
    kind = spec.get("kind", "number")
    if "values" in spec:
        text = rng.choice(spec["values"])
        if kind == "fraction":
            return fraction_of(text), text
        if kind == "times":
            return times_of(text), text
        if kind == "expression":
            return evaluate(text, {}), text
        return Fraction(text), text
    step = Fraction(str(spec.get("step", 1)))
    low, high = Fraction(str(spec["from"])), Fraction(str(spec["to"]))
    value = low + step * rng.randint(0, int((high - low) / step))
    if kind == "time":
        return value, f"{int(value) // 60}:{int(value) % 60:02d}"
    if kind == "money" and value.denominator != 1:
        return value, f"{float(value):.2f}"
    text = decimal(value)
    return value, f"{int(value):,}" if value.denominator == 1 and value >= 1000 else text


def draw_words(template, data, rng):
    gender = rng.choice(["she", "he"])
    words = {slot: rng.choice(data["vocabulary"][name]) for slot, name in template.get("words", {}).items()}
    words["name"] = rng.choice(data["names"][gender])
    words["friend"] = rng.choice([n for g in data["names"].values() for n in g if n != words["name"]])
    words.update({"she": gender, "She": gender.title(), "her": {"she": "her", "he": "his"}[gender],
                  "Her": {"she": "Her", "he": "His"}[gender]})
    return words


def draw(template, data, rng):
    while True:
        values, texts = {}, draw_words(template, data, rng)
        for slot, spec in template["numbers"].items():
            values[slot], texts[slot] = draw_number(spec, rng)
        answer = evaluate(template["formula"], values)
        if decimal(answer) is None:
            continue
        if not all(evaluate(w, values) for w in template.get("where", [])):
            continue
        if not all(evaluate(w, values).denominator == 1 for w in template.get("whole", [])):
            continue
        text = re.sub(r"\[([^\]]*)\]", lambda m: rng.choice(m.group(1).split("|")), rng.choice(template["texts"]))
        question = re.sub(r"\{(\w+)\}", lambda m: texts[m.group(1)], text)
        if template["id"] == "expression":
            question = question[:-1] + ("?" if question.startswith("What") else ".")
        return question, decimal(answer)


def main():
    data = json.loads((ROOT / "simulation" / "arithmetic.json").read_text(encoding="utf-8"))
    rng = random.Random(20260807)
    rows, seen = [], set()
    for template in data["templates"]:
        for split in SPLITS[:ROWS_EACH]:
            question, answer = draw(template, data, rng)
            while question in seen:
                question, answer = draw(template, data, rng)
            seen.add(question)
            rows.append((question, answer, split))
    rng.shuffle(rows)
    for index, (question, answer, split) in enumerate(rows, 1):
        print(json.dumps({"data_id": f"a-{index:04d}", "question": question, "answer": answer, "split": split},
                         ensure_ascii=False))


if __name__ == "__main__":
    main()
