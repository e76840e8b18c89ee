"""A disk that is full while the desk works: an honest line, nothing lost, and on it goes once there is room."""

import json
import subprocess
import sys
from pathlib import Path

#: Works at a desk whose files may not grow for a while; the operating system refuses as it does on a full disk.
SCRIPT = """
import json, resource, sys
from pathlib import Path
from supportbot.bootstrap import build
from supportbot.domain.account import Customer
from supportbot.domain.errors import StorageError
from supportbot.domain.ticket import Status
from supportbot.ports import TicketFilter
from supportbot.settings import load

folder, knowledge = map(Path, sys.argv[1:])
app = build(load(None, folder, knowledge, {}))
app.start()
names = [f"c{n}" for n in range(160)]
app.store.write(lambda tx: [tx.add_customer(Customer(n, app.clock.now(), external_id=n)) for n in names])

def say(name):
    try:
        return app.customers.say(name, "How long does standard delivery take?").message_id
    except StorageError as full:
        return full

first = say(names[0])
sizes = [file.stat().st_size for file in folder.glob("supportbot.db*")]
before = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes), before[1]))
told = [said for name in names[1:150] if not isinstance(said := say(name), str)]
page = app.customers.view(names[0])
resource.setrlimit(resource.RLIMIT_FSIZE, before)
again = [say(name) for name in names[150:153]]

def answering():
    return app.store.read(lambda tx: tx.count_tickets(TicketFilter(statuses=(Status.ANSWERING,))))

for _ in range(600):
    if not answering():
        break
    app.clock.sleep(0.1)
messages = app.store.read(lambda tx: [m for t in tx.tickets(TicketFilter()) for m in tx.messages(t.id)])
app.stop()
print(json.dumps({
    "first": isinstance(first, str), "refused": len(told), "lines": sorted({str(one) for one in told}),
    "readable": page.current is not None, "again": [isinstance(one, str) for one in again],
    "stored": sum(m.sender == "customer" for m in messages),
    "unanswered": len({m.ticket_id for m in messages} - {m.ticket_id for m in messages if m.sender == "bot"}),
}))
"""


def test_a_full_disk_is_told_and_survived(tmp_path: Path, project: Path) -> None:
    """Who writes meanwhile reads one line; what was taken in is answered without anybody's help afterwards."""
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(project / "knowledge")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    found = json.loads(done.stdout)
    assert found["refused"] > 0, "the disk was never full"
    assert all("\n" not in line and line.endswith(".") for line in found["lines"]), found["lines"]
    assert found["readable"], "what is there can be read on a full disk"
    assert found["again"] == [True] * 3
    assert found["stored"] == 1 + 149 - found["refused"] + 3
    assert found["unanswered"] == 0
