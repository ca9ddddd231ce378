"""Files that lie inside the page, to be saved from it: what they are called, and their bytes as a link."""

import base64
import re


def stem(name: str) -> str:
    """Return a name for a downloaded file: letters, digits, dots and dashes only."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.") or "task"


def data_link(content: bytes, kind: str) -> str:
    """Return a link that holds a file of the given media type."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
