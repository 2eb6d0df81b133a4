"""Networks of `tf.contrib.slim.nets`: layers of contrib under the names of published weights."""
