"""The contact sheet: older weights may lack layers that a look names."""

from types import SimpleNamespace

import pytest

from training.contact_sheet import _held

OLDER = SimpleNamespace(layers=[SimpleNamespace(name=name) for name in ("conv1", "conv4_1", "conv4_2", "conv5_1")])


@pytest.mark.parametrize(
    ("named", "held"),
    [("conv4_2", "conv4_2"), ("conv4_3", "conv4_2"), ("conv5_2", "conv5_1"), ("conv5_2:17", "conv5_1:17")],
)
def test_the_deepest_layer_before_stands_in_for_one_that_is_missing(named, held):
    assert _held(OLDER, named) == held
