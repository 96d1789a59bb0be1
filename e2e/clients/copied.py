"""Runs what a developer copied from the console, as it was copied: `python copied.py COPY`. A person goes where it sends
them. Speaks with its test as the scripts beside it do (see rely.mjs)."""

import asyncio
import importlib.util
import json
import os
import sys
from urllib.parse import urlsplit

# Loopback only: the test's server has no certificate.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from starlette.requests import Request


def request(url, session):
    parts = urlsplit(url)
    scope = {"type": "http", "method": "GET", "scheme": parts.scheme, "server": (parts.hostname, parts.port)}
    scope |= {"path": parts.path, "query_string": parts.query.encode(), "headers": [], "session": session}
    return Request(scope)


async def run(copied):
    session = {}
    away = await copied.begin(request("http://127.0.0.1/begin", session))
    print(json.dumps({"visit": away.headers["location"]}), flush=True)
    back = sys.stdin.readline().strip()
    return await copied.finish(request(back, session))


sys.stdin.readline()
spec = importlib.util.spec_from_file_location("copied", sys.argv[1])
copied = importlib.util.module_from_spec(spec)
spec.loader.exec_module(copied)
print(json.dumps({"found": {"learned": dict(asyncio.run(run(copied)))}}), flush=True)
