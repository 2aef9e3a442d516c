"""The runner of guides notices what is wrong in one, and every guide is run. (What is in them is tested by e2e/standalone/guide-*.sh.)"""
import pathlib, tempfile, time, unittest

import yaml

import guide
import guide_page
from support import ROOT

GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
# Blocks that stand in a guide and are run by nobody. Each says why in the page's source; raise this only with a reason of that kind.
NOT_RUN = 0


def page(*blocks):
    return "\n".join(blocks)


def sh(text, language="sh"):
    return f"```{language}\n{text}\n```\n"


def alive(group):
    """Processes of the group, those aside that only wait for somebody to take note of their end."""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, fields = stat.read_text().rsplit(")", 1)
        except OSError:
            continue
        state, _, own, *_ = fields.split()
        if int(own) == group and state not in "ZX":
            yield name


class Runner(unittest.TestCase):
    def failures(self, text):
        """How many commands of such a guide fail, and what is said of it."""
        said = []
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / "page.md"
            file.write_text(text)
            failures, _ = guide.run(file, pathlib.Path(directory) / "guide", say=said.append)
        return failures, "\n".join(said)

    def passes(self, text):
        self.assertEqual(self.failures(text)[0], 0, self.failures(text)[1])

    def test_commands_share_a_shell(self):
        self.passes(page(sh("greeting=hello"), "prose", sh("cat > file <<'END'\n$greeting\nthere\nEND\ntest -d charts"),
                         sh("$ echo $greeting\nhello\n$ cat file\n$greeting\nthere", "console")))

    def test_a_wrong_command_is_noticed(self):
        for wrong in ("false", "no-such-program", "ls charts/nowhere", "if true; then exit 3; fi"):
            failures, said = self.failures(page(sh(f"true\n{wrong}"), "more"))
            self.assertEqual(failures, 1, said)
            self.assertIn("FAILED  page.md:3", said)

    def test_what_follows_a_wrong_command_is_run(self):
        self.assertEqual(self.failures(sh("false\ntrue\nfalse"))[0], 2)

    def test_a_wrong_answer_is_noticed(self):
        for shown in ("two", "one\ntwo", "on", "…two", "one\n…\nthree"):
            failures, said = self.failures(sh(f"$ echo one\n{shown}", "console"))
            self.assertEqual(failures, 1, shown)
            self.assertIn("it ended with 0 and said:\none", said)
        self.assertEqual(self.failures(sh("$ printf 'one\\ntwo\\n'\none", "console"))[0], 1, "the answer is longer than what is shown")

    def test_what_differs_is_left_open(self):
        self.passes(sh("$ printf 'NAME   AGE\\nweb-x7   3s\\nlast\\n'\nNAME AGE\nweb-… …\nlast", "console"))
        self.passes(sh("$ printf '1\\n2\\n3\\n'\n…\n3", "console"))
        self.passes(sh("$ ls charts/nowhere\nls: …No such file or directory", "console"))

    def test_hidden_commands_count(self):
        self.passes(page("<!-- play\ntouch here\n-->", sh("test -e here")))
        self.assertEqual(self.failures("<!-- play\nfalse\n-->\n")[0], 1)

    def test_a_command_that_takes_too_long_is_ended(self):
        limit, guide.LIMIT = guide.LIMIT, 0.3
        with tempfile.NamedTemporaryFile("r") as pid:
            try:
                failures, said = self.failures(sh(f"echo $$ >{pid.name}; cat /dev/zero | tail -n 1\ntrue"))
            finally:
                guide.LIMIT = limit
            shell = int(pid.read())
        self.assertEqual(failures, 1)
        self.assertIn("took longer", said)
        # Giving back what it filled takes a process a moment.
        until = time.monotonic() + 10
        while list(alive(shell)) and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(list(alive(shell)), [], "what it ran goes on for ever")

    def test_mistakes_in_the_page_are_noticed(self):
        for wrong in (sh("cat <<'END'\nno end"), sh("x", "bash"), "<!-- not run: it would take hours -->\n\nprose", sh("a: b: c", "yaml"),
                      sh("no prompt", "console"),
                      "<!-- not run: twice -->\n<!-- not run: twice -->\n" + sh("true"), sh("true", ""), "```sh\ntrue\n"):
            with self.subTest(wrong), self.assertRaises((ValueError, yaml.YAMLError)):
                guide_page.parts(wrong)

    def test_a_block_that_is_not_run_is_counted(self):
        commands, left_out = guide_page.parts("<!-- not run: it needs a registry -->\n" + sh("docker push x") + sh("true"))
        self.assertEqual(([each.text for each in commands], left_out), (["true"], [(1, "it needs a registry")]))


class Guides(unittest.TestCase):
    def test_every_guide_is_run(self):
        self.assertGreaterEqual({each.stem for each in GUIDES}, {"install", "upgrade", "operate", "troubleshoot", "security"})
        scripts = {each.stem.removeprefix("guide-") for each in (ROOT / "e2e/standalone").glob("guide-*.sh")}
        self.assertEqual(scripts, {each.stem for each in GUIDES})
        for each in GUIDES:
            self.assertIn(f"\nguide {each.stem}\n", (ROOT / f"e2e/standalone/guide-{each.stem}.sh").read_text())

    def test_guides_can_be_read_and_nearly_everything_in_them_is_run(self):
        left_out = []
        for each in GUIDES:
            commands, reasons = guide_page.parts(each.read_text())
            self.assertGreater(len([command for command in commands if not command.is_hidden]), 10, each.name)
            left_out += reasons
        self.assertLessEqual(len(left_out), NOT_RUN, left_out)

    def test_guides_are_found(self):
        readme = (ROOT / "README.md").read_text()
        for each in GUIDES:
            self.assertIn(f"(docs/guides/{each.name})", readme)
