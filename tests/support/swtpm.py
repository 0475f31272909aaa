"""A TPM in software for tests: swtpm with a fresh state folder, on free ports of this machine.

    with Swtpm() as tpm:
        run("--tpm", tpm.tcti)
        tpm.kill()      # as power is cut
        tpm.start()     # tcti is another one then
"""
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM = shutil.which("swtpm")


def need_swtpm():
    """Ends the test as skipped where swtpm is not installed."""
    if PROGRAM is None:
        print("skipped: swtpm is not installed")
        sys.exit(0)


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def _answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end_with_parent():
    """In the child: it never outlives its test, however that ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Swtpm:
    def __init__(self, state=None):
        """Starts one. `state` is a folder that holds one's state already, and stays."""
        self._own = state is None
        self.state = state or tempfile.mkdtemp(prefix="cheget-swtpm-")
        self._process = None
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        if self._own:
            shutil.rmtree(self.state, ignore_errors=True)

    def start(self):
        for _ in range(20):  # a port may be taken between the look and the start
            port = random.randrange(20_000, 40_000, 2)
            if _is_free(port) and _is_free(port + 1) and self._start_on(port):
                return
        raise RuntimeError("swtpm does not start")

    def _start_on(self, port):
        self._process = subprocess.Popen(
            [PROGRAM, "socket", "--tpm2", "--tpmstate", f"dir={os.path.abspath(self.state)}",
             "--server", f"type=tcp,port={port},bindaddr=127.0.0.1",
             "--ctrl", f"type=tcp,port={port + 1},bindaddr=127.0.0.1",
             "--flags", "not-need-init,startup-clear"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=_end_with_parent)
        self.tcti = f"swtpm:host=127.0.0.1,port={port}"
        for _ in range(500):
            if self._process.poll() is not None:
                return False
            if _answers(port + 1):
                return True
            time.sleep(0.01)
        self.kill()
        return False

    def stop(self):
        """As a machine is shut down."""
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def kill(self):
        """As its power is cut."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self):
        self.stop()
        self.start()


if __name__ == "__main__":  # for shells: prints its TCTI, and lives as long as who started it
    _parent = os.getppid()
    with Swtpm() as _tpm:
        print(_tpm.tcti, flush=True)
        while os.getppid() == _parent:
            time.sleep(0.1)
