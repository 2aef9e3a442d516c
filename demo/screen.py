"""Draws the live share of each version: one line that is redrawn in a terminal, plain lines otherwise."""
import sys
import time

COLOURS = ["\033[34m", "\033[32m", "\033[35m"]
BAR = 40


class Screen:
    def __init__(self):
        self.tty = sys.stdout.isatty()

    def step(self, text):
        print(f"\n\033[1m{text}\033[0m" if self.tty else f"\n{text}", flush=True)

    def line(self, text):
        print(f"  {text}", flush=True)

    def follow(self, title, load, seconds):
        """Shows the shares for a while; returns what was counted in it: [v1, v2, v3, failed]."""
        start, first = time.monotonic(), load.totals()
        last_time, last, counted, plain = start, first, [0] * 4, start
        while (now := time.monotonic()) < start + seconds:
            time.sleep(0.2)
            totals = load.totals()
            counted = [b - a for a, b in zip(first, totals)]
            if self.tty:
                window = [b - a for a, b in zip(last, totals)]
                self.draw(title, window if sum(window) else counted, sum(window) / (time.monotonic() - last_time), totals[3])
                last_time, last = time.monotonic(), totals
            elif now - plain >= 1:
                plain = now
                self.draw(title, counted, sum(counted) / (now - start), totals[3])
        self.draw(title, counted, sum(counted) / (time.monotonic() - start), load.totals()[3])
        if self.tty:
            print(flush=True)
        return counted

    def draw(self, title, counts, rate, failed):
        total = max(1, sum(counts[:3]))
        shares = [(f"v{i + 1}", 100 * n / total, n) for i, n in enumerate(counts[:3])]
        bars = "".join(COLOURS[i] + "█" * round(share * BAR / 100) + "\033[0m" for i, (_, share, _) in enumerate(shares)) if self.tty else ""
        words = "  ".join(f"{name} {share:5.1f} %" for name, share, n in shares if n or name != "v3")
        text = f"  {title:<18} {bars}  {words}  {rate:5.0f} requests/s  failed {failed}"
        print("\r\033[K" + text if self.tty else text, end="" if self.tty else "\n", flush=True)
