import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.clusters.labels import numbered_by_first


@given(st.lists(st.integers(-3, 3), max_size=12))
def test_labels_are_numbered_in_order_of_first_appearance(labels):
    numbered = numbered_by_first(np.array(labels, dtype=np.int64))
    assert numbered.dtype == np.int32
    order = list(dict.fromkeys(labels))
    assert numbered.tolist() == [order.index(label) for label in labels]
