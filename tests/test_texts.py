"""Columns of texts: as Python sees them, in Arrow's memory."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from geo_grid.texts import Texts, numbers_of, objects, trimmed


def test_texts_are_trimmed_as_python_does():
    signs = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    texts = [f"{sign}a{sign}" for sign in signs] + signs
    expected = [text.strip() or None for text in texts]
    assert trimmed(pa.array(texts, pa.large_string())).to_pylist() == expected


def test_texts_are_given_one_by_one_and_many_at_once():
    column = pa.array(["甲", None, "乙", "甲"], pa.large_string()).slice(1)
    texts = Texts(column)
    assert (len(texts), texts[0], texts[np.int64(1)]) == (3, None, "乙")
    assert texts[[2, 0]].tolist() == ["甲", None]
    assert texts[np.array([True, False, True])].tolist() == [None, "甲"]
    assert objects(column).tolist() == [None, "乙", "甲"]


def test_equal_texts_have_equal_numbers_and_others_hardly_ever():
    many = [f"H{at:08d}" for at in range(20_000)] + [f"{at}" * 20 for at in range(300)] + ["", "a", "楼"]
    numbers = numbers_of(pa.array([*many, None], pa.large_string()))
    assert len(numbers) == len(many)
    assert len(np.unique(numbers)) == len(many)
    again = numbers_of(pa.array([None, *many[::-1]], pa.large_string()).slice(1))
    assert (again == numbers[::-1]).all()
