"""A pytest plugin for mutated code: mutmut puts two frames between a caller and a function, so recursion that the
product's own limits allow needs three times the room."""

import sys

sys.setrecursionlimit(5_000)
