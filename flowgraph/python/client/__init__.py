"""The modules of ``tensorflow.python.client``."""
