"""An observed process."""

import ast
import os
import select
import signal
import subprocess

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "observed")


def read(name):
    with open(os.path.join(FOLDER, name)) as file:
        return file.read()


# The program of every observed interpreter.
SOURCE = read("lock.py") + read("work.py") + read("hold.py")


def literal(text):
    return ast.literal_eval(text.strip())


class Observed:
    """An interpreter that evaluates expressions and answers. It ends with the `with` statement."""

    def __init__(self, command, *, environment=None, **options):
        self.process = subprocess.Popen(
            [*command, *ARGUMENTS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A session of its own, so that all its children end with it.
            start_new_session=True,
            env={**os.environ, **(environment or {})},
            **options,
        )
        assert self.process.stdin and self.process.stdout
        self.questions, self.answers = self.process.stdin, self.process.stdout
        self.unread = b""
        self.pid = self.process.pid
        assert self.next() == "ready"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def next(self, seconds=30):
        """The next line that it writes."""
        while b"\n" not in self.unread:
            ready, _, _ = select.select([self.answers], [], [], seconds)
            assert ready, f"after {seconds} s no answer yet"
            piece = os.read(self.answers.fileno(), 4096)
            assert piece, f"the observed process has ended: {self.process.wait()}"
            self.unread += piece
        line, _, self.unread = self.unread.partition(b"\n")
        return literal(line.decode())

    def tell(self, expression):
        self.questions.write(expression.encode() + b"\n")
        self.questions.flush()

    def ask(self, expression):
        """The value of the expression in the interpreter."""
        self.tell(expression)
        return self.next()


ARGUMENTS = ["-I", "-u", "-W", "ignore", "-c", SOURCE + "answer()\n"]
