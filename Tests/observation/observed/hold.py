"""What an observed interpreter holds its lock in, and for how long. Runs on CPython 3.8 and later."""

# Seconds for which each step held the lock.
held = {}


def held_so_far():
    return dict(held)


def take_turns(steps, clock):
    """Runs the steps in turn, without end."""
    for step in steps:
        held[step.__name__] = 0.0
    while True:
        for step in steps:
            began = clock()
            step()
            held[step.__name__] += clock() - began
            yield


def repeat(steps, clock):
    for _ in take_turns(steps, clock):
        pass


def below(depth, function):
    """Calls a function from under so many other calls."""
    return below(depth - 1, function) if depth else function()


def visit_often():
    """Wants the lock nearly always, and holds it hardly ever."""
    while True:
        time.sleep(0.0001)


# In C, for a known time.


def lange_rückgabe():
    usleep(30000)


def κράτημα():
    usleep(10000)


def hold_in_c():
    global usleep
    usleep = ctypes.PyDLL(None).usleep  # PyDLL keeps the lock while it calls.
    below(30, lambda: repeat([lange_rückgabe, κράτημα], time.monotonic))


# Ordinary code. A thread that waits for nothing but the lock has a CPU, or waits for one, while it holds the lock.


def hold_ordinarily():
    repeat(ordinary_steps(), time.thread_time)


def ordinary_steps():
    """The steps for which this interpreter has the modules."""
    global json, re, zlib, numpy, document, text, numbers
    steps = [count_long, zähle_kurz, drain_generator, run_coroutine, comprehend, recurse, fibonacci]
    try:
        import json
        import re
        import zlib

        document = [{"name": f"value {number}", "values": list(range(50))} for number in range(600)]
        text = "nothing is as interesting as measuring " * 2000
        steps += [encode_json, search_text, compress]
        import numpy

        numbers = numpy.array([number * 7919 % 20011 for number in range(8000)], dtype=object)
        steps += [sort_objects]
    except ImportError:
        pass
    return steps


def count_long():
    total = 0
    for number in range(100000):
        total += number


def zähle_kurz():
    total = 0
    for number in range(50000):
        total += number


def squares():
    for number in range(40000):
        yield number * number


def drain_generator():
    for _ in squares():
        pass


class Pause:
    def __await__(self):
        yield


async def compute_and_pause():
    for _ in range(200):
        sum(range(1000))
        await Pause()


def run_coroutine():
    coroutine = compute_and_pause()
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        pass


def comprehend():
    for _ in range(8):
        [number * number for number in range(10000)]


def recurse():
    below(200, count_long)


def fibonacci(number=22):
    return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)


def encode_json():
    json.dumps(document)


def search_text():
    re.findall(r"(\w+)ing\b", text)


def compress():
    """Releases the lock while it works."""
    zlib.compress(bytes(range(256)) * 2000, 9)


def sort_objects():
    numpy.sort(numbers)


# Calls that are as short as the reading of a stack.


def left():
    pass


def right():
    pass


def call_two():
    while True:
        left()
        right()
