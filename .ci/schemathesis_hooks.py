"""Keeps .ci/api from sending what docs/openapi.yaml allows only because a schema cannot say otherwise."""

import pathlib

import schemathesis

LISTS = pathlib.Path("src/schemes.txt").read_text().split("\n= ")[1:]
SCHEMES = {scheme for each in LISTS for scheme in each.partition("\n")[2].split()}
FAMILIES = tuple(scheme.rstrip("*") for scheme in SCHEMES if scheme.endswith("*"))


def is_beyond_the_schema(value):
    """A URI with a scheme that is not an application's own, something in brackets, or an internationalized name."""
    text = value.lower() if isinstance(value, str) else ""
    scheme = text.partition(":")[0]
    return scheme in SCHEMES or scheme.startswith(FAMILIES) or "[" in text or "xn--" in text


@schemathesis.hook
def filter_body(context, body):
    members = body.values() if isinstance(body, dict) else []
    return not any(is_beyond_the_schema(each) for member in members for each in (member if isinstance(member, list) else [member]))
