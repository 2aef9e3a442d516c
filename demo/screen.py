"""Draws the live share of each version: one line that is redrawn in a terminal, plain lines otherwise."""
import sys
import time

COLOURS = ["\033[34m", "\033[32m", "\033[35m", "\033[31m"]
BAR = 40


class Screen:
    def __init__(self):
        self.tty = sys.stdout.isatty()

    def step(self, text):
        print(f"\n\033[1m{text}\033[0m" if self.tty else f"\n{text}", flush=True)

    def line(self, text):
        print(f"  {text}", flush=True)

    def follow(self, title, load, seconds, until=None):
        """Shows the shares for a while, or until something is so; returns what was counted in it, a Totals."""
        start, first = time.monotonic(), load.totals()
        last_time, last, counted, plain = start, first, first - first, start
        while (now := time.monotonic()) < start + seconds and not (until and until()):
            time.sleep(0.2)
            totals = load.totals()
            counted = totals - first
            if self.tty:
                window = totals - last
                self.draw(title, window if window.all else counted, window.all / (time.monotonic() - last_time), totals)
                last_time, last = time.monotonic(), totals
            elif now - plain >= 1:
                plain = now
                self.draw(title, counted, counted.all / (now - start), totals)
        self.draw(title, counted, counted.all / (time.monotonic() - start), load.totals())
        if self.tty:
            print(flush=True)
        return counted

    def draw(self, title, counted, rate, totals):
        shares = [(f"v{i + 1}", 100 * n / max(1, sum(counted.versions)), n) for i, n in enumerate(counted.versions)]
        bars = "".join(COLOURS[i] + "█" * round(share * BAR / 100) + "\033[0m" for i, (_, share, _) in enumerate(shares)) if self.tty else ""
        words = "  ".join(f"{name} {share:5.1f} %" for name, share, n in shares if n or name in ("v1", "v2"))
        errors = f"  errors of the bad one {totals.bad}" if totals.bad else ""
        text = f"  {title:<18} {bars}  {words}  {rate:5.0f} requests/s  failed {totals.failed}{errors}"
        print("\r\033[K" + text if self.tty else text, end="" if self.tty else "\n", flush=True)
