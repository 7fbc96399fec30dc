"""Those who want to hear that a job has failed, or that it has not failed: OnFailure= and OnSuccess=."""

from asking import must, use_drop_ins, wait_for_journal, want

CONFIGURATION = """
[jobs.good]
type = "command"
command = ["true"]
[jobs.bad]
type = "command"
shell = "echo the disk is on fire >&2; exit 3"
"""

# What a schedule makes of a job, as far as it matters here.
JOB_UNIT = "[Service]\nType=oneshot\nExecStart=/opt/orchestratord/orchestratorctl run --wait {job}\n"

MAILER = "#!/bin/sh\n{ echo \"for: $2\"; cat; } >/run/mail/sent\nsystemd-cat -t mailer echo mail is sent\n"

LISTENER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        print("asked for", self.path, flush=True)
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 8017), Handler)
print("listening", flush=True)
server.serve_forever()
"""


def prepare(machine, source):
    units = source / "systemd/units"
    for name in ("orchestratord-mail@.service", "orchestratord-heartbeat@.service"):
        machine.write(f"/etc/systemd/system/{name}", (units / name).read_text())
    for name in ("mail.conf", "heartbeat.conf"):
        machine.write(f"/etc/systemd/system/orchestrator-job-.service.d/{name}", (units / name).read_text())
    for job in ("good", "bad"):
        machine.write(f"/etc/systemd/system/orchestrator-job-{job}.service", JOB_UNIT.format(job=job))
        machine.write(f"/etc/orchestratord/heartbeat/orchestrator-job-{job}.service",
                      f'url = "http://127.0.0.1:8017/{job}/0f5a"\n')
    machine.write("/etc/orchestratord/mail.env", "MAIL_TO=operator\n")
    machine.write("/usr/sbin/sendmail", MAILER)
    machine.write("/opt/listener.py", LISTENER)
    machine.write("/etc/orchestratord/orchestrator.toml", CONFIGURATION)
    must(machine, "sh", "-c", "chmod 755 /usr/sbin/sendmail; mkdir -m 777 /run/mail; chmod 777 /run/mail; "
         "chmod 600 /etc/orchestratord/heartbeat/*")
    use_drop_ins(machine, source)
    must(machine, "systemd-run", "--quiet", "--unit=listener", "/usr/bin/python3", "/opt/listener.py")
    wait_for_journal(machine, "-u", "listener", text="listening")


def steps(source):
    def tells_by_mail_of_a_job_that_failed(machine):
        prepare(machine, source)
        must(machine, "systemctl", "start", "orchestrator-job-bad", code=1)
        wait_for_journal(machine, "-t", "mailer", text="mail is sent")
        mail = must(machine, "cat", "/run/mail/sent")
        want(mail, r"for: operator\nTo: operator\nSubject: orchestrator-job-bad.service has failed on ")
        want(mail, "the disk is on fire")

    def sends_a_heartbeat_for_a_job_that_succeeded(machine):
        must(machine, "systemctl", "start", "orchestrator-job-good")
        wait_for_journal(machine, "-u", "listener", text="asked for /good/0f5a")
        must(machine, "journalctl", "--sync")
        must(machine, "sh", "-c", "journalctl --no-pager -u listener | grep -q /bad/", code=1)

    return (tells_by_mail_of_a_job_that_failed, sends_a_heartbeat_for_a_job_that_succeeded)
