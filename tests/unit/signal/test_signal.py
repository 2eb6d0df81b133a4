"""`tf.signal` gives TensorFlow's values: 1.15.5's."""

import numpy as np
import pytest

import flowgraph as tf

X = np.random.RandomState(0).rand(2, 6).astype(np.float32)


def value(tensor):
    return tf.Session().run(tensor)


def close(tensor, expected):
    np.testing.assert_allclose(value(tensor), expected, rtol=1e-5, atol=2e-6)


DCT = {
    (1, None): [
        [5.767688, 0.410404, 0.041622, -0.370911, 0.061303, -0.564389],
        [7.027685, 0.42917, -0.172718, -1.091958, -0.924919, 0.869039],
    ],
    (2, None): [
        [6.962394, 0.254707, 0.081513, -0.63144, 0.064667, -0.350729],
        [7.994166, 0.265439, -0.659256, -1.091174, -1.053409, 0.932148],
    ],
    (2, "ortho"): [
        [1.421193, 0.073528, 0.023531, -0.182281, 0.018668, -0.101247],
        [1.631802, 0.076626, -0.190311, -0.314995, -0.304093, 0.269088],
    ],
    (3, None): [
        [4.503044, -0.971079, 0.77585, -0.918948, 0.374086, -0.470075],
        [5.43724, -1.174944, 0.501292, -1.380895, -1.116782, 0.359607],
    ],
    (3, "ortho"): [
        [1.36554, -0.214703, 0.289592, -0.199654, 0.173613, -0.070076],
        [1.62192, -0.286853, 0.197034, -0.346306, -0.270064, 0.156133],
    ],
}


@pytest.mark.parametrize(("kind", "norm"), DCT)
def test_cosine_transforms(kind, norm):
    close(tf.signal.dct(X, type=kind, norm=norm), DCT[kind, norm])
    inverse = {1: 1, 2: 3, 3: 2}[kind]
    close(tf.signal.idct(X, type=inverse, norm=norm), DCT[kind, norm])


def test_a_cosine_transform_of_another_length():
    close(
        tf.signal.dct(X, n=4),
        [[4.823298, 0.09331, -0.317146, -0.204728], [5.352928, 0.045026, -1.462872, 0.174276]],
    )
    close(
        tf.signal.dct(X, n=8)[0],
        [6.962396, 2.265229, -1.183849, 0.583493, -0.63144, -0.608319, 0.664477, -0.890061],
    )


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"axis": 0}, NotImplementedError, "^axis must be -1. Got: 0"),
        ({"type": 4}, ValueError, "^Only Types I, II and III"),
        (
            {"type": 1, "norm": "ortho"},
            ValueError,
            "^Normalization is not supported",
        ),
        ({"n": 0}, ValueError, "^n should be a positive integer or None"),
        ({"norm": "x"}, ValueError, "^Unknown normalization. Expected None or 'ortho', got: x"),
    ],
)
def test_cosine_transforms_refuse(options, error, match):
    with pytest.raises(error, match=match):
        tf.signal.dct(X, **options)


def test_windows():
    close(tf.signal.hann_window(8), [0.0, 0.146447, 0.5, 0.853553, 1.0, 0.853553, 0.5, 0.146446])
    close(
        tf.signal.hann_window(8, periodic=False),
        [0.0, 0.188255, 0.61126, 0.950484, 0.950484, 0.61126, 0.188255, 0.0],
    )
    close(tf.signal.hamming_window(5), [0.08, 0.54, 1.0, 0.54, 0.08])
    close(tf.signal.hann_window(1), [1.0])
    assert tf.signal.hann_window(4, dtype=tf.float64).dtype == tf.float64
    with pytest.raises(ValueError, match=r"^dtype must be a floating point type"):
        tf.signal.hann_window(4, dtype=tf.int32)


def test_frames():
    close(
        tf.signal.frame(np.arange(9.0), 4, 2),
        [[0.0, 1.0, 2.0, 3.0], [2.0, 3.0, 4.0, 5.0], [4.0, 5.0, 6.0, 7.0]],
    )
    close(
        tf.signal.frame(np.arange(9.0), 4, 2, pad_end=True, pad_value=-1),
        [
            [0.0, 1.0, 2.0, 3.0],
            [2.0, 3.0, 4.0, 5.0],
            [4.0, 5.0, 6.0, 7.0],
            [6.0, 7.0, 8.0, -1.0],
            [8.0, -1.0, -1.0, -1.0],
        ],
    )
    close(
        tf.signal.frame(np.arange(12.0).reshape(6, 2), 3, 2, axis=0),
        [[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], [[4.0, 5.0], [6.0, 7.0], [8.0, 9.0]]],
    )
    assert value(tf.signal.frame(np.arange(3.0), 4, 2)).shape == (0, 4)


