"""Samplers of candidate classes: the ops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY
from pathlib import Path
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.errors import NotFoundError
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.random_streams import PhiloxStream
from flowgraph.random_streams.candidates import (
    Distribution,
    FixedClasses,
    LearnedClasses,
    LogUniformClasses,
    UniformClasses,
    expected_counts,
)
from flowgraph.shapes import TensorShape

# What TensorFlow's kernels reserve for one candidate.
_BLOCKS_PER_CANDIDATE = 512


class CandidateSampler(Op, abstract=True):
    """What the samplers share: the draw, the expected counts, and the distribution's state."""

    signature = Signature(
        "true_classes: int64 -> sampled_candidates: int64, true_expected_count: float32, "
        "sampled_expected_count: float32"
    )
    host_only = True
    is_stateful = True
    is_random = True

    num_true: int
    num_sampled: int
    unique: bool
    _: KW_ONLY
    seed: int = 0
    seed2: int = 0

    def __post_init__(self) -> None:
        for name in ("num_true", "num_sampled", "range_max"):
            value = getattr(self, name, 1)
            if value < 1:
                raise ValueError(
                    f"Attr '{name}' of '{self.type}' Op passed {value} less than minimum 1."
                )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rows = (with_rank(inputs[0].shape, 2).sizes or (None,))[0]
        drawn = TensorShape.of((self.num_sampled,))
        return drawn, TensorShape.of((rows, self.num_true)), drawn

    def distribution(self) -> Distribution:
        """Return the distribution in its first state."""
        raise NotImplementedError(f"distribution of {self.type}")

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        return self._run(xp, PhiloxStream(self.seed, self.seed2), self.distribution(), inputs[0])

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        stream, distribution = resources.get(
            operation, lambda: (PhiloxStream(self.seed, self.seed2), self.distribution())
        )
        return lambda true: self._run(xp, stream, distribution, true)

    def _run(
        self, xp: Any, stream: PhiloxStream, distribution: Distribution, true: Array
    ) -> tuple[Array, ...]:
        self.check_classes(true)
        if self.unique and distribution.count < self.num_sampled:
            raise invalid("Sampler's range is too small.")
        words = stream.words(_BLOCKS_PER_CANDIDATE * self.num_sampled)
        drawn, tries = self._draw(words, distribution)
        counts = [
            expected_counts(distribution.probability(classes), self.num_sampled, tries)
            for classes in (true, drawn)
        ]
        distribution.learn(true)
        return xp.asarray(drawn), xp.asarray(counts[0]), xp.asarray(counts[1])

    def check_classes(self, true: Array) -> None:
        """Raise unless the true classes are a matrix of `num_true` columns."""
        if true.ndim != 2:
            raise invalid("true_classes must be a matrix")
        if true.shape[1] != self.num_true:
            raise invalid(
                f"true_classes must have num_true columns, expected: {true.shape[1]} was: "
                f"{self.num_true}"
            )

    def _draw(
        self, words: Callable[[int, int], Array], distribution: Distribution
    ) -> tuple[Array, int]:
        """Return the candidates and the number of tries that they took."""
        wanted, read = self.num_sampled, 4 * self.num_sampled
        while True:
            candidates = distribution.classes(words(0, read * distribution.stride))
            if not self.unique and len(candidates) >= wanted:
                return candidates[:wanted], wanted
            if self.unique:
                _, first = np.unique(candidates, return_index=True)
                if len(first) >= wanted:
                    places = np.sort(first)[:wanted]
                    return candidates[places], int(places[-1]) + 1
            read *= 4

    gradient = Op.not_differentiable


class UniformCandidateSampler(CandidateSampler):
    """Candidates with equal probability."""

    range_max: int

    def distribution(self) -> Distribution:
        return UniformClasses(self.range_max)


class LogUniformCandidateSampler(CandidateSampler):
    """Candidates by Zipf's law: classes must be numbered by falling frequency."""

    range_max: int

    def distribution(self) -> Distribution:
        return LogUniformClasses(self.range_max)


