"""The networks that recognize an output transform by the facts of a plate.

Several small perceptrons; the mean of their probabilities is the result.
"""

from functools import lru_cache
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from hdr_core.color.output_transforms import NAMES
from hdr_core.errors import WeightsError
from hdr_core.recognize.classes import CLASSES

HIDDEN, DROPOUT = 96, 0.3
FILE = Path(__file__).parent.parent / "weights" / "recognize.safetensors"
# Features farther out do not occur in training.
MOST_DEVIATIONS = 4.0


class Classifier(nn.Module):
    """Probabilities of all output transforms and of a camera.

    Args:
        n_facts: Number of facts of a plate.
        n_classes: Number of classes.
        members: Number of perceptrons.
    """

    def __init__(self, n_facts: int, n_classes: int, *, members: int) -> None:
        super().__init__()
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", torch.zeros(n_facts))
        self.register_buffer("deviation", torch.ones(n_facts))
        self.members = nn.ModuleList(
            nn.Sequential(
                nn.Dropout(0.1),
                nn.Linear(n_facts, HIDDEN),
                nn.ReLU(),
                nn.Dropout(DROPOUT),
                nn.Linear(HIDDEN, HIDDEN),
                nn.ReLU(),
                nn.Dropout(DROPOUT),
                nn.Linear(HIDDEN, n_classes),
            )
            for _ in range(members)
        )
        self.eval()

    def normalize(self, facts: Tensor) -> None:
        """Take mean and deviation of the facts (n, f) of many plates."""
        self.mean.copy_(facts.mean(dim=0))
        self.deviation.copy_(facts.std(dim=0) + 0.02)

    def scale(self, facts: Tensor) -> Tensor:
        """Return facts (n, f) as the perceptrons take them."""
        scaled = (facts - self.mean) / self.deviation
        return scaled.clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS)

    def probabilities(self, facts: Tensor, *, upto: int | None = None) -> Tensor:
        """Return the probability of each class, (n, classes).

        Args:
            facts: Facts of plates, (n, f).
            upto: Number of perceptrons to use; None means all.
        """
        scaled = self.scale(facts)
        each = [member(scaled).softmax(dim=1) for member in self.members[:upto]]
        return torch.stack(each).mean(dim=0)


def save_classifier(classifier: Classifier, path: Path) -> None:
    """Write the networks, with the names of the classes."""
    tensors = {
        name: tensor.half().contiguous()
        for name, tensor in classifier.state_dict().items()
    }
    save_file(tensors, path, metadata={"classes": " ".join(CLASSES)})


@lru_cache(maxsize=1)
def load_classifier(path: Path = FILE) -> Classifier:
    """Read the networks.

    Raises:
        WeightsError: They belong to other output transforms.
    """
    with safe_open(path, framework="pt") as file:
        classes = (file.metadata() or {}).get("classes", "").split()
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    if classes != [*CLASSES]:
        raise WeightsError(
            f"{path}: recognizes {' '.join(classes)}, but there are {' '.join(NAMES)}. "
            "Train it again with tools/train_recognition.py."
        )
    members = 1 + max(int(name.split(".")[1]) for name in tensors if "." in name)
    classifier = Classifier(len(tensors["mean"]), len(classes), members=members)
    classifier.load_state_dict(tensors)
    return classifier
