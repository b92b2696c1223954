"""What a network is to the decoding loop: layers that are run one by one over a cache.

Reading and writing are the same: `start` a step with the newest tokens, `run_layer` for each layer, `commit`
the rows to the cache, `logits` where they are wanted. The linears are called as modules and never looked
into, so that a loader may put other modules in their places. Knows no precision, no file and no sampling.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from app.model.glm.cache import KvCache
from app.model.glm.config import Architecture, GlmConfig
from app.model.glm.devices import Place, Placement


@dataclass(slots=True)
class Step:
    """Some neighbouring tokens on their way through the layers.

    `hidden` [1, n, hidden]; `turns` complex64 [n, 1, head / 2] are the rotations of the tokens' positions
    (`rotary`). The first `prefix` columns of the cache are visible to every token (ChatGLM-6B; 0 elsewhere).
    """

    hidden: Tensor
    turns: Tensor
    prefix: int = 0

    @property
    def rows(self) -> int:
        return self.hidden.shape[1]

    def move(self, place: Place) -> None:
        """Go on in another place."""
        self.hidden = self.hidden.to(place.device, place.dtype)
        self.turns = self.turns.to(place.device)


class Network(nn.Module, ABC):
    """The layers of one model, on the meta device until weights are assigned.

    `compute_dtype` is the dtype of the hidden stream: what the embedding gives is brought to it. Where the
    configuration says tied, `head_name` and `embedding_name` share one matrix: `assign` sets both.
    `placement` is what an accelerator computes, in a dtype of its own; None where the processor does it all.
    """

    embedding_name: str
    layers_name: str
    head_name = "lm_head"

    def __init__(self, config: GlmConfig) -> None:
        super().__init__()
        self.config = config
        self.compute_dtype = torch.float32
        self.placement: Placement | None = None

    @property
    def layer_count(self) -> int:
        return self.config.layers

    @abstractmethod
    def start(self, ids: Tensor, start: int, sequence: Sequence[int]) -> Step:
        """The step for `ids` [1, n], which are the tokens `sequence[start:start + n]`.

        ChatGLM-6B counts positions from control tokens, so the whole sequence is given; its step at 0 has to
        reach over the whole bidirectional prefix, else ValueError.
        """

    @abstractmethod
    def run_layer(self, index: int, step: Step, cache: KvCache, check: Callable[[], None]) -> None:
        """Replace `step.hidden` by the output of layer `index`; keys and values go behind `cache.length`.

        `check` is called between the parts of the layer and may raise to give the step up.
        """

    @abstractmethod
    def logits(self, hidden: Tensor) -> Tensor:
        """Final norm and head: [1, n, hidden] to float32 [n, vocab]."""

    @abstractmethod
    def reusable(self, cached: Sequence[int], wanted: Sequence[int]) -> int:
        """How many tokens of a cache of `cached` are valid for `wanted`: fewer than `wanted` has."""

    def least_rows(self, start: int, sequence: Sequence[int]) -> int:  # noqa: ARG002 - for those it matters to
        """Tokens that a step at `start` has to take together."""
        return 1

    @abstractmethod
    def linears(self) -> Iterator[tuple[str, nn.Module]]:
        """The large matrices of the layers by full path: those that INT8 and INT4 replace."""

    def is_placed(self, name: str) -> bool:
        """Whether a parameter, or a module's path and a dot, is the accelerator's."""
        if self.placement is None or name.startswith(f"{self.embedding_name}."):
            return False
        if name.startswith(f"{self.layers_name}."):
            index = name.removeprefix(f"{self.layers_name}.").partition(".")[0]
            return int(index) < self.placement.layers
        return self.placement.head


def common_prefix(cached: Sequence[int], wanted: Sequence[int]) -> int:
    """Tokens that both begin with, at most all but the last of `wanted`: that one is always computed."""
    limit = min(len(cached), len(wanted) - 1)
    for index in range(limit):
        if cached[index] != wanted[index]:
            return index
    return max(limit, 0)


def build_network(config: GlmConfig) -> Network:
    """The network of a configuration without weights (meta device)."""
    from app.model.glm.chatglm6b import Chatglm6bNetwork
    from app.model.glm.glm_network import GlmNetwork

    network: Network = (
        Chatglm6bNetwork(config) if config.network is Architecture.CHATGLM else GlmNetwork(config)
    )
    return network.eval().requires_grad_(requires_grad=False)


def assign(network: Network, name: str, tensor: Tensor) -> None:
    """Make `tensor` the parameter `name` as it is, without a copy; a tied head gets the embedding's too."""
    path, _, leaf = name.rpartition(".")
    module = network.get_submodule(path)
    if leaf not in dict(module.named_parameters(recurse=False)):
        raise KeyError(name)
    parameter = nn.Parameter(tensor, requires_grad=False)
    module.register_parameter(leaf, parameter)
    shared = network.config.tied_embeddings and not network.is_placed(f"{network.head_name}.")
    if shared and path == network.embedding_name:
        network.get_submodule(network.head_name).register_parameter(leaf, parameter)
