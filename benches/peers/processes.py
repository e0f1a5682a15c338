"""Processes: run quietly, measured, or killed half-way. All of them see the same bare environment."""
import ctypes, os, signal, subprocess, time
from pathlib import Path
from typing import NamedTuple


PR_SET_CHILD_SUBREAPER = 36


class Done(NamedTuple):
    exit: int
    output: str


class Cost(NamedTuple):
    wall: float
    cpu: float


class Place:
    """A folder for one run of the benchmark, with a home folder and a git identity of its own."""

    def __init__(self, folder):
        self.folder = Path(folder)
        home = self.folder / 'home'
        temporary = self.folder / 'temporary'
        home.mkdir()
        temporary.mkdir()
        (home / '.gitconfig').write_text(
            '[user]\n\tname = Payments team\n\temail = payments@example.org\n'
            '[init]\n\tdefaultBranch = main\n'
            # Housekeeping in the background would be billed to whoever runs next.
            '[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n')
        self.environment = {
            'PATH': os.environ['PATH'], 'HOME': str(home), 'TMPDIR': str(temporary), 'CI': 'true',
            'LC_ALL': 'C.UTF-8', 'NO_COLOR': '1', 'GIT_CONFIG_NOSYSTEM': '1',
        }

    def start(self, command, cwd, output=subprocess.DEVNULL):
        return subprocess.Popen(
            [str(word) for word in command], cwd=cwd, env=self.environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def run(self, command, cwd):
        process = self.start(command, cwd, subprocess.PIPE)
        output, _ = process.communicate()
        return Done(process.returncode, output.decode(errors='replace'))

    def must(self, command, cwd):
        """Runs a command of the preparations, which has to succeed."""
        done = self.run(command, cwd)
        if done.exit != 0:
            raise SystemExit(f'failed: {" ".join(map(str, command))}\n{done.output}')
        return done.output.strip()

    def kill(self, command, cwd, after):
        """Starts a command and kills it, and every process that it started, after so many seconds."""
        process = self.start(command, cwd)
        time.sleep(after)
        # The group is still there when its leader has ended, until the leader is waited for.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def measure(self, command, cwd):
        """Returns what a command and all that it starts cost, in seconds."""
        # What was written before would be written out by the first contestant that syncs.
        os.sync()
        start = time.perf_counter()
        process = self.start(command, cwd)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f'failed: {" ".join(map(str, command))}')
        return Cost(wall, usage.ru_utime + usage.ru_stime)

    def peak(self, command, cwd):
        """Returns how large the largest process of a command gets, in bytes.

        The kernel counts what a process was before it became the command. So that it is not this large one, a shell
        starts it and leaves it to us.
        """
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        self.start(['sh', '-c', '"$@" & ', 'sh', *command], cwd).wait()
        _, status, usage = os.wait4(-1, 0)
        if status != 0:
            raise SystemExit(f'failed: {" ".join(map(str, command))}')
        return usage.ru_maxrss * 1024
