"""Replies of two writers to the same turns, in random order, for somebody to judge without knowing whose is which.

    python tools/blind_comparison.py target/release/ohlora --writers authored nano --turns 100 --out comparison

Holds interviews with both writers over the same messages, drawn from the pack's examples by a seed; judge and flow are the
same, so turn for turn only the words differ. `comparison/pairs.md` is for the judges, who answer with a line `NUMBER A`,
`NUMBER B` or `NUMBER =`; `comparison/key.json` tells whose reply was A. With the judges' answers it counts:

    python tools/blind_comparison.py --count comparison JUDGE.txt ...
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

PACK = Path("content/ml-interview-ko")


def messages(rng: random.Random) -> list[str]:
    """What a learner says in one interview: good answers, wrong ones, questions, chat; more than are needed."""
    intents = tomllib.loads((PACK / "intents.toml").read_text(encoding="utf-8"))
    said = [rng.choice(intents["greeting"]), rng.choice(intents["ready"])]
    names = tomllib.loads((PACK / "pack.toml").read_text(encoding="utf-8"))["topics"]
    for name in names[1:]:
        topic = tomllib.loads((PACK / "topics" / f"{name}.toml").read_text(encoding="utf-8"))
        if topic["kind"] in ("question", "experience"):
            wrong = [topic["failure"]["examples"], intents["dont_know"], intents["chit_chat"], intents["term_question"]]
            wrong += [m["examples"] for m in topic.get("misconception", [])]
            if rng.random() < 0.7:
                said.append(rng.choice(rng.choice(wrong)))
            if rng.random() < 0.15:
                said.append(rng.choice(intents["skip"]))
                continue
        said += [rng.choice(answer["examples"]) for answer in topic["answer"]]
    return said


def interview(program: str, writer: str, said: list[str], seed: int) -> list[tuple[str, str, str]]:
    """(situation of the turn, message, reply) of each turn."""
    with tempfile.TemporaryDirectory() as profile:
        command = [program, "--profile", profile, "interview", "--json", "--writer", writer, "--seed", str(seed)]
        run = subprocess.run(command, input="\n".join(said) + "\n", capture_output=True, text=True, env=os.environ, check=True)
    events = [json.loads(line) for line in run.stdout.splitlines()]
    turns, judged = [], None
    for event in events:
        if event["event"] == "judged":
            judged = event
        elif event["event"] == "question" and judged:
            message = said[judged["turn"] - 1]
            told = f"{judged['topic']} → {judged['next']}, {judged['outcome']} {', '.join(judged['labels'])}"
            turns.append((told, message, event["text"]))
    return turns


def prepare(args: argparse.Namespace) -> None:
    rng = random.Random(args.seed)
    pairs, number = [], 0
    while len(pairs) < args.turns:
        number += 1
        said = messages(rng)
        first, second = (interview(args.program, writer, said, number) for writer in args.writers)
        for one, other in zip(first, second):
            assert one[:2] == other[:2], "the two interviews went different ways"
            pairs.append((*one, other[2]))
    pairs = rng.sample(pairs, args.turns)
    args.out.mkdir(parents=True, exist_ok=True)
    key, lines = {}, []
    for number, (told, message, one, other) in enumerate(pairs, 1):
        swapped = rng.random() < 0.5
        key[number] = list(reversed(args.writers)) if swapped else list(args.writers)
        a, b = (other, one) if swapped else (one, other)
        lines.append(f"## {number}\n\n{told}\n\n- 학습자: {message}\n- A: {a}\n- B: {b}\n")
    (args.out / "pairs.md").write_text("\n".join(lines), encoding="utf-8")
    (args.out / "key.json").write_text(json.dumps(key, indent=0) + "\n", encoding="utf-8")
    print(f"{len(pairs)} pairs in {args.out / 'pairs.md'}")


def count(folder: Path, judges: list[Path]) -> None:
    key = json.loads((folder / "key.json").read_text(encoding="utf-8"))
    for judge in judges:
        tally: dict[str, int] = {}
        for line in judge.read_text(encoding="utf-8").splitlines():
            number, _, verdict = line.strip().partition(" ")
            if number in key:
                won = {"A": key[number][0], "B": key[number][1]}.get(verdict.strip()[:1], "=")
                tally[won] = tally.get(won, 0) + 1
        print(judge.name, dict(sorted(tally.items())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program", nargs="?")
    parser.add_argument("--writers", nargs=2, default=["authored", "nano"])
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("comparison"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", nargs="+", type=Path)
    args = parser.parse_args()
    if args.count:
        count(args.count[0], args.count[1:])
    elif args.program:
        prepare(args)
    else:
        sys.exit(parser.format_usage())


if __name__ == "__main__":
    main()
