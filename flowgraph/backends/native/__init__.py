"""The native tier: kernels in C, compiled by the machine's own compiler."""
