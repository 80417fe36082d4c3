"""Puts together the rows that the nano interviewer is trained on.

    python tools/compose_replies.py --pack content/ml-interview-ko --out runs/nano-rows.csv

`dialogue/parts/*.toml` hold reactions by topic and situation, the topics their questions, written to fit one another. A row is
a turn that the flow allows: a message from the pack's examples, what it earned, and a reply of one reaction, perhaps a few words
that lead on, and one question. Few of all that could be put together are, so that the model learns to put together itself. The
held-out rows of `dialogue/*.csv` are appended, to measure with; nothing of `eval/` is read.
"""

import argparse
import csv
import random
import re
import tomllib
from collections import defaultdict
from pathlib import Path

COLUMNS = [
    "data_type", "user_input", "current_remaining_user_answer", "current_question", "output_data", "output_answered",
    "output_next_question", "situation", "ask", "misconception",
]
# Share of replies with words that lead on.
LEAD_ODDS = 0.6

FAILURE, TERM_QUESTION, EXPERIENCE, SMALL_TALK = "답변 실패", "용어 질문", "experience", "small_talk"


class Parts:
    """The written reactions and questions."""

    def __init__(self, folder: Path):
        self.reactions, self.messages = defaultdict(list), defaultdict(list)
        self.terms = defaultdict(list)
        for path in sorted(folder.glob("*.toml")):
            document = tomllib.loads(path.read_text(encoding="utf-8"))
            own = document.get("topic", "")
            for block in document.get("reaction", []):
                about = block.get("label") or block.get("ask") or block.get("misconception") or ""
                self.reactions[block["situation"], block.get("topic", own), about] += block["wordings"]
            for block in document.get("messages", []):
                self.messages[block["situation"]] += block["wordings"]
            self.terms[own] += document.get("term", [])

    def praise(self, topics: list[dict]) -> None:
        """The reactions to right answers stand in the topics."""
        for topic in topics:
            for answer in topic["answer"]:
                self.reactions["pass", topic["title"], answer["label"]] += answer.get("praise", [])


