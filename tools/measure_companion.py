"""Times turns with the companion, with few and with many memories; and measures what her face costs at rest.

    python tools/measure_companion.py target/release/ohlora

A turn is timed from the message to its object on standard output, which comes when all heads are done; the first word comes
after ethics, memory and reply. Each run has a fresh profile; the cache of embeddings is the user's own.
"""

import argparse
import json
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import tempfile
import termios
import time
from fcntl import ioctl

MESSAGES = [
    "안녕 오로라",
    "나 요즘 수영 배우는데 물이 무서워",
    "내일 면접인데 잠이 안 와",
    "점심으로 뭘 먹으면 좋을까?",
    "너는 비 오는 날 좋아해?",
    "오늘 팀장님한테 칭찬 들었어 ㅎㅎ",
    "고양이가 자꾸 키보드 위에 누워",
    "주말에 부산 가는데 뭐 챙겨야 하지",
]
KEYS = ["취미", "직업", "고민", "친구", "가족", "목표", "여행지", "건강", "좋아하는 음식", "공부하는 것"]
FIRST_WORD = ["ethics", "memory", "reply"]


def turns(program: str, profile: str) -> list[dict]:
    """The `ms` of each turn, with `all`: milliseconds until its object."""
    command = [program, "chat", "--json", "--lang", "ko", "--profile", profile]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    spent = []
    # The first message waits for the models.
    for message in MESSAGES[:1] + MESSAGES:
        started = time.perf_counter()
        process.stdin.write(message + "\n")
        process.stdin.flush()
        reply = json.loads(process.stdout.readline())
        spent.append({**reply["ms"], "all": 1000 * (time.perf_counter() - started)})
    process.stdin.close()
    process.wait()
    return spent[1:]


def remember(program: str, profile: str, count: int) -> None:
    """Gives the profile memories; keys differ, or a new value would replace the old."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"[{KEYS[n % len(KEYS)]} {n}: 값 {n}]\n" for n in range(count))
        file.flush()
        subprocess.run([program, "memory", "import", file.name, "--profile", profile], check=True, stdout=subprocess.DEVNULL)


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def at_rest(program: str, profile: str, motion: bool, seconds: float) -> float:
    """Share of a core that her tab uses while nothing happens, in a terminal of 100 x 30."""
    config = os.path.join(profile, "measured.toml")
    with open(config, "w") as file:
        file.write(f"[ui]\nmotion = {str(motion).lower()}\n")
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(program, [program, "--config", config, "--profile", profile, "--lang", "ko", "chat"])
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

    def watch(until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            if select.select([terminal], [], [], left)[0]:
                os.read(terminal, 65536)

    watch(time.monotonic() + 15)  # the models are loaded, and embeddings kept
    before = cpu(child)
    watch(time.monotonic() + seconds)
    spent = cpu(child) - before
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    os.close(terminal)
    return spent / seconds


def told(spent: list[float]) -> str:
    return f"{statistics.median(spent):7.0f} ms, at most {max(spent):.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--memories", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=30)
    args = parser.parse_args()
    program = os.path.abspath(args.program)
    for count in [0, args.memories]:
        with tempfile.TemporaryDirectory() as profile:
            if count:
                remember(program, profile, count)
            spent = turns(program, profile)
        print(f"{count} memories")
        print(f"  first word         {told([sum(ms.get(step, 0) for step in FIRST_WORD) for ms in spent])}")
        print(f"  all heads          {told([ms['all'] for ms in spent])}")
        print(f"  memory             {told([ms.get('memory', 0) for ms in spent])}")
    for motion in [True, False]:
        with tempfile.TemporaryDirectory() as profile:
            share = at_rest(program, profile, motion, args.seconds)
        print(f"at rest, motion {'on ' if motion else 'off'} {100 * share:6.2f} % of a core")


if __name__ == "__main__":
    main()
