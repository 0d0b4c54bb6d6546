# SPDX-License-Identifier: GPL-3.0-or-later
"""The service of systemd: no mistakes, and exposed no more than 2.0 of 10 (offline, by systemd-analyze itself)."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

unit, program = map(os.path.abspath, sys.argv[1:3])
analyze = shutil.which("systemd-analyze")
if analyze is None:
    print("1..0 # SKIP systemd-analyze is not here")
    sys.exit(0)
version = int(re.search(r"systemd (\d+)", subprocess.run([analyze, "--version"], capture_output=True, text=True, check=True).stdout).group(1))
if version < 252:
    print("1..0 # SKIP systemd-analyze %d does not judge unit files by themselves" % version)
    sys.exit(0)

print("1..3")
with open(unit, encoding="utf-8") as file:
    text = file.read()
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "leyden.service")
    # It need not be installed to be looked at.
    with open(path, "w", encoding="utf-8") as file:
        file.write(re.sub(r"^ExecStart=\S+", "ExecStart=" + program, text, flags=re.M))
    verify = subprocess.run([analyze, "verify", "--man=no", path], capture_output=True, text=True,
                            env=dict(os.environ, SYSTEMD_LOG_LEVEL="warning"))
    complaints = [line for line in verify.stderr.splitlines() if "leyden.service" in line]
    assert not complaints, "\n".join(complaints)
    print("ok 1 - no mistakes")
    security = subprocess.run([analyze, "security", "--offline=true", "--threshold=20", "--no-pager", path], capture_output=True, text=True)
    assert security.returncode == 0, security.stdout + security.stderr
    exposure = float(re.search(r"exposure level for \S+: ([0-9.]+)", security.stdout).group(1))
    assert exposure <= 2.0, exposure
    print("ok 2 - exposure %.1f" % exposure)

# The options that it names exist.
usage = subprocess.run([program, "serve", "--help"], capture_output=True, text=True, check=True).stdout
options = re.findall(r"--[a-z-]+", re.search(r"^ExecStart=.*$", text, re.M).group(0))
assert options, "no options"
for option in options:
    assert option in usage, option
print("ok 3 - options")
