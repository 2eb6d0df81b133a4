"""Write down what TensorFlow 1.15 says of every case.

``python -m tests.static_shapes.record [family ...]``, with the Python of an installed TensorFlow
1.15, writes each family's ``recorded/*.tsv`` anew: placeholders, expression, and the result.
"""

import sys

from tests.static_shapes.cases import FAMILIES, HERE, evaluate, expand


def main(families):
    import tensorflow as tf  # here, since the test run looks into this file without TensorFlow

    assert tf.__version__.startswith("1.15"), tf.__version__
    tf.logging.set_verbosity(tf.logging.FATAL)
    for family in families or FAMILIES:
        rows = [(*case, evaluate(tf, *case)) for case in expand(family)]
        text = "".join("\t".join(row) + "\n" for row in rows)
        (HERE / "recorded" / (family + ".tsv")).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
