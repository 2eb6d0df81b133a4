"""Bijectors: invertible functions of which the volumes they stretch are known."""
