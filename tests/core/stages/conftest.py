"""Random weights of the tests of stages are always the same."""

import pytest
import torch


@pytest.fixture(autouse=True)
def _a_seed():
    torch.manual_seed(7)
