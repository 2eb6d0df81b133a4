"""From the graph's seed and an op's seed to the attributes `seed` and `seed2`."""

DEFAULT_GRAPH_SEED = 87654321
MODULUS = 2**31 - 1


def resolve_seed(graph_seed: int | None, op_seed: int | None, last_id: int) -> tuple[int, int]:
    """The attributes `seed` and `seed2` of a random op.

    Parameters
    ----------
    graph_seed : int or None
        Seed set with `tf.set_random_seed`.
    op_seed : int or None
        Argument `seed` of the op.
    last_id : int
        Count of nodes made so far in the graph. It is the op seed where only the graph has one.

    Returns
    -------
    tuple of int
        (0, 0) where neither seed is given: the stream then differs between sessions. Seeds that
        are both zero modulo 2**31 - 1 become (0, 2**31 - 1), to be told apart from that.

    Examples
    --------
    >>> from flowgraph.random_streams import resolve_seed
    >>> resolve_seed(None, 1, 5), resolve_seed(3, None, 5), resolve_seed(None, None, 5)
    ((87654321, 1), (3, 5), (0, 0))
    """
    if graph_seed is None and op_seed is None:
        return 0, 0
    seed = (DEFAULT_GRAPH_SEED if graph_seed is None else graph_seed) % MODULUS
    seed2 = (last_id if op_seed is None else op_seed) % MODULUS
    return (seed, seed2) if seed or seed2 else (0, MODULUS)
