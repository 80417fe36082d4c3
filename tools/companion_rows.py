"""Puts together the rows that the companion's heads are trained on and measured with.

    python tools/companion_rows.py --pack content/companion-ko

`exchanges/*.toml` hold what learners say and what she answers. A row of `dialogue/rows.csv` is one message with one of the replies, as
the heads read it (spec.md, section 2); each message stands with each reply of its exchange. Statements of `memory/statements.txt` make
rows for the memory head alone. One exchange in twelve, chosen by a hash of its first message, is `valid/test`: training looks at it, and does not learn
from it. `eval/exchanges.toml` becomes `eval/rows.csv` and `eval/statements.txt` becomes `eval/statement-rows.csv`, for the memory head alone;
no training reads either.
"""

import argparse
import csv
import hashlib
import re
import tomllib
from pathlib import Path

COLUMNS = ["data_type", "input_data", "output_message", "memory", "summary", "eyes_mouth_pose"]
HELD_OUT = 12


def faces(pack: Path) -> dict[str, str]:
    """Labels of the face by mood."""
    persona = tomllib.loads((pack / "persona.toml").read_text(encoding="utf-8"))
    return {f["mood"]: f"눈 {f['eyes']}, 입 {f['mouth']}, 고개 돌림 {f['pose']}" for f in persona["face"]}


def input_data(exchange: dict, message: str) -> str:
    """The message as the reply head reads it."""
    if "time" in exchange:
        message = f"(지금은 {exchange['time']}) {message}"
    if "known" in exchange:
        return f"{exchange['known']} {message}"
    if "before" in exchange:
        return f"(오로라 답변 요약) {exchange['before']} (사용자 질문) {message}"
    return message


def is_held_out(exchange: dict) -> bool:
    digest = hashlib.sha256(exchange["messages"][0].encode()).digest()
    return digest[0] % HELD_OUT == 0


def rows_of(exchanges: list[dict], face: dict[str, str], split) -> list[tuple]:
    return [
        (split(exchange), input_data(exchange, message), reply, exchange["memory"], exchange["summary"], face[exchange["mood"]])
        for exchange in exchanges
        if "memory" in exchange
        for message in exchange["messages"]
        for reply in exchange["replies"]
    ]


def statement_rows(path: Path, split: str) -> list[tuple]:
    """Rows for the memory head alone; none where there is no such file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = (re.match(r"(\[.+?: .+?\])? ?(.+)", line.strip()) for line in lines)
    return [(split, f[2], "", f[1] or "", "", "") for f in found if f]


def write(path: Path, rows: list[tuple]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{path}: {len(rows)} rows")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    pack = parser.parse_args().pack
    face = faces(pack)
    read = lambda path: tomllib.loads(path.read_text(encoding="utf-8"))["exchange"]
    exchanges = [exchange for path in sorted((pack / "exchanges").glob("*.toml")) for exchange in read(path)]
    rows = rows_of(exchanges, face, lambda exchange: "valid/test" if is_held_out(exchange) else "train")
    rows += statement_rows(pack / "memory" / "statements.txt", "train")
    write(pack / "dialogue" / "rows.csv", rows)
    write(pack / "eval" / "statement-rows.csv", statement_rows(pack / "eval" / "statements.txt", "valid/test"))
    write(pack / "eval" / "rows.csv", rows_of(read(pack / "eval" / "exchanges.toml"), face, lambda _: "valid/test"))


if __name__ == "__main__":
    main()
