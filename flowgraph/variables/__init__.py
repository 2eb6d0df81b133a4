"""Variables: values that last from one run to the next, and how programs name and share them."""
