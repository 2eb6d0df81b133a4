"""Strings scattered over numbered buckets by hash functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Spec
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid, renamed_argument
from flowgraph.ops.core import apply
from flowgraph.ops.string import StringMap, each
from flowgraph.ops.string_fingerprint import farmhash64, murmur64, siphash24
from flowgraph.shapes import TensorShape


class _ToBucket(StringMap, abstract=True):
    """A hash function of strings, modulo the number of buckets."""

    signature = Signature("input: string -> output: int64")

    num_buckets: int

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        if self.num_buckets < 1:
            raise ValueError(
                f"Attr 'num_buckets' of '{self.type}' Op passed {self.num_buckets} less than "
                "minimum 1."
            )
        return super().infer(*inputs)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        count, fingerprint = self.num_buckets, self.fingerprint()
        return each(lambda s: fingerprint(s) % count, inputs[0], np.int64)

    def fingerprint(self) -> Callable[[bytes], int]:
        """Return the hash function."""
        raise NotImplementedError


class StringToHashBucket(_ToBucket):
    """The bucket of each string, by a hash that may change between releases."""

    signature = Signature("string_tensor: string -> output: int64")

    def fingerprint(self) -> Callable[[bytes], int]:
        return murmur64


class StringToHashBucketFast(_ToBucket):
    """The bucket of each string, by a fast hash that never changes."""

    def fingerprint(self) -> Callable[[bytes], int]:
        return farmhash64


class StringToHashBucketStrong(_ToBucket):
    """The bucket of each string, by a hash under a key."""

    key: tuple[int, ...]

    def fingerprint(self) -> Callable[[bytes], int]:
        if len(self.key) != 2:
            raise invalid("Key must have 2 elements")
        first, second = self.key
        return lambda string: siphash24(string, (first, second))


def string_to_hash_bucket(
    string_tensor: Any = None, num_buckets: Any = None, name: str | None = None, input: Any = None
) -> Tensor:
    """Return a bucket for each string. `string_to_hash_bucket_fast` is the better choice.

    Parameters
    ----------
    string_tensor : Tensor
        Strings.
    num_buckets : int
        How many buckets there are.
    name : str, optional
    input
        Another name of `string_tensor`.

    Returns
    -------
    Tensor
        Of int64, from 0 to ``num_buckets - 1``.

    Raises
    ------
    ValueError
        If there is no bucket, or the strings are given under both names.

    Examples
    --------
    >>> tf.Session().run(tf.string_to_hash_bucket(["a", "b"], 10))
    array([8, 0])
    """
    strings = renamed_argument("string_tensor", string_tensor, "input", input)
    if num_buckets is None:
        raise TypeError("Expected int for argument 'num_buckets' not None.")
    return apply(StringToHashBucket(num_buckets=int(num_buckets)), strings, name=name)


def string_to_hash_bucket_fast(input: Any, num_buckets: int, name: str | None = None) -> Tensor:
    """Return a bucket for each string, the same on every machine and in every release.

    Parameters
    ----------
    input : Tensor
        Strings.
    num_buckets : int
        How many buckets there are.
    name : str, optional

    Returns
    -------
    Tensor
        Of int64, from 0 to ``num_buckets - 1``.

    Raises
    ------
    ValueError
        If there is no bucket.

    Notes
    -----
    The hash is FarmHash's Fingerprint64. Who knows it can choose strings that all
    fall into one bucket; see `string_to_hash_bucket_strong`.

    Examples
    --------
    >>> tf.Session().run(tf.string_to_hash_bucket_fast(["a", "b"], 10))
    array([9, 2])
    """
    return apply(StringToHashBucketFast(num_buckets=int(num_buckets)), input, name=name)


def string_to_hash_bucket_strong(
    input: Any, num_buckets: int, key: Any, name: str | None = None
) -> Tensor:
    """Return a bucket for each string, by a hash under a secret key.

    Parameters
    ----------
    input : Tensor
        Strings.
    num_buckets : int
        How many buckets there are.
    key : list of int
        Two 64-bit numbers.
    name : str, optional

    Returns
    -------
    Tensor
        Of int64, from 0 to ``num_buckets - 1``.

    Raises
    ------
    ValueError
        If there is no bucket.
    InvalidArgumentError
        When run: if the key is not two numbers.

    Notes
    -----
    The hash is SipHash-2-4.

    Examples
    --------
    >>> tf.Session().run(tf.string_to_hash_bucket_strong(["a", "b"], 10, key=[1, 2]))
    array([6, 4])
    """
    op = StringToHashBucketStrong(num_buckets=int(num_buckets), key=tuple(int(k) for k in key))
    return apply(op, input, name=name)
