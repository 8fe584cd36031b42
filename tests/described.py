"""Holds answers against the API's own description: each status, media type and shape must be one that it describes."""

import json
import re
from urllib.parse import urlsplit

import requests
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

WHERE = "urn:api"
# A shape is looked at in pure Python: of a larger answer only status and media type are.
MAX_BYTES = 60_000


class Description:
    """What /openapi.json says. `faults` has what is wrong with an answer; nothing when its path is not described."""

    def __init__(self, document):
        self.document = document
        self.registry = Registry().with_resource(WHERE, Resource(document, DRAFT202012))
        self.validators = {}
        # Words before parameters: /tables/name/{fqn} before /tables/{id}/{x}.
        ordered = sorted(document["paths"], key=lambda path: [part.startswith("{") for part in path.split("/")])
        self.patterns = [(re.compile(re.sub(r"\\{[^/]*?\\}", "[^/]+", re.escape(path)) + "$"), path) for path in ordered]
        self.found = {}

    @classmethod
    def of(cls, root):
        return cls(requests.get(root + "/openapi.json", timeout=60).json())

    def template(self, path):
        if path not in self.found:
            self.found[path] = next((name for pattern, name in self.patterns if pattern.match(path)), None)
        return self.found[path]

    def faults(self, method, url, status, media, body):
        template = self.template(urlsplit(url).path)
        operation = self.document["paths"].get(template, {}).get(method.lower())
        if operation is None:
            return []
        where = f"{method} {template} -> {status}"
        answers = operation["responses"]
        answer = answers.get(str(status)) or answers.get(f"{status // 100}XX")
        if answer is None:
            return [f"{where}: the status is not described"]
        if "$ref" in answer:
            answer = self.document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        content = answer.get("content")
        if not content:
            return [f"{where}: has a body, {body[:100]!r}, which is not described"] if body else []
        media = media.split(";")[0].strip()
        described = content.get(media) or content.get("*/*")
        if described is None:
            return [f"{where}: the media type {media} is not described"]
        if media != "application/json" or len(body) > MAX_BYTES:
            return []
        return [f"{where}: {fault}" for fault in self.shape_faults(described["schema"], json.loads(body))]

    def shape_faults(self, schema, value):
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            absolute = json.loads(key.replace('"#/', f'"{WHERE}#/'))
            self.validators[key] = Draft202012Validator(absolute, registry=self.registry)
        for error in self.validators[key].iter_errors(value):
            yield f"{error.json_path}: {error.message[:300]}"


def operations(document):
    """(METHOD, path, operation) of all that a description has."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation
