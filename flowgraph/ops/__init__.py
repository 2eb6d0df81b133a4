"""The ops: one class each, in one file a family."""
