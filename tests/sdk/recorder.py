"""Which of the real client's methods a test calls, and what each asks the server for.

A test says `@pytest.mark.covers("patch_tags")`; it fails when it does not call that method. With METADATA_SDK_COVERAGE in the environment,
what was seen is left in that directory, one file a process, for coverage_table.py.
"""

import functools
import inspect
import json
import os
import pathlib
import re
import threading
from urllib.parse import urlsplit


class Recorder:
    def __init__(self):
        self.description = None  # of the API: tells the routes
        self.now = threading.local()
        self.calls = {}  # method -> what it asked for in the present test
        self.tests = []

    def stack(self):
        if not hasattr(self.now, "stack"):
            self.now.stack = []
        return self.now.stack

    def wrap(self, owner, name, shown):
        """Puts itself before a method of a class; texts and the like stay as they are."""
        found = inspect.getattr_static(owner, name)
        kind = type(found) if isinstance(found, (staticmethod, classmethod)) else None
        inner = found.__func__ if kind else found
        if not callable(inner):
            return
        plain = inspect.unwrap(inner)

        @functools.wraps(plain)
        def call(*args, **more):
            self.calls.setdefault(shown, set())
            self.stack().append(shown)
            try:
                return inner(*args, **more)
            finally:
                self.stack().pop()

        @functools.wraps(plain)
        def generate(*args, **more):
            self.calls.setdefault(shown, set())
            items = inner(*args, **more)
            while True:
                self.stack().append(shown)
                try:
                    item = next(items)
                except StopIteration:
                    return
                finally:
                    self.stack().pop()
                yield item

        wrapper = generate if inspect.isgeneratorfunction(plain) else call
        # A cached method keeps the doors to its cache.
        for door in ("cache_clear", "cache_info"):
            if hasattr(inner, door):
                setattr(wrapper, door, getattr(inner, door))
        setattr(owner, name, kind(wrapper) if kind else wrapper)

    def asked(self, method, path):
        path = "/api/v1" + urlsplit(path).path
        route = self.description.template(path) or self.spanning(path)
        for shown in self.stack():
            self.calls[shown].add((method, route))

    def spanning(self, path):
        """The route of a path in which a parameter has slashes of its own (`logs/{run}`): the longest that fits."""
        fits = [template for template in self.description.document["paths"]
                if re.fullmatch(re.sub(r"\\{[^/]*?\\}", ".+", re.escape(template)), path)]
        return max(fits, key=len, default=path)

    def install(self, description):
        self.description = description
        from metadata.ingestion.ometa.client import REST
        from metadata.ingestion.ometa.ometa_api import OpenMetadata
        from metadata.sdk.entities.base import BaseEntity
        for owner, prefix in ((OpenMetadata, ""), (BaseEntity, "sdk.")):
            for name in dir(owner):
                if not name.startswith("_"):
                    self.wrap(owner, name, prefix + name)
        request = REST._request

        @functools.wraps(request)
        def noted(client, method, path, *args, **more):
            self.asked(method, path)
            return request(client, method, path, *args, **more)

        REST._request = noted

    def begin(self):
        self.calls = {}

    def end(self, test, covers, passed):
        calls = {name: sorted(routes) for name, routes in self.calls.items() if name in covers}
        self.tests.append({"test": test, "covers": sorted(covers), "passed": passed, "calls": calls})

    def save(self, worker):
        folder = os.environ.get("METADATA_SDK_COVERAGE")
        if folder and self.tests:
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            (pathlib.Path(folder) / f"{worker}.json").write_text(json.dumps(self.tests))
