"""Runs a guide from top to bottom in one shell, with the programs that its reader has.

    guide.py PAGE.md DIRECTORY

The working directory is like a clone, `kubectl` is the real one ($KUBECTL) but for what needs containers (guide_kubectl.py), `helm` is
Helm's engine (guide_helm.py), `martlet` is $MARTLET, and pods of the gateway are processes (guide_nodes.py). What a page looks like to a
test is told in guide_page.py.
"""
import os, pathlib, re, shlex, signal, subprocess, sys, threading, time

import guide_page
from support import ROOT

HERE = pathlib.Path(__file__).resolve().parent
# A cluster needs a moment to do what it was told: what only looks is asked again until it is as shown.
LOOKS = re.compile(r"(kubectl( -n \S+)? (get|describe|events|logs|explain)|curl|martlet (explain|graph|check|diff))\b")
# A status waits ten seconds for a replica that went without a word, so this is more than that with a machine at work.
PATIENCE = 30.0
# One command may take no longer.
LIMIT = 60.0


class Shell:
    """A bash in which one command after the other is run, as somebody would who types them."""

    def __init__(self, directory, environment):
        self.out = directory / "answer"
        answers, given = os.pipe()
        self.ended = os.fdopen(answers)
        self.process = subprocess.Popen(["bash", "--norc"], cwd=directory / "clone", env=environment, stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[given], start_new_session=True)
        self.report = given
        os.close(given)

    def run(self, text):
        """(exit code, what was printed). What goes on in the background does not hear of the end of it."""
        timer = threading.Timer(LIMIT, self.cut)
        timer.start()
        self.process.stdin.write(f"{{ {text}\n}} >{shlex.quote(str(self.out))} 2>&1 </dev/null {self.report}>&-; echo $? >&{self.report}\n")
        self.process.stdin.flush()
        code = self.ended.readline().strip()
        timer.cancel()
        return int(code) if code else -1, self.out.read_text(errors="replace") if self.out.exists() else ""

    def cut(self):
        """Ends it with everything that it runs: what a command leaves behind would go on for ever."""
        os.killpg(self.process.pid, signal.SIGKILL)

    def end(self):
        self.run("kill $(jobs -p)")
        self.process.stdin.close()
        self.process.wait()
        self.ended.close()


def tools(directory):
    """A PATH with the reader's programs before everything else, and a folder that looks like a clone."""
    programs, clone = directory / "programs", directory / "clone"
    programs.mkdir(parents=True)
    clone.mkdir()
    for name in ("kubectl", "helm", "docker"):
        (programs / name).write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(HERE / f'guide_{name}.py'))} \"$@\"\n")
        (programs / name).chmod(0o755)
    if "MARTLET" in os.environ:
        (programs / "martlet").symlink_to(pathlib.Path(os.environ["MARTLET"]).resolve())
    for each in ROOT.iterdir():
        if not each.name.startswith("."):
            (clone / each.name).symlink_to(each)
    return {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "GUIDE": str(directory)}


def typed(text):
    """What is typed for a command. A reader gives port-forward a terminal of its own: it goes on until the next one takes its port."""
    port = re.search(r"\bport-forward .*?\b(\d+)(?::\d+)?(?: &)?$", text)
    if not port:
        return text
    return (f"kill $forwarding; {text.removesuffix(' &')} >forwarding 2>&1 & forwarding=$!\n"
            f"until (: </dev/tcp/127.0.0.1/{port[1]}); do kill -0 $forwarding || break; sleep 0.1; done\nkill -0 $forwarding || {{ cat forwarding; false; }}")


def attempt(shell, command):
    until = time.monotonic() + PATIENCE
    while True:
        code, answer = shell.run(typed(command.text))
        if command.accepts(code, answer) or not LOOKS.match(command.text) or time.monotonic() > until:
            return code, answer
        time.sleep(0.2)


def run(page, directory, say=print):
    """The number of commands that did not do what the page says, and of all."""
    commands, left_out = guide_page.parts(page.read_text())
    shell = Shell(directory, tools(directory))
    failures = 0
    for command in commands:
        began = time.monotonic()
        code, answer = attempt(shell, command)
        if code < 0:
            shell.process.wait()
            say(f"FAILED  {page.name}:{command.line}  {command.text}\nit took longer than {LIMIT} s; nothing after it was tried")
            return failures + 1, len(commands)
        took = f"{time.monotonic() - began:.1f} s"
        first = command.text.splitlines()[0]
        if command.accepts(code, answer):
            say(f"ok      {page.name}:{command.line}  {'(hidden) ' if command.is_hidden else ''}{first}  ({took})")
            continue
        failures += 1
        shown = "" if command.shown is None else "the page shows:\n" + "\n".join(command.shown) + "\n"
        say(f"FAILED  {page.name}:{command.line}  {first}  ({took})\n{shown}it ended with {code} and said:\n{answer}")
    shell.end()
    for line, reason in left_out:
        say(f"not run {page.name}:{line}  {reason}")
    say(f"guide: {len(commands) - failures} commands ran, {failures} failed, {len(left_out)} blocks are not run")
    return failures, len(commands)


if __name__ == "__main__":
    failed, count = run(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    sys.exit(failed > 0 or count == 0)
