"""Programs that were moved, deleted or renamed."""

import os
import re
import shutil
import subprocess
import tempfile

from .activity import is_seen_counting
from .observed import Observed
from .report import case


@case("deleted after its start, as by an upgrade")
def deleted(interpreter):
    with tempfile.TemporaryDirectory(dir=os.path.join(interpreter.root or "/", "tmp")) as folder:
        inside = folder.removeprefix(interpreter.root)
        program = shutil.copy(interpreter.root + interpreter.program, folder)
        place = 2 if interpreter.root else 0
        command = list(interpreter.command)
        home = os.path.dirname(os.path.dirname(interpreter.program))
        for library in libraries(interpreter):
            shutil.copy(library, folder)
        # It finds its library by its own path, which is another now: told by the path of a virtual environment.
        with open(os.path.join(folder, "pyvenv.cfg"), "w") as file:
            file.write(f"home = {home}/bin\n")
        command[place] = os.path.join(inside, os.path.basename(program))
        with Observed(command, environment={"LD_LIBRARY_PATH": inside}) as observed:
            for name in os.listdir(folder):
                os.remove(os.path.join(folder, name))
            with open(f"/proc/{observed.pid}/maps") as file:
                assert any(inside in line and "(deleted)" in line for line in file), "nothing of it was deleted"
            is_seen_counting(interpreter, observed)


def libraries(interpreter):
    """The libpython that its program is linked to, if it is not in the program."""
    if interpreter.root:
        return []
    listed = subprocess.run(["ldd", interpreter.program], capture_output=True, text=True).stdout
    return re.findall(r"=> (\S*/libpython3\S+)", listed)


@case("under another name and with another title", of=lambda interpreter: not interpreter.root)
def renamed(interpreter):
    # It finds its modules by the folder in its title.
    title = os.path.join(os.path.dirname(interpreter.program), "postgres: writer")
    with Observed(["bash", "-c", 'exec -a "$0" "$@"', title, *interpreter.command]) as observed:
        observed.ask("name_thread('cashier')")
        seen = is_seen_counting(interpreter, observed)
        assert seen["name"] == "cashier", seen["name"]
        assert seen["command"].startswith(title), seen["command"]
