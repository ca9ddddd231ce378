"""`outlearn watch`: a page of a run as it goes, made again every few seconds from the store alone.

By default a file, which any browser reads; with --serve a page on this machine, which nobody else can reach.
The run is not disturbed: the store is only read, by a process of its own.
"""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from outlearn.cli.run import STORE

if TYPE_CHECKING:
    from outlearn.report import Watched
    from outlearn.store import Store

HOST = "127.0.0.1"
"""The only address that the page is served on."""


def watch(
    run: str = "",
    *,
    store: Path = STORE,
    out: Path | None = None,
    every_s: float = 5.0,
    serve: Annotated[bool, Parameter(negative="")] = False,
    port: int = 8000,
) -> None:
    """Show a run as it goes, or how it ended: progress, and the table of results so far with its intervals.

    Args:
        run: Name of the run; by default the one heard of last.
        store: Folder of the store; another process may be at work on it.
        out: The page, a file; by default STORE/outputs/RUN/watch.html.
        every_s: Seconds between two looks, until the run is over.
        serve: Serve the page on this machine instead of writing a file.
        port: Where to serve it; 0 chooses a free one.
    """
    from outlearn.core import UsageError
    from outlearn.report import watch_page, write_atomically
    from outlearn.store import look_into

    if every_s < 1:
        raise UsageError(f"every_s must be at least 1, got {every_s}")
    opened = look_into(store)
    name = run or latest(opened)
    look = looking(opened, name)
    if serve:
        serve_page(lambda: watch_page(look(), every_s=every_s), port=port)
        return
    path = out or store / "outputs" / name / "watch.html"
    print(f"Writing {path} every {every_s:g} s until the run is over; Ctrl-C ends only the watching.")
    while True:
        watched = look()
        write_atomically(path, content=watch_page(watched, every_s=every_s).encode())
        if watched.is_over:
            return
        time.sleep(every_s)


def latest(store: "Store") -> str:
    """Return the name of the run that was heard of last.

    Raises:
        UsageError: If that cannot be told.
    """
    from outlearn.core import UsageError
    from outlearn.store import has_progress, read_progress

    names = store.run_names()
    heard = {name: read_progress(store.root, name).beat_s for name in names if has_progress(store.root, name)}
    if not heard and len(names) != 1:
        raise UsageError(
            f"the store holds {len(names)} runs ({', '.join(names) or 'none'}), and none has a heartbeat;"
            " say which to watch"
        )
    return max(heard, key=lambda name: heard[name]) if heard else names[0]


def looking(store: "Store", name: str) -> "Callable[[], Watched]":
    """Return what looks at a run; results are worked out again only when there are new ones.

    Raises:
        StoreError: If there is no such run.
    """
    from outlearn.analysis import Summary, load_run, summarise
    from outlearn.report import Watched
    from outlearn.store import has_progress, now_s, read_progress

    known: dict[str, Summary] = {}

    def look() -> Watched:
        manifest = store.read_run(name)
        cells, sealed = manifest["cells"], bool(manifest.get("sealed"))
        assert isinstance(cells, list)
        roles = ("weak", "student_record", "ceiling", "curve")
        made = {str(cell[role]) for cell in cells for role in roles if role in cell}
        done = " ".join(sorted(one for one in made if store.has(one)))
        if done not in known:
            known.clear()
            known[done] = Summary(name, (), 0) if sealed else summarise(load_run(store, name))
        heard = (read_progress(store.root, name),) if has_progress(store.root, name) else ()
        return Watched(name, progress=heard, summary=known[done], now_s=now_s(), sealed=sealed)

    look()
    return look


def serve_page(page: Callable[[], str], *, port: int) -> None:
    """Serve a page until Ctrl-C, to this machine alone."""
    with page_server(page, port=port) as server:
        print(
            f"Watch at http://{HOST}:{server.server_address[1]}/ ; Ctrl-C ends only the watching.", flush=True
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def page_server(page: Callable[[], str], *, port: int) -> ThreadingHTTPServer:
    """Return a server of one page, which can be read and nothing else.

    Raises:
        UsageError: If the port is taken.
    """
    from outlearn.core import UsageError

    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # A page of another site could have its own name point here: such a name is not ours.
            host = str(self.headers.get("Host", "")).rsplit(":", 1)[0]
            if host not in {HOST, "localhost"} or self.path != "/":
                self.send_error(404 if host in {HOST, "localhost"} else 403)
                return
            with one_at_a_time:
                content = page().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    try:
        return ThreadingHTTPServer((HOST, port), Handler)
    except OSError as error:
        raise UsageError(f"cannot serve on port {port}: {error.strerror}; give another, or 0") from error
