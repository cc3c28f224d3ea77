"""The tree against RFC 9162: known roots, a plain recursive twin, every size to 64, and chance."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edms.ledger import tree

# Inputs and roots used by the implementations of Certificate Transparency since RFC 6962.
INPUTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def hashes(count: int) -> list[bytes]:
    return [tree.leaf_hash(str(n).encode()) for n in range(count)]


def grown(count: int) -> dict[tree.Node, bytes]:
    made, _ = tree.grow(0, [], hashes(count))
    return {(level, index): hashed for level, index, hashed in made}


def plain_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return tree.node_hash(plain_root(leaves[:k]), plain_root(leaves[k:]))


def plain_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 9162 §2.1.3.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*plain_path(m, leaves[:k]), plain_root(leaves[k:])]
    return [*plain_path(m - k, leaves[k:]), plain_root(leaves[:k])]


NODES = grown(64)
LEAVES = hashes(64)
PLAIN_ROOTS = [plain_root(LEAVES[:n]) for n in range(65)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    made, frontier = tree.grow(0, [], [tree.leaf_hash(i) for i in INPUTS[:size]])
    assert tree.fold(frontier).hex() == ROOTS[size - 1]
    assert tree.root({(level, index): h for level, index, h in made}, size).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert tree.root({}, 0) == hashlib.sha256(b"").digest()


def test_every_inclusion_proof_to_64_is_the_standards_and_holds() -> None:
    for size in range(1, 65):
        for position in range(size):
            proof = tree.proof(tree.inclusion_path(position, size), NODES)
            assert proof == plain_path(position, LEAVES[:size])
            assert tree.includes(LEAVES[position], position, size, proof, PLAIN_ROOTS[size])


def test_every_consistency_proof_to_64_holds() -> None:
    for new in range(65):
        for old in range(new + 1):
            proof = tree.proof(tree.consistency_path(old, new), NODES)
            assert tree.extends(old, new, proof, PLAIN_ROOTS[old], PLAIN_ROOTS[new])


def test_a_proof_holds_for_its_own_place_only() -> None:
    for size in range(1, 33):
        for position in range(size):
            proof = tree.proof(tree.inclusion_path(position, size), NODES)
            for other in range(size):
                if other != position:
                    assert not tree.includes(LEAVES[position], other, size, proof, PLAIN_ROOTS[size])
                    assert not tree.includes(LEAVES[other], position, size, proof, PLAIN_ROOTS[size])
            assert not tree.includes(LEAVES[position], position, size, proof, PLAIN_ROOTS[size + 1])


def test_an_altered_proof_of_growth_does_not_hold() -> None:
    for new in range(2, 33):
        for old in range(1, new):
            proof = tree.proof(tree.consistency_path(old, new), NODES)
            wrong = bytes(32)
            assert not tree.extends(old, new, proof, wrong, PLAIN_ROOTS[new])
            assert not tree.extends(old, new, proof, PLAIN_ROOTS[old], wrong)
            assert not tree.extends(old, new, proof[:-1], PLAIN_ROOTS[old], PLAIN_ROOTS[new])
            assert not tree.extends(old, new, [*proof, wrong], PLAIN_ROOTS[old], PLAIN_ROOTS[new])
            for at in range(len(proof)):
                altered = [*proof[:at], wrong, *proof[at + 1 :]]
                assert not tree.extends(old, new, altered, PLAIN_ROOTS[old], PLAIN_ROOTS[new])


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3), (0, -1)])
def test_sizes_out_of_order_prove_nothing(old: int, new: int) -> None:
    assert not tree.extends(old, new, [], b"", b"")


def test_an_empty_older_tree_must_have_the_empty_root() -> None:
    assert tree.extends(0, 5, [], tree.EMPTY_ROOT, PLAIN_ROOTS[5])
    assert not tree.extends(0, 5, [], bytes(32), PLAIN_ROOTS[5])


def test_a_leaf_outside_the_tree_has_no_proof() -> None:
    for position, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(ValueError, match="not in a tree"):
            tree.inclusion_path(position, size)
        assert not tree.includes(LEAVES[0], position, size, [], LEAVES[0])


def test_a_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="frontier"):
        tree.grow(3, [LEAVES[0]], [LEAVES[1]])


@given(st.integers(0, 300), st.lists(st.integers(0, 60), max_size=6))
def test_growing_in_parts_gives_the_same_nodes_as_at_once(begin: int, parts: list[int]) -> None:
    count = begin + sum(parts)
    leaves = hashes(count)
    at_once, end = tree.grow(0, [], leaves)
    in_parts, frontier = tree.grow(0, [], leaves[:begin])
    size = begin
    for part in parts:
        made, frontier = tree.grow(size, frontier, leaves[size : size + part])
        in_parts, size = in_parts + made, size + part
    assert in_parts == at_once
    assert frontier == end


@given(st.data())
def test_proofs_of_any_size_hold(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 700))
    old, position = data.draw(st.integers(0, size)), data.draw(st.integers(0, size - 1))
    nodes = grown(size)
    root = tree.root(nodes, size)
    assert tree.includes(
        nodes[0, position], position, size, tree.proof(tree.inclusion_path(position, size), nodes), root
    )
    growth = tree.proof(tree.consistency_path(old, size), nodes)
    assert tree.extends(old, size, growth, tree.root(nodes, old), root)


def test_only_complete_subtrees_are_made_children_before_parents() -> None:
    made, _ = tree.grow(0, [], hashes(11))
    assert [(level, index) for level, index, _ in made if level] == [
        (1, 0),
        (1, 1),
        (2, 0),
        (1, 2),
        (1, 3),
        (2, 1),
        (3, 0),
        (1, 4),
    ]