class Composer:
    def __init__(self, pack: Path, seed: int):
        self.random = random.Random(seed)
        self.parts = Parts(pack / "dialogue" / "parts")
        self.intents = tomllib.loads((pack / "intents.toml").read_text(encoding="utf-8"))
        names = tomllib.loads((pack / "pack.toml").read_text(encoding="utf-8"))
        self.end = names.get("end", "면접 종료")
        self.topics = [
            tomllib.loads((pack / "topics" / f"{slug}.toml").read_text(encoding="utf-8")) for slug in names["topics"]
        ]
        self.parts.praise(self.topics)
        self.kinds = {topic["title"]: topic["kind"] for topic in self.topics}
        self.labels = {topic["title"]: [a["label"] for a in topic.get("answer", [])] for topic in self.topics}
        self.questions = {}
        for topic in self.topics:
            self.questions[topic["title"], ""] = topic.get("questions", [])
            for answer in topic.get("answer", []):
                self.questions[topic["title"], answer["label"]] = answer.get("questions", [])
        self.rows = {}

    def add(self, n, situation, topic, messages, reactions, next_topic, ask="", answered="", misconception="", missed=()):
        """`n` rows of one kind of turn."""
        questions = self.asking(next_topic, ask)
        if not reactions or not questions or not messages:
            raise SystemExit(f"nothing to say: {situation}, {topic} -> {next_topic} {ask}")
        leads = self.leads(situation, topic, next_topic)
        for _ in range(n):
            lead = self.random.choice(leads) if leads and self.random.random() < LEAD_ODDS else ""
            reply = " ".join(part for part in (self.random.choice(reactions), lead, self.random.choice(questions)) if part)
            message = self.random.choice(messages)
            row = ("train", message, ", ".join(missed), topic, reply, answered, next_topic, situation, ask, misconception)
            self.rows[row[1], row[4], row[7]] = row

    def asking(self, topic: str, ask: str) -> list[str]:
        if topic == self.end:
            return [second for _, second in self.goodbyes()]
        return self.questions[topic, "" if self.kinds[topic] == SMALL_TALK else ask]

    def leads(self, situation: str, topic: str, next_topic: str) -> list[str]:
        """Words between reaction and question: on to another one, or back to the same."""
        if self.kinds.get(next_topic) not in ("question", EXPERIENCE) or situation == SMALL_TALK:
            return []
        moves = next_topic != topic or situation == "partial"
        return self.parts.reactions["lead" if moves else "again", "", ""]

    @staticmethod
    def meaning(topic: dict, asked: dict) -> list[str]:
        """The topic's explanations of a term."""
        return next(term["explanations"] for term in topic["term"] if term["names"][0] == asked["term"])

    def goodbyes(self) -> list[tuple[str, str]]:
        """The last words, each as its first sentence and the rest."""
        splits = (re.match(r"(.+?[.!~])\s+(.+)", text) for text in self.parts.reactions["closing", "", ""])
        return [split.groups() for split in splits if split]

    def first_ask(self, topic: str) -> str:
        """The part asked for where a topic begins."""
        return self.labels[topic][0] if self.kinds.get(topic) == EXPERIENCE else ""

    def following(self, topic: dict, when: str) -> list[str]:
        """Titles that may follow a topic that is done or failed."""
        nexts = {n["when"]: n["to"] for n in topic.get("next", [])}
        place = self.topics.index(topic)
        after = self.topics[place + 1]["title"] if place + 1 < len(self.topics) else self.end
        default = nexts.get("default", after)
        if when == "failed":
            return [nexts.get("failed", default)]
        return [default] + [to for name, to in nexts.items() if name.startswith("variant:") and to != default]

    def compose(self):
        for topic in self.topics:
            if topic["kind"] in ("question", EXPERIENCE):
                self.judged(topic)
        self.between()

    def judged(self, topic: dict):
        title, labels, parts = topic["title"], self.labels[topic["title"]], self.parts
        several = len(labels) > 1
        # A topic of several labels is met as a whole, and by its parts once one is earned or missed.
        whole = self.first_ask(title)
        examples = {a["label"]: a["examples"] + [e for v in a.get("variant", []) for e in v["examples"]] for a in topic["answer"]}
        combined = {tuple(c["labels"]): c["examples"] for c in topic.get("combined", [])}
        failures, dont_know = topic["failure"]["examples"], self.intents["dont_know"]
        about = lambda situation, label: parts.reactions[situation, title, label if several else ""]
        for after in self.following(topic, "done"):
            ask = self.first_ask(after)
            share = 1 if after == self.following(topic, "done")[0] else 2
            for label in labels:
                reactions = parts.reactions["pass", title, label]
                self.add(160 // len(labels) // share, "pass", title, examples[label], reactions, after, ask, label)
            for earned, messages in combined.items():
                if len(earned) > 1:
                    reactions = [r for label in earned for r in parts.reactions["pass", title, label]]
                    self.add(40, "pass", title, messages, reactions, after, ask, ", ".join(earned))
        if several:
            for label in labels:
                left = [other for other in labels if other != label]
                for open_labels in {tuple(left), *[(other,) for other in left]}:
                    reactions = parts.reactions["partial", title, label]
                    self.add(40, "partial", title, examples[label], reactions, title, open_labels[0], label, missed=open_labels)
            for earned, messages in combined.items():
                left = [label for label in labels if label not in earned]
                if left:
                    reactions = [r for label in earned for r in parts.reactions["partial", title, label]]
                    self.add(30, "partial", title, messages, reactions, title, left[0], ", ".join(earned), missed=left)
        for label in labels:
            ask, n = (label if several else ""), 100 // len(labels)
            failing = failures + [e[: len(e) // 2] for e in examples[label]]
            self.add(n, "first_failure", title, failures, about("first_failure", label), title, ask, FAILURE, missed=[label])
            self.add(n * 3 // 4, "fail", title, failures, about("fail", label), title, ask, FAILURE, missed=[label])
            self.add(n * 3 // 4, "dont_know", title, dont_know, about("dont_know", label), title, ask, FAILURE, missed=[label])
            self.add(n * 2 // 3, "unclear", title, failing, about("unclear", label), title, ask, FAILURE, missed=[label])
            small = parts.reactions["small_talk", "question", ""]
            self.add(n // 3, "small_talk", title, self.intents["chit_chat"], small, title, ask, FAILURE, missed=[label])
            for term in parts.terms[title]:
                self.add(max(8, 24 // len(labels)), "term_question", title, term["messages"], self.meaning(topic, term), title, ask, TERM_QUESTION, missed=[label])
            for wrong in topic.get("misconception", []):
                reactions = parts.reactions["misconception", title, wrong["label"]]
                n_wrong = max(12, 50 // len(labels))
                self.add(n_wrong, "misconception", title, wrong["examples"], reactions, title, ask, FAILURE, wrong["label"], [label])
            for after in self.following(topic, "failed"):
                self.add(n, "reveal", title, failures + dont_know, about("reveal", label), after, self.first_ask(after), FAILURE, missed=[label])
        if several and not whole:
            vague = failures + [e[: len(e) // 2] for label in labels for e in examples[label]]
            reveal = parts.reactions["reveal", title, ""]
            for missed in [labels] + ([labels[i:j] for i, j in ((0, 2), (1, 3))] if len(labels) > 2 else []):
                for after in self.following(topic, "failed"):
                    self.add(50, "reveal", title, failures + dont_know, reveal, after, self.first_ask(after), FAILURE, missed=missed)
            self.add(40, "unclear", title, vague, parts.reactions["unclear", "", ""], title, "", FAILURE, missed=labels)
            small = parts.reactions["small_talk", "question", ""]
            self.add(30, "small_talk", title, self.intents["chit_chat"], small, title, "", FAILURE, missed=labels)
            for term in parts.terms[title]:
                self.add(12, "term_question", title, term["messages"], self.meaning(topic, term), title, "", TERM_QUESTION, missed=labels)
        skips = self.intents["skip"] + parts.messages["skip"]
        for after in self.following(topic, "failed"):
            self.add(90, "skip", title, skips, parts.reactions["skip", "", ""], after, self.first_ask(after), FAILURE, missed=labels)
            self.add(30, "dispute", title, parts.messages["dispute"], parts.reactions["dispute", "", ""], after, self.first_ask(after), labels[-1])

    def between(self):
        """Greeting, small talk, rest, last words."""
        parts, intents = self.parts, self.intents
        titles = {topic["kind"]: topic["title"] for topic in self.topics}
        greeting, talk, rest, closing = (titles[kind] for kind in ("greeting", SMALL_TALK, "rest", "closing"))
        after = lambda title: self.following(next(t for t in self.topics if t["title"] == title), "done")[0]
        self.add(120, "opening", greeting, [""], parts.reactions["opening", "", ""], greeting)
        self.add(250, "greeting_wait", greeting, intents["greeting"], parts.reactions["greeting_wait", "", ""], greeting, answered=greeting)
        self.add(250, "greeting_done", greeting, intents["ready"], parts.reactions["greeting_done", "", ""], after(greeting), answered=greeting)
        told = {"MBTI": "small_talk_mbti", "좋아하는 아이돌": "small_talk_idol"}
        for label, messages in told.items():
            reactions = parts.reactions["small_talk", talk, label]
            self.add(150, "small_talk", talk, parts.messages[messages], reactions, after(talk), answered=label)
        reactions = parts.reactions["small_talk", talk, ""]
        self.add(80, "small_talk", talk, intents["chit_chat"] + intents["dont_know"], reactions, after(talk), answered=FAILURE)
        skips = intents["skip"] + parts.messages["skip"]
        self.add(60, "skip", talk, skips, parts.reactions["skip", "", ""], after(talk), answered=FAILURE)
        messages = parts.messages["rest"] + intents["ready"]
        self.add(200, "rest", rest, messages, parts.reactions["rest", "", ""], after(rest), answered=rest)
        self.add(400, "closing", closing, parts.messages["closing"], [first for first, _ in self.goodbyes()], self.end, answered=closing)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    composer = Composer(args.pack, args.seed)
    composer.compose()
    rows = sorted(composer.rows.values(), key=lambda row: (row[3], row[7], row[1], row[4]))
    for path in sorted((args.pack / "dialogue").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            held = [row for row in csv.DictReader(file) if row["data_type"] == "valid/test"]
            rows += [tuple(row[column] for column in COLUMNS) for row in held]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with args.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    replies = len({row[4] for row in rows})
    print(f"{len(rows)} rows, {replies} replies")


if __name__ == "__main__":
    main()
