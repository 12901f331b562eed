"""Hosts that run systemd: each has its own processes, network, users and files, the last as a layer over this machine's, which sees nothing of it.

Only the services that a test starts run there. All of it dies with the first process of the host.
"""

import errno
import os
import subprocess
import sys
import unittest

from lockstep_test.process import wait_until

# Would reach through to the machine that we share a kernel with, or are of no use here.
MASKED = ("systemd-sysctl.service", "systemd-modules-load.service", "systemd-udevd.service", "systemd-remount-fs.service",
          "systemd-update-utmp.service", "systemd-timesyncd.service", "dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-debug.mount",
          "sys-kernel-tracing.mount", "sys-fs-fuse-connections.mount", "proc-sys-fs-binfmt_misc.automount", "systemd-binfmt.service")

BOOT = r"""
set -e
layer=$1; name=$2
mount -t tmpfs tmpfs "$layer"
mkdir "$layer"/upper "$layer"/work "$layer"/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" "$layer/root"
cd "$layer/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
    touch dev/$device
    mount --bind /dev/$device dev/$device
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs dev/shm
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
shift 2
mkdir -p etc/systemd/system
for unit in "$@"; do
    ln -sf /dev/null "etc/systemd/system/$unit"
done
hostname "$name"
pivot_root . mnt
umount -l /mnt
exec /lib/systemd/systemd --system --log-target=null --show-status=false systemd.unit=basic.target
"""


def unified_cgroups():
    """Where the second version of control groups is mounted."""
    with open("/proc/self/mountinfo", encoding="ascii") as mounts:
        for line in mounts:
            before, after = line.rstrip("\n").split(" - ")
            if after.startswith("cgroup2 "):
                return before.split(" ")[4]
    return None


class BootedHost:
    """A host named `name` with one address on the bridge `lan`; its files are layered over the machine's in `folder`, which is empty."""

    def __init__(self, name, address, folder):
        self.name, self.address = name, address
        self.group = f"{unified_cgroups()}/lockstep-{os.getpid()}-{name}"
        os.mkdir(self.group)
        join = f'echo 0 >{self.group}/cgroup.procs; exec setpriv --pdeathsig KILL -- unshare "$@"'
        self.outer = subprocess.Popen(
            ["sh", "-c", join, "sh", "--fork", "--kill-child", "--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup",
             "--propagation", "private", "bash", "-c", BOOT, "boot", str(folder), name, *MASKED],
            stdin=subprocess.DEVNULL, env={"container": "lockstep", "PATH": os.environ["PATH"]})
        self.pid = int(wait_until(f"{name} has a first process", self._children).split()[0])
        # Until then it stands in the machine's own files.
        wait_until(f"{name} has files of its own", self._is_systemd)
        wait_until(f"{name} has booted", lambda: self.run("systemctl is-system-running", check=False).stdout.strip() in ("running", "degraded"))
        self._connect()

    def _children(self):
        with open(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children", encoding="ascii") as children:
            return children.read()

    def _is_systemd(self):
        with open(f"/proc/{self.pid}/comm", encoding="ascii") as name:
            return name.read() == "systemd\n"

    def _connect(self):
        port = f"to-{self.name}"
        _run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", self.pid)
        _run("ip", "link", "set", port, "master", "lan", "up")
        # Everybody is a neighbour, whatever the address.
        self.run(f"ip link set lo up; ip address add {self.address}/32 dev eth0; ip link set eth0 up; ip route add default dev eth0")

    def run(self, script, stdin="", check=True, cwd="/root"):
        """What a shell of root's makes of it; every command must succeed. Returns the finished process, output as text."""
        done = subprocess.run(["nsenter", "--all", f"--target={self.pid}", f"--wdns={cwd}", "bash", "-e", "-o", "pipefail", "-c", script],
                              input=stdin, capture_output=True, text=True, timeout=600, check=False,
                              env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"})
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: exit {done.returncode}\n{script}\n{done.stdout}{done.stderr}")
        return done

    def close(self):
        os.kill(self.pid, 9)
        self.outer.wait()
        wait_until("all processes of the host are gone", self._remove_group)

    def _remove_group(self):
        try:
            for folder, _, _ in os.walk(self.group, topdown=False):
                os.rmdir(folder)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            return False
        return True


def _run(*command):
    subprocess.run([str(word) for word in command], check=True, timeout=30)


def unable():
    """Why hosts cannot be booted here; nothing where they can."""
    if os.geteuid() != 0:
        return "only root can boot hosts"
    if not os.path.exists("/lib/systemd/systemd"):
        return "systemd is not installed"
    return None if unified_cgroups() else "there are no control groups of the second version"


def main():
    """unittest.main(), in a network and with mounts of its own."""
    if reason := unable():
        if os.environ.get("LOCKSTEP_REQUIRE_PEERS") == "1":
            sys.exit(f"{reason}, and LOCKSTEP_REQUIRE_PEERS demands it")
        print(f"skipped: {reason}")
        return
    if os.environ.get("LOCKSTEP_INSIDE_NETNS") != "1":
        os.environ["LOCKSTEP_INSIDE_NETNS"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])
    _run("ip", "link", "set", "lo", "up")
    unittest.main()
