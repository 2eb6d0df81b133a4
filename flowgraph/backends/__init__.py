"""Backends: from plans to kernels over memory."""
