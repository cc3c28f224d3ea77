"""The Merkle tree of RFC 9162 §2.1: hashes, growth, inclusion and consistency proofs, and their verifiers.

Pure. A tree is known by its complete subtrees only: node (level, index) is the root over the leaves
[index * 2^level, (index + 1) * 2^level). Such a node never changes once its last leaf is there, so it is written once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

Node = tuple[int, int]
Nodes = Mapping[Node, bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf (RFC 9162 §2.1.1)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children (RFC 9162 §2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def peaks(size: int) -> list[Node]:
    """The complete subtrees that make up a tree of `size` leaves, from the left, the largest first."""
    return cover(0, size)


def cover(start: int, end: int) -> list[Node]:
    """The complete subtrees of the leaves [start, end), where `start` is where a subtree of the tree begins."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring subtrees, given from the left: the smaller ones hang to the right."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def root(nodes: Nodes, size: int) -> bytes:
    """The root of the first `size` leaves, from the nodes of `peaks(size)`."""
    return fold([nodes[node] for node in peaks(size)])


def grow(
    size: int, frontier: Sequence[bytes], leaves: Iterable[bytes]
) -> tuple[list[tuple[int, int, bytes]], list[bytes]]:
    """Add leaf hashes to a tree of `size` leaves whose peaks have the hashes `frontier`.

    Gives the complete subtrees that came into being, as (level, index, hash) with the leaves as level 0, children
    before parents, and the new frontier. A node is made only from a left sibling that is at hand.
    """
    stack = list(frontier)
    if len(stack) != size.bit_count():
        raise ValueError("the frontier does not belong to this size")
    made: list[tuple[int, int, bytes]] = []
    for position, hashed in enumerate(leaves, start=size):
        made.append((0, position, hashed))
        level, index = 0, position
        while index & 1:
            hashed = node_hash(stack.pop(), hashed)
            level, index = level + 1, index >> 1
            made.append((level, index, hashed))
        stack.append(hashed)
    return made, stack


def inclusion_path(position: int, size: int) -> list[list[Node]]:
    """What the inclusion proof of a leaf consists of (RFC 9162 §2.1.3.1): per hash, the nodes to fold into it."""
    if not 0 <= position < size:
        raise ValueError("the leaf is not in a tree of this size")
    return [cover(start, end) for start, end in _siblings(position, size)]


def _siblings(position: int, size: int) -> list[tuple[int, int]]:
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if position < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_path(old: int, new: int) -> list[list[Node]]:
    """What the proof that `new` leaves begin with `old` ones consists of (RFC 9162 §2.1.4.1)."""
    if not 0 <= old <= new:
        raise ValueError("the older tree is not larger than the newer one")
    return [cover(start, end) for start, end in _subproof(old, 0, new, True)] if 0 < old < new else []


def _subproof(old: int, start: int, end: int, whole: bool) -> Iterator[tuple[int, int]]:
    if old == end:
        if not whole:
            yield start, end
        return
    middle = start + (1 << (end - start - 1).bit_length() - 1)
    if old <= middle:
        yield from _subproof(old, start, middle, whole)
        yield middle, end
    else:
        yield from _subproof(old, middle, end, False)
        yield start, middle


def proof(path: Sequence[Sequence[Node]], nodes: Nodes) -> list[bytes]:
    """The hashes of a path, from nodes at hand."""
    return [fold([nodes[node] for node in part]) for part in path]


def includes(leaf: bytes, position: int, size: int, path: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether the proof shows the leaf hash at `position` in the tree of this root (RFC 9162 §2.1.3.2)."""
    if not 0 <= position < size:
        return False
    first, last, hashed = position, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            hashed = node_hash(sibling, hashed)
            while first & 1 == 0 and first != 0:
                first, last = first >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and hashed == root_hash


def extends(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the proof shows that the newer tree begins with the older one (RFC 9162 §2.1.4.2).

    Equal sizes need equal roots; the empty tree is the beginning of every tree.
    """
    if not 0 <= old <= new:
        return False
    if old == 0 or old == new:
        return not path and old_root == (EMPTY_ROOT if old == 0 else new_root)
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_hash = new_hash = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old_hash, new_hash = node_hash(step, old_hash), node_hash(step, new_hash)
            while first & 1 == 0 and first != 0:
                first, last = first >> 1, last >> 1
        else:
            new_hash = node_hash(new_hash, step)
        first, last = first >> 1, last >> 1
    return last == 0 and old_hash == old_root and new_hash == new_root
