"""Graphs as TensorFlow's messages and files, and back."""
