"""Words are reversed with attention, greedily and by beam search, as TensorFlow 1.15.5 does."""

import numpy as np

import flowgraph as tf
from tests.programs.translation import run


def test_words_are_reversed_as_in_tensorflow():
    losses, greedy, beams, scores = run(tf)
    np.testing.assert_allclose(
        [*losses[::10], losses[-1]], [2.09508, 1.90178, 1.70286, 1.44162, 1.06022], atol=2e-5
    )
    assert greedy == [[7, 5, 5, 0], [4, 6, 7, 0]]
    assert beams == [
        [[5, 7, 7], [7, 5, 7], [5, 5, 5], [0, 0, 0]],
        [[6, 4, 4], [6, 6, 6], [7, 7, 6], [0, 0, 0]],
    ]
    expected = [
        [
            [-0.880727, -0.896789, -2.304813],
            [-1.650666, -1.661091, -1.664975],
            [-2.383604, -2.442772, -2.443318],
            [-2.530784, -2.590044, -2.616042],
        ],
        [
            [-1.310720, -1.336253, -1.507484],
            [-2.294597, -2.326978, -2.515652],
            [-3.223448, -3.230350, -3.326346],
            [-3.275387, -3.435156, -3.463104],
        ],
    ]
    np.testing.assert_allclose(scores, expected, atol=2e-5)
