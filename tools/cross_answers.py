"""Writes answers to one question as answers to every other, as interview rows: none should earn anything.

    python tools/cross_answers.py --pack content/ml-interview-ko > cross.csv
    ohlora eval answer --rows cross.csv

Two examples of every label, drawn by a seed. Neighbouring topics share some of their answers ("오차 제곱 평균" also names a loss), so
a few of these rightly pass; the figure compares judges, and its list of wrong answers is to be read.
"""

import argparse
import csv
import random
import sys
import tomllib
from pathlib import Path

COLUMNS = [
    "data_type", "user_input", "current_remaining_user_answer", "current_question", "output_data", "output_answered",
    "output_next_question",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    paths = sorted((args.pack / "topics").glob("*.toml"))
    topics = [tomllib.loads(path.read_text(encoding="utf-8")) for path in paths]
    questions = [topic for topic in topics if topic["kind"] == "question"]
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    for own in questions:
        for other in questions:
            if own is other:
                continue
            labels = ", ".join(answer["label"] for answer in other["answer"])
            for answer in own["answer"]:
                for message in rng.sample(answer["examples"], 2):
                    title = other["title"]
                    writer.writerow(["valid/test", message, labels, title, "-", "답변 실패", title])


if __name__ == "__main__":
    main()
