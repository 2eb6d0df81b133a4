"""The CuPy backend: GPUs of this machine, their array modules, and captured runs.

CuPy is imported when somebody first asks whether there is a GPU, never before. None of this has
run on a GPU in the project's own checks: there, a module over NumPy stands in for CuPy.
"""
