"""Packing: what comes out of the block is what went in, checked by a second decoder written from the format's description."""

from __future__ import annotations

import base64
import gzip
import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from maps.pack import Packer, varints


def decode(block: str) -> tuple[object, list[list[int]]]:
    content = gzip.decompress(base64.b64decode(block))
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    at, arrays = 4 + length, []
    for size, mode in header["arrays"]:
        values, shift, value, last = [], 0, 0, 0
        for byte in content[at : at + size]:
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                whole = value // 2 if value % 2 == 0 else -(value + 1) // 2
                last = last + whole if mode else whole
                values.append(last)
                shift = value = 0
        arrays.append(values)
        at += size
    return header["tree"], arrays


@given(st.lists(st.integers(-(2**40), 2**40), max_size=60))
def test_integers_come_back(values):
    packer = Packer()
    ref = packer.integers(values)
    assert decode(packer.block(ref))[1][ref["@"]] == values


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=40), st.integers(0, 4))
def test_numbers_come_back_to_their_decimals_and_missing_stays_missing(values, digits):
    """docs/metod/karta.md, P4."""
    packer = Packer()
    ref = packer.numbers(values, digits=digits)
    _, arrays = decode(packer.block(ref))
    gone = set(arrays[ref["z"]]) if "z" in ref else set()
    assert gone == {i for i, value in enumerate(values) if value is None}
    for i, value in enumerate(values):
        if value is not None:
            assert abs(arrays[ref["@"]][i] / ref["s"] - value) <= 0.5000001 / 10**digits


def test_words_repeat_once_and_equal_input_gives_equal_text():
    texts = []
    for _ in range(2):
        packer = Packer()
        tree = packer.words(["skola", None, "skola", "</script>"])
        texts.append(packer.block(tree))
        assert tree["words"] == ["skola", "</script>"]
    assert texts[0] == texts[1]
    assert "<" not in texts[0]


def test_zigzag_leb128_of_known_numbers():
    # 0 -> 00, -1 -> 01, 1 -> 02, 300 -> zigzag 600 -> D8 04 (LEB128, as in the WebAssembly and protobuf documentation)
    assert varints(np.array([0, -1, 1, 300])) == bytes([0x00, 0x01, 0x02, 0xD8, 0x04])
