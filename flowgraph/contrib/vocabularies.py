"""Words as numbers in the order in which they were met, or by how frequent they are."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any


class CategoricalVocabulary:
    """Numbers words, or other categories, from 1 on; 0 stands for all unknown ones.

    Parameters
    ----------
    unknown_token : str
        What 0 is called.
    support_reverse : bool
        Whether `reverse` may be called.

    Examples
    --------
    >>> from flowgraph.contrib.learn.preprocessing import CategoricalVocabulary
    >>> vocabulary = CategoricalVocabulary()
    >>> vocabulary.get("a"), vocabulary.get("b"), vocabulary.get("a")
    (1, 2, 1)
    >>> vocabulary.freeze()
    >>> vocabulary.get("c"), vocabulary.reverse(2), len(vocabulary)
    (0, 'b', 3)
    """

    def __init__(self, unknown_token: str = "<UNK>", support_reverse: bool = True) -> None:
        self._unknown_token = unknown_token
        self._support_reverse = support_reverse
        self._is_frozen = False
        self._frequencies: dict[Any, int] = {}
        self._number([])

    def _number(self, categories: list[Any]) -> None:
        self._categories = [self._unknown_token, *categories]
        self._mapping = {category: i for i, category in enumerate(self._categories)}

    def __len__(self) -> int:
        """How many categories have a number, the unknown one among them."""
        return len(self._mapping)

    def freeze(self, freeze: bool = True) -> None:
        """Give no more numbers: what is new is unknown. With False, give numbers again."""
        self._is_frozen = freeze

    def get(self, category: Hashable) -> int:
        """Return the number of a category; a new one gets the next, unless frozen."""
        number = self._mapping.get(category)
        if number is None:
            if self._is_frozen:
                return 0
            number = self._mapping[category] = len(self._categories)
            self._categories.append(category)
        return number

    def add(self, category: Hashable, count: int = 1) -> None:
        """Note that a category was met, `count` times."""
        if self.get(category) > 0:
            self._frequencies[category] = self._frequencies.get(category, 0) + count

    def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
        """Keep only some categories, and number them anew, the most frequent first.

        Parameters
        ----------
        min_frequency : int
            What was met this often or less is unknown.
        max_frequency : int
            What was met this often or more is, too; -1 for no limit.
        """
        in_order = sorted(self._frequencies, key=lambda c: (isinstance(c, str), c))
        in_order.sort(key=self._frequencies.__getitem__, reverse=True)
        kept = [
            category
            for category in in_order
            if self._frequencies[category] > min_frequency
            and not 0 < max_frequency <= self._frequencies[category]
        ]
        self._number(kept)
        self._frequencies = {category: self._frequencies[category] for category in kept}

    def reverse(self, class_id: int) -> Any:
        """Return the category that has a number.

        Raises
        ------
        ValueError
            If the vocabulary was made without `support_reverse`.
        IndexError
            If none has.
        """
        if not self._support_reverse:
            raise ValueError(
                "This vocabulary wasn't initialized with support_reverse to support reverse() "
                "function."
            )
        return self._categories[class_id]

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` makes an equal vocabulary of."""
        return {
            "unknown_token": self._unknown_token,
            "support_reverse": self._support_reverse,
            "is_frozen": self._is_frozen,
            "categories": self._categories[1:],
            "frequencies": list(self._frequencies.items()),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> CategoricalVocabulary:
        """Return the vocabulary that `as_json` described."""
        vocabulary = cls(content["unknown_token"], content["support_reverse"])
        vocabulary._number(content["categories"])
        vocabulary._frequencies = dict(content["frequencies"])
        vocabulary._is_frozen = content["is_frozen"]
        return vocabulary
