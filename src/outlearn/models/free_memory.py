"""How much memory a device has left, in bytes."""

from pathlib import Path

import torch

GROUPS = Path("/sys/fs/cgroup")
"""Where Linux says what a container may take."""


def free_bytes(device: torch.device) -> int:
    """Return how many more bytes this process can take, those that PyTorch keeps in reserve included."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
    import psutil

    available = int(psutil.virtual_memory().available)
    return min([available, *_left_to_the_group(Path("/proc/self/cgroup"), GROUPS)])


def _left_to_the_group(own: Path, groups: Path) -> list[int]:
    """Return what is left to the groups of processes that this one is in, where they have a limit."""
    lines = own.read_text().splitlines() if own.exists() else []
    left = []
    for line in lines:
        _, controllers, name = line.split(":", 2)
        unified = controllers == ""
        if not unified and "memory" not in controllers.split(","):
            continue
        root = groups if unified else groups / "memory"
        limit, used = (
            ("memory.max", "memory.current")
            if unified
            else ("memory.limit_in_bytes", "memory.usage_in_bytes")
        )
        inside = root / name.lstrip("/")
        # A container sees its own group as the root, under whatever name it has outside.
        for folder in {root, inside, *(up for up in inside.parents if up.is_relative_to(root))}:
            if (folder / limit).exists() and (most := (folder / limit).read_text().strip()) != "max":
                taken = int((folder / used).read_text()) - _given_back_on_demand(folder / "memory.stat")
                left.append(max(0, int(most) - taken))
    return left


def _given_back_on_demand(stat: Path) -> int:
    """Return the bytes of files that are only kept because nobody needs the memory."""
    lines = stat.read_text().splitlines() if stat.exists() else []
    told = dict(line.split(" ", 1) for line in lines if " " in line)
    return int(told.get("inactive_file", 0))
