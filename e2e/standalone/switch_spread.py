"""Switches Service web-v1 to web-v2 and back while two gateways are asked without a pause, and prints how far they are apart.

python3 switch_spread.py KUBECTL HOST PORT PORT
"""
import http.client, statistics, subprocess, sys, threading, time

kubectl, host = sys.argv[1:3]
ports = [int(port) for port in sys.argv[3:]]
seen = [[], []]  # (time, answer) whenever the answer is another one
failures = []
done = threading.Event()


def ask(i):
    connection, last = http.client.HTTPConnection("127.0.0.1", ports[i], timeout=10), None
    while not done.is_set():
        connection.request("GET", "/", headers={"Host": host})
        answer = connection.getresponse()
        body = answer.read().decode().strip()
        if answer.status != 200:
            failures.append((i, answer.status))
        if body != last:
            seen[i].append((time.monotonic(), body))
            last = body


def wait(wanted):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if all(each and each[-1][1] == wanted for each in seen):
            return
        time.sleep(0.002)
    sys.exit(f"no switch to {wanted} within ten seconds: {[each[-1:] for each in seen]}")


threads = [threading.Thread(target=ask, args=(i,), daemon=True) for i in range(2)]
for thread in threads:
    thread.start()
wait("v1")
spreads, delays = [], []
for turn in range(20):
    wanted = "v2" if turn % 2 == 0 else "v1"
    change = "martlet.dev/switch-to=web-v2" if wanted == "v2" else "martlet.dev/switch-to-"
    began = time.monotonic()
    subprocess.run([kubectl, "annotate", "--overwrite", "service", "web-v1", change], check=True, stdout=subprocess.DEVNULL)
    wait(wanted)
    times = [each[-1][0] for each in seen]
    spreads.append(abs(times[0] - times[1]) * 1000)
    delays.append((max(times) - began) * 1000)
done.set()
for thread in threads:
    thread.join()
if failures:
    sys.exit(f"{len(failures)} requests failed: {failures[:3]}")
if any(len(each) != 21 for each in seen):
    sys.exit(f"a gateway went back and forth: {[len(each) for each in seen]} changes of answers for 20 switches")
print(f"two replicas are apart: median {statistics.median(spreads):.1f} ms, most {max(spreads):.1f} ms; "
      f"both obey within {statistics.median(delays):.0f} ms of kubectl's start (median), {max(delays):.0f} ms at most")
