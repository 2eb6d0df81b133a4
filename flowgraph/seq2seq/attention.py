"""Attention: which steps of a memory an output looks at."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import as_dtype
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.core import Dense
from flowgraph.ops import nest
from flowgraph.ops.arithmetic import square
from flowgraph.ops.array import expand_dims, reshape, squeeze
from flowgraph.ops.assertions import assert_positive
from flowgraph.ops.core import convert_to_tensor, rank
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import ones, ones_like
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.ops.masking import sequence_mask
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.selection import where
from flowgraph.ops.softmax import softmax
from flowgraph.ops.transcendental import rsqrt, tanh
from flowgraph.rnn.sizes import zero_states
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Constant, Ones, Zeros
from flowgraph.variables.variable_scope import variable_scope

ProbabilityFunction = Callable[[Tensor, Any], Tensor]


class AttentionMechanism:
    """The base of attention mechanisms.

    Examples
    --------
    >>> issubclass(tf.contrib.seq2seq.LuongAttention, tf.contrib.seq2seq.AttentionMechanism)
    True
    """

    @property
    def alignments_size(self) -> Any:
        """How many steps the memory has."""
        raise NotImplementedError

    @property
    def state_size(self) -> Any:
        """The size of the state, without the batch."""
        raise NotImplementedError


class ScoredAttention(AttentionMechanism):
    """A mechanism that turns a score for each step of the memory into probabilities.

    Parameters
    ----------
    num_units : int
        The depth that memory and query are compared in.
    memory : Tensor
        ``(batch, time, depth)``.
    memory_sequence_length : Tensor, optional
        ``(batch,)``: how many steps there are. What comes after is zero and not looked at.
    probability_fn : callable
        Takes the scores and the state; returns the alignments.
    score_mask_value : float, optional
        The score of what is not looked at; minus infinity by default.
    dtype : DType, optional
        float32 by default.
    custom_key_value_fn : callable, optional
        Takes keys and values; returns what to use for them.
    name : str
        Of the scope in which the keys are made.
    """

    scope_name: str
    projects_query = False

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any,
        probability_fn: ProbabilityFunction,
        score_mask_value: Any,
        dtype: Any,
        custom_key_value_fn: Callable[[Any, Any], Any] | None,
        name: str | None,
    ) -> None:
        def layer(name: str) -> Dense:
            return Dense(num_units, name=name, use_bias=False, dtype=dtype or dtypes.float32)

        self._query_layer = layer("query_layer") if self.projects_query else None
        self._memory_layer = layer("memory_layer")
        self.dtype = self._memory_layer.dtype
        self._num_units = num_units
        self._probability_fn = probability_fn
        self._lengths = memory_sequence_length
        if score_mask_value is None:
            score_mask_value = as_dtype(self.dtype).numpy.type(-np.inf)
        self._score_mask_value = score_mask_value
        with name_scope(name, "BaseAttentionMechanismInit", nest.flatten(memory)):
            self._values = _masked_memory(memory, memory_sequence_length)
            self._keys: Any = self._memory_layer(self._values)
            if custom_key_value_fn is not None:
                self._keys, self._values = custom_key_value_fn(self._keys, self._values)
            self._batch_size = self._keys.shape[0].value or shape_of(self._keys)[0]
            self._alignments_size = self._keys.shape[1].value or shape_of(self._keys)[1]

    @property
    def memory_layer(self) -> Dense:
        """The layer that makes the keys."""
        return self._memory_layer

    @property
    def query_layer(self) -> Dense | None:
        """The layer that a query goes through, if there is one."""
        return self._query_layer

    @property
    def values(self) -> Any:
        """The memory, zero where there is none."""
        return self._values

    @property
    def keys(self) -> Any:
        """What queries are compared with."""
        return self._keys

    @property
    def batch_size(self) -> Any:
        """How many sequences there are: an int or a tensor."""
        return self._batch_size

    @property
    def alignments_size(self) -> Any:
        return self._alignments_size

    @property
    def state_size(self) -> Any:
        return self._alignments_size

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Tensor:
        """Return the alignments before the first step: zeros."""
        zero: Tensor = zero_states(self._alignments_size, batch_size, dtype)
        return zero

    def initial_state(self, batch_size: Any, dtype: Any) -> Tensor:
        """Return the state before the first step: the initial alignments."""
        return self.initial_alignments(batch_size, dtype)

    def __call__(self, query: Tensor, state: Any) -> tuple[Tensor, Tensor]:
        """Return the alignments of a query, and the next state, which is the same."""
        with variable_scope(None, self.scope_name, [query]):
            score = self.score(query)
        alignments = self._probability_fn(self._masked(score), state)
        return alignments, alignments

    def score(self, query: Tensor) -> Tensor:
        """Return how well a query fits to each step of the memory."""
        raise NotImplementedError

    def _masked(self, score: Tensor) -> Tensor:
        if self._lengths is None:
            return score
        check = assert_positive(
            self._lengths,
            message="All values in memory_sequence_length must be greater than zero.",
        )
        with control_dependencies([check]):
            mask = sequence_mask(self._lengths, maxlen=shape_of(score)[1])
        return where(mask, score, self._score_mask_value * ones_like(score))


def _masked_memory(memory: Any, lengths: Any) -> Any:
    memory = nest.map_structure(lambda part: convert_to_tensor(part, name="memory"), memory)
    if lengths is not None:
        lengths = convert_to_tensor(lengths, name="memory_sequence_length")
    parts = nest.flatten(memory)
    for part in parts:
        if not part.shape[2:].is_fully_defined():
            raise ValueError(
                f"Expected memory {part.name} to have fully defined inner dims, but saw shape: "
                f"{part.shape}"
            )
    if lengths is None:
        return memory
    mask = sequence_mask(lengths, maxlen=shape_of(parts[0])[1], dtype=parts[0].dtype)

    def masked(part: Tensor) -> Tensor:
        known = part.shape.rank
        extra = ones((rank(part) if known is None else known) - 2, dtype=dtypes.int32)
        return part * reshape(mask, concat((shape_of(mask), extra), 0))

    return nest.map_structure(masked, memory)


class LuongScore(ScoredAttention):
    """Scores of which each is the inner product of query and key."""

    scope_name = "luong_attention"
    _scale: bool

    def score(self, query: Tensor) -> Tensor:
        gain = None
        if self._scale:
            gain = get_variable("attention_g", dtype=query.dtype, initializer=Ones(), shape=())
        depth, units = query.shape[-1], self._keys.shape[-1]
        if depth != units:
            raise ValueError(
                "Incompatible or unknown inner dimensions between query and keys.  Query "
                f"({query}) has units: {depth}.  Keys ({self._keys}) have units: {units}.  "
                f"Perhaps you need to set num_units to the keys' dimension ({units})?"
            )
        score = squeeze(matmul(expand_dims(query, 1), self._keys, transpose_b=True), [1])
        return score if gain is None else gain * score


class BahdanauScore(ScoredAttention):
    """Scores ``v . tanh(key + query)``, with a trained vector ``v``."""

    scope_name = "bahdanau_attention"
    projects_query = True
    _normalize: bool

    def score(self, query: Tensor) -> Tensor:
        units, dtype = self._num_units, query.dtype
        assert self._query_layer is not None
        query = self._query_layer(query)
        v: Any = get_variable("attention_v", [units], dtype=dtype)
        if self._normalize:
            start = Constant(math.sqrt(1.0 / units))
            gain: Any = get_variable("attention_g", dtype=dtype, initializer=start, shape=())
            bias = get_variable("attention_b", [units], dtype=dtype, initializer=Zeros())
            query = expand_dims(query, 1)
            v = gain * v * rsqrt(reduce_sum(square(v)))
            return reduce_sum(v * tanh(self._keys + query + bias), [2])
        return reduce_sum(v * tanh(self._keys + expand_dims(query, 1)), [2])


def _stateless(probability_fn: Callable[[Tensor], Tensor] | None) -> ProbabilityFunction:
    """Return a probability function of scores as one of scores and state."""
    function = softmax if probability_fn is None else probability_fn
    return lambda score, _: function(score)


class LuongAttention(LuongScore):
    """Multiplicative attention [1]_: the score is the inner product of query and key.

    Parameters
    ----------
    num_units : int
        The depth of the keys, which must be that of the queries.
    memory : Tensor
        ``(batch, time, depth)``, usually the outputs of an encoder.
    memory_sequence_length : Tensor, optional
        ``(batch,)``: how many steps there are. What comes after is zero and not looked at.
    scale : bool
        Multiply the scores by a trained number, as a weight of their size.
    probability_fn : callable, optional
        Turns scores into alignments; by default `tf.nn.softmax`.
    score_mask_value : float, optional
        The score of what is not looked at; minus infinity by default.
    dtype : DType, optional
        float32 by default.
    custom_key_value_fn : callable, optional
        Takes keys and values; returns what to use for them.
    name : str
        Of the scope in which the keys are made.

    Raises
    ------
    ValueError
        If the depth of the memory is not known, or that of a query not `num_units`.
    InvalidArgumentError
        When run: if a length is not positive.

    References
    ----------
    .. [1] M. Luong, H. Pham, C. Manning, Effective Approaches to Attention-based Neural
       Machine Translation, 2015

    Examples
    --------
    >>> attention = tf.contrib.seq2seq.LuongAttention(4, tf.ones([2, 5, 3]), [5, 3])
    >>> alignments, _ = attention(tf.ones([2, 4]), attention.initial_state(2, tf.float32))
    >>> alignments.shape.as_list()
    [2, 5]
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        probability_fn: Callable[[Tensor], Tensor] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str | None = "LuongAttention",
    ) -> None:
        self._scale = scale
        super().__init__(
            num_units, memory, memory_sequence_length, _stateless(probability_fn),
            score_mask_value, dtype, custom_key_value_fn, name,
        )  # fmt: skip