def test_frames_of_a_signal_of_unknown_shape():
    signal = tf.placeholder(tf.float32)
    frames = tf.signal.frame(signal, 4, 2, pad_end=True, axis=0)
    back = tf.signal.overlap_and_add(tf.transpose(frames, [2, 0, 1]), 2)
    samples = np.arange(18.0).reshape(9, 2)
    with tf.Session() as session:
        found, joined = session.run([frames, back], {signal: samples})
    assert found.shape == (5, 4, 2)
    np.testing.assert_array_equal(joined[:, 2:9], 2 * samples.T[:, 2:])


def test_frames_put_together():
    frames = np.arange(12.0).reshape(3, 4)
    close(
        tf.signal.overlap_and_add(frames, 3), [0.0, 1.0, 2.0, 7.0, 5.0, 6.0, 15.0, 9.0, 10.0, 11.0]
    )
    close(tf.signal.overlap_and_add(frames, 1), [0.0, 5.0, 15.0, 18.0, 17.0, 11.0])
    close(
        tf.signal.overlap_and_add(np.arange(24.0).reshape(2, 3, 4), 5)[1],
        [12.0, 13.0, 14.0, 15.0, 0.0, 16.0, 17.0, 18.0, 19.0, 0.0, 20.0, 21.0, 22.0, 23.0],
    )
    with pytest.raises(ValueError, match=r"^Shape \(12,\) must have rank at least 2"):
        tf.signal.overlap_and_add(frames.reshape(-1), 1)


def test_short_time_transforms():
    close(
        tf.abs(tf.signal.stft(X, 4, 2)),
        [
            [[1.2328, 0.608748, 0.027273], [1.019043, 0.426655, 0.171734]],
            [[1.60127, 0.996617, 0.326056], [1.247893, 0.795058, 0.335557]],
        ],
    )
    close(
        tf.signal.inverse_stft(tf.signal.stft(X, 4, 2), 4, 2),
        [
            [0.0, 0.178797, 0.602763, 0.272442, 0.423655, 0.161474],
            [0.0, 0.222943, 0.963663, 0.191721, 0.791725, 0.132224],
        ],
    )
    window = tf.signal.inverse_stft_window_fn(2)
    close(
        tf.signal.inverse_stft(tf.signal.stft(X, 4, 2), 4, 2, window_fn=window),
        [
            [0.0, 0.357595, 0.602763, 0.544883, 0.423655, 0.322947],
            [0.0, 0.445886, 0.963663, 0.383441, 0.791725, 0.264447],
        ],
    )
    spectra = tf.cast(X[:, :3], tf.complex64)
    close(
        tf.signal.inverse_stft(spectra, 6, 2, fft_length=4),
        [0.0, -0.003372, -0.052275, -0.046367, -0.071681, -0.131519, 0.0, 0.0],
    )


def test_the_mel_scale():
    close(
        tf.signal.linear_to_mel_weight_matrix(4, 9, 1000, 80.0, 500.0),
        [
            [0.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0],
            [0.651018, 0.0, 0.0, 0.0],
            [0.501397, 0.498603, 0.0, 0.0],
            [0.0, 0.711514, 0.288486, 0.0],
            [0.0, 0.0, 0.97198, 0.02802],
            [0.0, 0.0, 0.276756, 0.723244],
            [0.0, 0.0, 0.0, 0.620832],
            [0.0, 0.0, 0.0, 0.0],
        ],
    )
    close(
        tf.signal.mfccs_from_log_mel_spectrograms(X),
        [
            [2.00987, 0.073528, 0.023531, -0.182281, 0.018668, -0.101247],
            [2.307717, 0.076626, -0.190311, -0.314995, -0.304093, 0.269088],
        ],
    )


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((4, 9, 1000, 80.0, 600.0), "^upper_edge_hertz must not be larger than the Nyquist freq"),
        ((4, 9, 1000, -80.0, 500.0), "^lower_edge_hertz must be non-negative. Got: -80.0"),
        ((4, 9, 1000, 800.0, 500.0), "^lower_edge_hertz 800.0 >= upper_edge_hertz 500.0"),
        ((0, 9, 1000, 80.0, 500.0), "^num_mel_bins must be positive. Got: 0"),
        ((4, 9, 0, 80.0, 500.0), "^sample_rate must be positive. Got: 0"),
    ],
)
def test_the_mel_scale_refuses(arguments, match):
    with pytest.raises(ValueError, match=match):
        tf.signal.linear_to_mel_weight_matrix(*arguments)


