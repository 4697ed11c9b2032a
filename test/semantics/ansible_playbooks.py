"""Runs Debian's own ansible-playbook for many scenarios: started once, forked for each, two at a time.

Standard input: a JSON list of {"args": [...], "output": file}. What it prints goes to the file, its exit code to
"<output>.code".
"""
import json
import os
import sys
import traceback

from ansible.cli.playbook import PlaybookCLI


def run(job):
    file = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    code = 1
    try:
        code = PlaybookCLI(["ansible-playbook", *job["args"]]).run()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    with open(job["output"] + ".code", "w") as out:
        out.write(str(code))
    os._exit(0)


running = 0
for job in json.load(sys.stdin):
    if running == 2:
        os.wait()
        running -= 1
    if os.fork() == 0:
        run(job)
    running += 1
while running:
    os.wait()
    running -= 1
