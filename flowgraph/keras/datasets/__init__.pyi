from flowgraph.keras.datasets import boston_housing, fashion_mnist, mnist

__all__ = [
    "boston_housing", "fashion_mnist", "mnist",
]