def test_real_transforms_of_another_length():
    close(
        tf.real(tf.signal.rfft(X, [4])),
        [[2.411649, -0.05395, -0.108496], [2.676464, -0.526076, 0.126035]],
    )
    close(
        tf.imag(tf.signal.rfft(X, [9])),
        [
            [-1e-06, -1.449193, -0.58145, 0.095101, -0.547905],
            [-1e-06, -1.944206, -0.706802, -0.165359, 0.241194],
        ],
    )
    close(
        tf.signal.irfft(tf.cast(X, tf.complex64), [5]),
        [
            [0.636944, 0.003107, -0.047172, -0.047172, 0.003107],
            [0.829692, -0.114101, -0.081951, -0.081951, -0.114101],
        ],
    )


def gradient(function, x, dy):
    x = tf.constant(x)
    return tf.gradients(function(x), x, grad_ys=tf.constant(dy))[0]


def test_gradients():
    ones = np.ones((2, 5), np.complex64) * (1 + 2j)
    close(
        gradient(tf.signal.rfft, X, ones[:, :4]),
        [
            [4.0, -3.464102, 1.0, -0.0, 0.999999, 3.464101],
            [4.0, -3.464102, 1.0, -0.0, 0.999999, 3.464101],
        ],
    )
    close(
        gradient(lambda x: tf.signal.rfft(x, [9]), X, ones),
        [
            [4.999999, -5.17128, 0.86397, -1.23205, 1.339099, -0.339099],
            [4.999999, -5.17128, 0.86397, -1.23205, 1.339099, -0.339099],
        ],
    )
    steps = (np.arange(8).reshape(2, 4) * (1 + 2j)).astype(np.complex64)
    np.testing.assert_allclose(
        value(gradient(tf.signal.rfft2d, X, steps)),
        [
            [28.0, -31.24871, 10.4641, -4.000002, 3.535894, 17.24871],
            [-16.0, 13.85641, -4.0, 1e-06, -3.999997, -13.85641],
        ],
        atol=1e-4,
    )
    steps = (np.arange(12).reshape(2, 6) * (1 + 2j)).astype(np.complex64)
    np.testing.assert_allclose(
        value(tf.real(gradient(tf.signal.fft, X.astype(np.complex64), steps))),
        [
            [15.0, 7.392304, 0.464101, -2.999998, -6.464101, -13.3923],
            [51.0, 7.392304, 0.464098, -2.999999, -6.464104, -13.39231],
        ],
        atol=1e-4,
    )


@pytest.mark.parametrize("lengths", [[5], [10], [11], None])
def test_the_gradient_of_the_inverse_is_its_adjoint(lengths):
    state = np.random.RandomState(3)
    x = (state.rand(2, 6) + 1j * state.rand(2, 6)).astype(np.complex64)
    y = tf.signal.irfft(tf.constant(x), lengths)
    dy = state.rand(*y.shape.as_list()).astype(np.float32)
    direction = (state.rand(2, 6) + 1j * state.rand(2, 6)).astype(np.complex64)
    dx = value(gradient(lambda z: tf.signal.irfft(z, lengths), x, dy))
    forward = value(tf.signal.irfft(tf.constant(direction), lengths))
    # As TensorFlow has it, the gradient is conjugate to the change that it answers.
    np.testing.assert_allclose((forward * dy).sum(), (dx.conj() * direction).sum().real, rtol=1e-4)


def test_three_axes_have_no_gradient():
    with pytest.raises(LookupError, match=r"^No gradient defined for operation 'rfft3d'"):
        gradient(tf.signal.rfft3d, X[None], np.ones((1, 2, 4), np.complex64))


def test_shifts():
    np.testing.assert_array_equal(value(tf.signal.fftshift(np.arange(5.0))), [3, 4, 0, 1, 2])
    rows = np.arange(10.0).reshape(2, 5)
    expected = [[2, 3, 4, 0, 1], [7, 8, 9, 5, 6]]
    np.testing.assert_array_equal(value(tf.signal.ifftshift(rows, axes=[-1])), expected)
    unknown = tf.placeholder_with_default(rows, None)
    np.testing.assert_array_equal(value(tf.signal.ifftshift(unknown, axes=[-1])), expected)
