"""A scene in which carol's key lies in a briefcase; what it signs is made here, apart from cheget."""
import hmac
import time

from scene import *

REAL, OTHER = b"\x11" * 32, b"\x22" * 32


class MarkedVotes:
    """For a scene's class, before Scene or LogScene."""

    def public(self, name):
        return super().public(name) + (" briefcase" if name == "carol" else "")

    def fingerprint(self, name):
        return subprocess.run(["ssh-keygen", "-l", "-f", self.keys / f"{name}.pub"],
                              capture_output=True, text=True).stdout.split()[1]

    def marked(self, order, secret, verdict="approve"):
        text = (f"cheget vote v1\ndomain: {DOMAIN} {self.policy_id}\non: order {order.id}\n"
                f"verdict: {verdict}\nby: carol\nmark: {'0' * 64}\nvoted: {stamp()}\n\n{order.text}")
        mark = hmac.new(secret, text.encode(), "sha256").hexdigest()
        text = text.replace("mark: " + "0" * 64, "mark: " + mark, 1)
        return text + self.signature("vote", text, "carol")

    def mark_file(self, secret=REAL, domain_id=None, key="carol"):
        path = self.root / "carol.mark"
        path.write_text(f"cheget mark v1\ndomain: {DOMAIN} {domain_id or self.policy_id}\n"
                        f"key: {self.fingerprint(key)}\nsecret: {secret.hex()}\n")
        return path

    def alarm_command(self):
        """A command that writes down what it is told; fails while `broken` is there."""
        self.told = self.root / "told"
        command = self.root / "alarm"
        command.write_text(f"#!/bin/sh\n[ -e {self.root}/broken ] && exit 1\ncat >> {self.told}\n")
        command.chmod(0o755)
        return f'silent_alarm = ["{command}"]\n'

    def alarms(self):
        return [json.loads(line) for line in self.told.read_text().splitlines()] if self.told.exists() else []


def wait_for(what, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        if what():
            return True
        time.sleep(0.1)
    return False
