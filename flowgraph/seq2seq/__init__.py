"""Sequences into sequences: decoders, what feeds them, attention, and beam search."""
