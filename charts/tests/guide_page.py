"""A guide as a test reads it: its commands, what is shown below them, and whether an answer is what is shown.

    ```sh          each line is a command that has to end with 0 (a heredoc or a trailing \\ goes on)
    ```console     lines after "$ " are commands, and the lines below one are its answer
    ```yaml        is read as YAML
    <!-- play      commands that the reader does not see: they bring about what the page is about
    <!-- not run: REASON -->   before a block: nobody can run it here

Shown answers are compared line by line, with runs of spaces taken as one. "…" stands for anything within a line, and a line that is
only "…" for any lines.
"""
import re, subprocess

import yaml

PART = re.compile(r"^<!-- not run: (?P<reason>[^>]*) -->\n|^<!-- play\n(?P<play>.*?)^-->|^```(?P<language>[a-z]+)\n(?P<text>.*?)^```$",
                  re.M | re.S)
# Warnings of the trial cluster about itself, such as rules in CEL that it keeps without evaluating them.
ASIDE = re.compile(r"^Warning: (version|resource) .*")


class Command:
    def __init__(self, text, line, shown=None, is_hidden=False):
        self.text, self.line, self.shown, self.is_hidden = text, line, shown, is_hidden

    def accepts(self, code, answer):
        """Whether the command did what the page says: gave the shown answer, or ended with 0 where none is shown."""
        return code == 0 if self.shown is None else matches(self.shown, answer)


def parts(text):
    """(commands, [(line, reason)] of blocks that are not run). A mistake in the page itself is a ValueError."""
    commands, left_out, reason, end = [], [], None, 0
    found_blocks = list(PART.finditer(text))
    if len(re.findall(r"^```", text, re.M)) != 2 * sum(found["language"] is not None for found in found_blocks):
        raise ValueError("a block has no language or no end")
    for found in found_blocks:
        line = text[:found.start()].count("\n") + 1
        if reason and (found["reason"] is not None or text[end:found.start()].strip()):
            raise ValueError(f"line {reason[0]}: 'not run' stands before no block")
        end = found.end()
        if found["reason"] is not None:
            reason = (line, found["reason"].strip())
            continue
        if reason:
            left_out.append(reason)
        elif found["play"] is not None:
            commands += [Command(each, line + at, is_hidden=True) for at, each in whole_commands(found["play"], 1)]
        elif found["language"] == "sh":
            commands += [Command(each, line + at) for at, each in whole_commands(found["text"], 1)]
        elif found["language"] == "console":
            commands += transcript(found["text"], line)
        elif found["language"] == "yaml":
            list(yaml.safe_load_all(found["text"]))
        else:
            raise ValueError(f"line {line}: a block of '{found['language']}' is neither run nor read")
        reason = None
    if reason:
        raise ValueError(f"line {reason[0]}: 'not run' stands before no block")
    return commands, left_out


def whole_commands(text, at):
    """(offset, command): lines are taken together until a shell finds nothing missing."""
    held, begun = "", at
    for number, line in enumerate(text.splitlines(), at):
        if not held:
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            begun = number
        held += line + "\n"
        if not line.endswith("\\") and is_whole(held):
            yield begun, held.rstrip("\n")
            held = ""
    if held:
        raise ValueError(f"this command has no end: {held}")


def is_whole(command):
    if not re.search(r"<<|'|\"|\\|\bdo\b|\{|\(", command):
        return True
    done = subprocess.run(["bash", "-n"], input=command, capture_output=True, text=True)
    return done.returncode == 0 and not done.stderr


def transcript(text, line):
    found, shown = [], None
    for number, each in enumerate(text.splitlines(), line + 1):
        if each.startswith("$ "):
            found.append(Command(each[2:], number))
        elif found and each.startswith("> ") and found[-1].shown is None:
            found[-1].text += "\n" + each[2:]
        elif found:
            found[-1].shown = (found[-1].shown or []) + [each]
        else:
            raise ValueError(f"line {number}: a transcript begins with a command after '$ '")
    return found


def matches(shown, answer):
    """Whether the whole answer is what is shown."""
    def words(line):
        return " ".join(line.split())
    pattern = r"\n".join(r"(?:[^\n]*\n)*?[^\n]*" if words(each) == "…" else re.escape(words(each)).replace("…", r"[^\n]*")
                         for each in shown if words(each))
    said = "\n".join(filter(None, (words(each) for each in answer.splitlines() if not ASIDE.match(each))))
    return re.fullmatch(pattern, said) is not None