class LearnedUnigramCandidateSampler(CandidateSampler):
    """Candidates with the frequencies of the true classes seen so far."""

    range_max: int

    def distribution(self) -> Distribution:
        return LearnedClasses(self.range_max)


class FixedUnigramCandidateSampler(CandidateSampler):
    """Candidates with given frequencies."""

    range_max: int
    vocab_file: str = ""
    distortion: float = 1.0
    num_reserved_ids: int = 0
    num_shards: int = 1
    shard: int = 0
    unigrams: tuple[float, ...] = ()

    def distribution(self) -> Distribution:
        if not self.vocab_file and not self.unigrams:
            raise invalid("Must provide either vocab_file or unigrams.")
        if self.vocab_file and self.unigrams:
            raise invalid("Must only provide one of vocab_file and unigrams.")
        frequencies = _frequencies(self.vocab_file) if self.vocab_file else self.unigrams
        powers = np.array(frequencies, np.float32).astype(np.float64) ** self.distortion
        own = powers.astype(np.float32)[self._first_of_shard() :: self.num_shards]
        weights = np.concatenate([np.zeros(self.num_reserved_ids, np.float32), own])
        if len(weights) != self.range_max:
            raise invalid(f"range_max is {self.range_max}, but there are {len(weights)} weights")
        return FixedClasses(weights)

    def _first_of_shard(self) -> int:
        # The reserved ids are numbered along.
        return (self.shard - self.num_reserved_ids) % self.num_shards


def _frequencies(path: str) -> list[float]:
    """Return the last column of a file of comma-separated values."""
    try:
        lines = Path(path).read_text().splitlines()
    except FileNotFoundError:
        raise NotFoundError(None, None, f"{path}; No such file or directory") from None
    return [float(line.rsplit(",", 1)[-1]) for line in lines if line]


class AllCandidateSampler(CandidateSampler):
    """Every class, once: for tests of losses."""

    def distribution(self) -> Distribution:
        return UniformClasses(self.num_sampled)

    def _run(
        self, xp: Any, stream: PhiloxStream, distribution: Distribution, true: Array
    ) -> tuple[Array, ...]:
        self.check_classes(true)
        once = xp.ones(self.num_sampled, dtype=np.float32)
        return xp.arange(self.num_sampled), xp.ones(true.shape, dtype=np.float32), once


class ComputeAccidentalHits(Op):
    """Where candidates equal a true class of their row."""

    signature = Signature(
        "true_classes: int64, sampled_candidates: int64 "
        "-> indices: int32, ids: int64, weights: float32"
    )
    host_only = True

    num_true: int
    seed: int = 0
    seed2: int = 0

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        columns = (with_rank(inputs[0].shape, 2).sizes or (None, None))[1]
        with_rank(inputs[1].shape, 1)
        if columns not in (None, self.num_true):
            raise ValueError(f"Dimension must be {self.num_true} but is {columns}")
        return (TensorShape.of((None,)),) * 3

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        true, sampled = inputs
        if true.ndim != 2 or true.shape[1] != self.num_true:
            raise invalid("true_candidates must be a batch_size * num_true matrix")
        if sampled.ndim != 1:
            raise invalid(
                "sampled_candidates must be a vector, which is typically an output from "
                "CandidateSampler"
            )
        order = np.argsort(sampled, kind="stable")
        # A candidate drawn twice counts at its last place.
        last = np.searchsorted(sampled[order], true.reshape(-1), side="right") - 1
        places = order[last] if len(order) else last
        is_hit = (last >= 0) & (sampled[places] == true.reshape(-1)) if len(order) else last > 0
        hits = np.flatnonzero(is_hit)
        rows = (hits // self.num_true).astype(np.int32)
        least = np.full(len(hits), np.finfo(np.float32).min)
        return xp.asarray(rows), xp.asarray(places[hits]), xp.asarray(least)

    gradient = Op.not_differentiable
