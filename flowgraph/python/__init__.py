"""The modules inside TensorFlow that programs import by their place in it."""
