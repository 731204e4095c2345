"""An agent for tests that behaves as its first word says: python3 fake_agent.py good|dead|..."""
import json
import sys
import time

HOW = sys.argv[1]
STATE = sys.argv[2] if len(sys.argv) > 2 else None  # a file that counts this agent's answers


def say(answer):
    print(json.dumps(answer), flush=True)


def seen():
    """How many measurements were answered before, over all processes."""
    with open(STATE, "a+") as file:
        file.seek(0)
        count = len(file.read())
        file.write("x")
    return count


def measure(request):
    n = request["runs"]
    answer = {"id": request["id"], "ok": True, "unit": "ms", "times": [0.001] * n}
    if HOW == "hung":
        time.sleep(60)
    if HOW == "dead":
        sys.exit("out of memory")
    if HOW == "half_line":
        sys.stdout.write('{"id": %d, "ok": tr' % request["id"])
        sys.exit(0)
    if HOW == "nan" or (HOW == "nan_once" and seen() == 0):
        answer["times"][0] = float("nan")
    if HOW == "null":
        answer["times"][0] = None
    if HOW == "negative":
        answer["times"][-1] = -1.0
    if HOW == "few":
        answer["times"] = [0.001] * (n - 1)
    if HOW == "no_unit":
        del answer["unit"]
    if HOW == "fortnights":
        answer["unit"] = "fortnights"
    if HOW == "microseconds":
        answer.update(unit="us", times=[1.0] * n)
    if HOW == "microseconds_as_ms":
        time.sleep(0.002 * n)
        answer["times"] = [2000.0] * n
    if HOW == "wrong_id":
        answer["id"] += 1
    if HOW == "refuses":
        answer = {"id": request["id"], "ok": False, "error": "no Relu here"}
    if HOW == "chatter":
        print("loading ...\n[1, 2]\n{}", flush=True)
    if HOW == "flood":
        for _ in range(100):
            print("x" * 1000000, flush=True)
    say(answer)


def main():
    for line in sys.stdin:
        request = json.loads(line)
        op = request["op"]
        if op == "hello":
            say({"id": request["id"], "ok": True, "protocol": 2 if HOW == "future" else 1,
                 "runtime": "fake", "version": "1", "device": "a fake\tdevice",
                 "threads": 8 if HOW == "threads" else request["threads"]})
        elif op == "prepare":
            say({"id": request["id"], "ok": True, "network": 1, "activation_bytes": -1 if HOW == "bad_memory" else 4096})
        elif op == "measure":
            measure(request)
        elif op == "release":
            say({"id": request["id"], "ok": True})


main()
