"""Who takes how much of a memory, as the bars of the settings show it. Pure arithmetic; sizes in bytes."""

from __future__ import annotations

from dataclasses import dataclass

from app.core import memory_plan
from app.core.memory import MachineMemory, MemoryEstimate


@dataclass(frozen=True, slots=True)
class MemoryShares:
    """One memory: `others`, `model`, `conversation` and `free` fill `total`, unless `missing` is not 0.

    `model` is all that a load takes but the keys and values of the conversation. `missing` is what would have
    to be there in addition; then nothing is free.
    """

    total: int
    others: int
    model: int = 0
    conversation: int = 0

    @property
    def free(self) -> int:
        return max(0, self.total - self.others - self.model - self.conversation)

    @property
    def missing(self) -> int:
        return max(0, self.others + self.model + self.conversation - self.total)


def of_the_computer(machine: MachineMemory, estimate: MemoryEstimate | None) -> MemoryShares:
    """The computer's memory with a load of `estimate`, less what its graphics card takes; None: no load."""
    if estimate is None:
        return MemoryShares(machine.total, machine.others)
    on_card = _conversation_on_card(machine, estimate)
    conversation = estimate.conversation - on_card
    rest = estimate.total - memory_plan.on_the_card(estimate, machine)
    return MemoryShares(machine.total, machine.others, rest - conversation, conversation)


def of_the_card(machine: MachineMemory, estimate: MemoryEstimate | None) -> MemoryShares | None:
    """The graphics card's own memory; None where there is no such card."""
    card = machine.card
    if card is None or machine.is_unified:
        return None
    others = max(0, card.total - card.free)
    if estimate is None:
        return MemoryShares(card.total, others)
    conversation = _conversation_on_card(machine, estimate)
    return MemoryShares(
        card.total, others, memory_plan.on_the_card(estimate, machine) - conversation, conversation
    )


def _conversation_on_card(machine: MachineMemory, estimate: MemoryEstimate) -> int:
    """A layer is moved together with its part of the conversation."""
    if not estimate.movable:
        return 0
    return estimate.conversation * memory_plan.on_the_card(estimate, machine) // estimate.movable
