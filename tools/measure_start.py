"""Times the program from its start: the first frame, an interview ready to answer, a judged turn; and its memory.

    python tools/measure_start.py target/release/ohlora

Prints medians over several starts, each with a fresh profile; the cache of embeddings is the user's own.
"""

import argparse
import json
import os
import pty
import re
import signal
import statistics
import struct
import subprocess
import tempfile
import termios
import time
from fcntl import ioctl

# Words of the screen: in the first frame, and once the models are there.
FIRST_FRAME = "오로라"
READY = "준비됐어요"
ANSWERS = [
    "네, 시작해요",
    "인공지능은 사람처럼 생각하고 판단하는 기술 전체를 말해요",
    "머신러닝은 데이터에서 규칙을 배우는 방법이에요",
    "딥러닝은 신경망을 여러 층 쌓은 거예요",
]


def screen(program: str, profile: str) -> tuple[float, float]:
    """Seconds to the first frame and to readiness, in a terminal of 100 × 30."""
    started = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(program, [program, "--profile", profile, "--lang", "ko"])
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    seen, first = b"", None
    while True:
        seen += os.read(terminal, 65536)
        # Cells between double-width characters may be skipped by cursor moves.
        text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", seen).decode("utf-8", "ignore").replace(" ", "")
        if first is None and FIRST_FRAME in text:
            first = time.perf_counter() - started
        if READY.replace(" ", "") in text:
            ready = time.perf_counter() - started
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
            os.close(terminal)
            return first, ready


def turns(program: str, profile: str, writer: str) -> tuple[float, list[float], list[float], int]:
    """Seconds to the first question; by turn, milliseconds of judging and selecting, and from the answer to the whole reply; peak
    memory in MiB."""
    started = time.perf_counter()
    command = [program, "interview", "--json", "--profile", profile, "--writer", writer]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    question = time.perf_counter() - started
    spent, replied = [], []
    for answer in ANSWERS:
        time.sleep(2)  # nobody answers at once
        asked = time.perf_counter()
        process.stdin.write(answer + "\n")
        process.stdin.flush()
        judged = json.loads(process.stdout.readline())
        process.stdout.readline()
        replied.append(1000 * (time.perf_counter() - asked))
        spent.append(sum(judged["ms"].values()))
    with open(f"/proc/{process.pid}/status") as status:
        peak = int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) // 1024
    process.stdin.close()
    process.wait()
    return question, spent, replied, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--starts", type=int, default=5)
    args = parser.parse_args()
    first, ready, questions, spent, peaks = [], [], [], [], []
    replied = {"authored": [], "nano": []}
    for _ in range(args.starts):
        with tempfile.TemporaryDirectory() as profile:
            a, b = screen(os.path.abspath(args.program), profile)
            first.append(a)
            ready.append(b)
        for writer, replies in replied.items():
            with tempfile.TemporaryDirectory() as profile:
                question, ms, whole, peak = turns(args.program, profile, writer)
            questions.append(question)
            spent.extend(ms)
            replies.extend(whole)
            peaks.append(peak)
    print(f"first frame           {1000 * statistics.median(first):8.0f} ms")
    print(f"ready for an answer   {1000 * statistics.median(ready):8.0f} ms")
    print(f"first JSON line       {1000 * statistics.median(questions):8.0f} ms")
    print(f"judge and select      {statistics.median(spent):8.1f} ms, at most {max(spent):.1f}")
    for writer, replies in replied.items():
        print(f"whole reply, {writer:<9}{statistics.median(replies):8.0f} ms, at most {max(replies):.0f}")
    print(f"peak memory           {max(peaks):8} MiB")


if __name__ == "__main__":
    main()
