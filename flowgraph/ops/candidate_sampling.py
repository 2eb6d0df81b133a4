"""Candidate classes drawn for losses over many classes, and how often each is expected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.candidate_samplers import (
    AllCandidateSampler,
    CandidateSampler,
    ComputeAccidentalHits,
    FixedUnigramCandidateSampler,
    LearnedUnigramCandidateSampler,
    LogUniformCandidateSampler,
    UniformCandidateSampler,
)
from flowgraph.ops.core import apply_all
from flowgraph.ops.random import op_seeds


class SampledCandidates(NamedTuple):
    """Classes that were drawn, and how often each class is expected in a draw."""

    sampled_candidates: Tensor
    true_expected_count: Tensor
    sampled_expected_count: Tensor


def _sample(
    kind: Callable[..., CandidateSampler],
    true_classes: Any,
    seed: int | None,
    name: str | None,
    **attributes: Any,
) -> SampledCandidates:
    seed1, seed2 = op_seeds(seed)
    op = kind(**attributes, seed=seed1, seed2=seed2)
    return SampledCandidates(*apply_all(op, true_classes, name=name))


def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> SampledCandidates:
    """Draw candidate classes with equal probability.

    Parameters
    ----------
    true_classes : Tensor
        int64 of shape ``[batch, num_true]``.
    num_true : int
    num_sampled : int
        How many classes to draw, for the whole batch.
    unique : bool
        Draw each class once at most.
    range_max : int
        The number of classes.
    seed : int, optional
        Draws the same candidates in every session. See `set_random_seed`.
    name : str, optional

    Returns
    -------
    sampled_candidates : Tensor
        int64 of shape ``[num_sampled]``.
    true_expected_count, sampled_expected_count : Tensor
        float32, of the shapes of `true_classes` and `sampled_candidates`: how often each of
        these classes is expected among the candidates.

    Raises
    ------
    InvalidArgumentError
        If `true_classes` has another number of columns, or `num_sampled` unique classes do not
        exist.

    Examples
    --------
    >>> found = tf.nn.uniform_candidate_sampler([[1], [2]], 1, 5, True, 20, seed=3)
    >>> tf.Session().run(found[0])
    array([15,  0,  3,  8, 17])
    """
    return _sample(
        UniformCandidateSampler, true_classes, seed, name, num_true=num_true,
        num_sampled=num_sampled, unique=unique, range_max=range_max,
    )  # fmt: skip


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> SampledCandidates:
    """Draw candidate classes by Zipf's law, as words in order of falling frequency have it.

    Class k has probability ``log((k + 2) / (k + 1)) / log(range_max + 1)``. As
    `uniform_candidate_sampler`.

    Examples
    --------
    >>> found = tf.nn.log_uniform_candidate_sampler([[1], [2]], 1, 5, True, 20, seed=3)
    >>> tf.Session().run(found[0])
    array([ 0, 10,  6,  2,  9])
    """
    return _sample(
        LogUniformCandidateSampler, true_classes, seed, name, num_true=num_true,
        num_sampled=num_sampled, unique=unique, range_max=range_max,
    )  # fmt: skip


def learned_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> SampledCandidates:
    """Draw candidate classes with the frequencies of the true classes of earlier runs.

    As `uniform_candidate_sampler`.

    Examples
    --------
    >>> found = tf.nn.learned_unigram_candidate_sampler([[1], [2]], 1, 5, True, 8, seed=3)
    >>> tf.Session().run(found[0])
    array([7, 4, 0, 1, 5])
    """
    return _sample(
        LearnedUnigramCandidateSampler, true_classes, seed, name, num_true=num_true,
        num_sampled=num_sampled, unique=unique, range_max=range_max,
    )  # fmt: skip


def fixed_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Sequence[float] = (),
    seed: int | None = None,
    name: str | None = None,
) -> SampledCandidates:
    """Draw candidate classes with given frequencies.

    Parameters
    ----------
    true_classes, num_true, num_sampled, unique, range_max, seed, name
        As for `uniform_candidate_sampler`.
    vocab_file : str
        A file whose lines hold the frequencies in their last column, split by commas.
    distortion : float
        The power that the frequencies are raised to.
    num_reserved_ids : int
        So many first classes are never drawn; the frequencies start after them.
    num_shards, shard : int
        Of the frequencies, use every `num_shards`-th only, from `shard` on.
    unigrams : list of float
        The frequencies, instead of a file.

    Raises
    ------
    InvalidArgumentError
        Unless frequencies are given in exactly one way, and there are `range_max` of them.

    Examples
    --------
    >>> weights = [1.0, 2.0, 3.0, 4.0, 5.0]
    >>> found = tf.nn.fixed_unigram_candidate_sampler(
    ...     [[1], [2]], 1, 3, True, 5, unigrams=weights, seed=3
    ... )
    >>> tf.Session().run(found[0])
    array([3, 4, 1])
    """
    return _sample(
        FixedUnigramCandidateSampler, true_classes, seed, name, num_true=num_true,
        num_sampled=num_sampled, unique=unique, range_max=range_max, vocab_file=vocab_file,
        distortion=distortion, num_reserved_ids=num_reserved_ids, num_shards=num_shards,
        shard=shard, unigrams=tuple(unigrams),
    )  # fmt: skip


def all_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    seed: int | None = None,
    name: str | None = None,
) -> SampledCandidates:
    """Return every class ``0 .. num_sampled - 1`` once: a test against the full loss.

    As `uniform_candidate_sampler`.

    Examples
    --------
    >>> tf.Session().run(tf.nn.all_candidate_sampler([[1], [2]], 1, 3, True)[0])
    array([0, 1, 2])
    """
    return _sample(
        AllCandidateSampler, true_classes, seed, name, num_true=num_true,
        num_sampled=num_sampled, unique=unique,
    )  # fmt: skip


def compute_accidental_hits(
    true_classes: Any,
    sampled_candidates: Any,
    num_true: int,
    seed: int | None = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Find the candidates that are a true class of a row.

    Parameters
    ----------
    true_classes : Tensor
        int64 of shape ``[batch, num_true]``.
    sampled_candidates : Tensor
        int64 of shape ``[num_sampled]``.
    num_true : int
    seed : int, optional
        An attribute of the operation; nothing is drawn.
    name : str, optional

    Returns
    -------
    indices : Tensor
        int32: the row of each hit.
    ids : Tensor
        int64: the place of the candidate.
    weights : Tensor
        The lowest float32: added to a logit, it takes the candidate out.

    Examples
    --------
    >>> hits = tf.nn.compute_accidental_hits([[1], [2]], [5, 2], 1)
    >>> tf.Session().run(hits[:2])
    (array([1], dtype=int32), array([1]))
    """
    seed1, seed2 = op_seeds(seed)
    op = ComputeAccidentalHits(num_true=num_true, seed=seed1, seed2=seed2)
    indices, ids, weights = apply_all(op, true_classes, sampled_candidates, name=name)
    return indices, ids, weights
