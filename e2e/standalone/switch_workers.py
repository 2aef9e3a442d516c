"""Puts one of two files in the place of a third, again and again, and asks a gateway over many connections meanwhile: prints how long its workers
are of two opinions.

python3 switch_workers.py PORT HOST FILE-OF-V1 FILE-OF-V2 PLACE

One thread asks one connection after the other, so two answers are never told in another order than that in which they were given.
"""
import http.client, os, shutil, statistics, sys, time

port, host, first, second, place = int(sys.argv[1]), *sys.argv[2:]
connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=10) for _ in range(16)]
failures = requests = 0


def ask(connection):
    """(when the request was sent, when it was answered, the answer)"""
    global failures, requests
    began = time.monotonic()
    connection.request("GET", "/", headers={"Host": host})
    answer = connection.getresponse()
    body = answer.read().decode().strip()
    failures += answer.status != 200
    requests += 1
    return began, time.monotonic(), body


def switch(source, wanted):
    """Seconds from the first answer of the new version to the sending of the last request that the old one answered; 0 when none came later."""
    shutil.copy(source, place + ".new")
    os.rename(place + ".new", place)
    end, new, old, rounds = time.monotonic() + 10, None, 0.0, 0
    while rounds < 20:
        answers = [ask(connection) for connection in connections]
        for began, ended, body in answers:
            if body == wanted:
                new = new or ended
            else:
                old = began
        rounds = rounds + 1 if all(body == wanted for _, _, body in answers) else 0
        if time.monotonic() > end:
            sys.exit(f"no switch to {wanted} within ten seconds")
    return max(0.0, old - new)


for connection in connections:
    ask(connection)
spreads = [1000 * switch(*((second, "v2") if turn % 2 == 0 else (first, "v1"))) for turn in range(20)]
print(f"the workers differ for {statistics.median(spreads):.2f} ms in the median of 20 switches, and {max(spreads):.2f} ms at most; "
      f"{failures} of {requests} requests failed")
# What is asked between two rounds of the loop of a busy machine is no matter of the gateway's: the median decides.
sys.exit(failures > 0 or statistics.median(spreads) > 10)