class BahdanauAttention(BahdanauScore):
    """Additive attention [1]_: the score is ``v . tanh(key + query)``.

    Parameters
    ----------
    num_units : int
        The depth that memory and query are mapped to.
    memory, memory_sequence_length, probability_fn, score_mask_value, dtype
        As for `LuongAttention`.
    normalize : bool
        Give ``v`` a trained length, and add a bias [2]_.
    custom_key_value_fn, name : optional
        As for `LuongAttention`.

    Raises
    ------
    ValueError
        If the depth of the memory is not known.
    InvalidArgumentError
        When run: if a length is not positive.

    References
    ----------
    .. [1] D. Bahdanau, K. Cho, Y. Bengio, Neural Machine Translation by Jointly Learning to
       Align and Translate, 2015
    .. [2] T. Salimans, D. Kingma, Weight Normalization, 2016

    Examples
    --------
    >>> attention = tf.contrib.seq2seq.BahdanauAttention(4, tf.ones([2, 5, 3]))
    >>> alignments, _ = attention(tf.ones([2, 7]), attention.initial_state(2, tf.float32))
    >>> alignments.shape.as_list()
    [2, 5]
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        probability_fn: Callable[[Tensor], Tensor] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str | None = "BahdanauAttention",
    ) -> None:
        self._normalize = normalize
        super().__init__(
            num_units, memory, memory_sequence_length, _stateless(probability_fn),
            score_mask_value, dtype, custom_key_value_fn, name,
        )  # fmt: skip
