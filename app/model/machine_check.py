"""What a first look at this computer tells: memory, disk, processor. Blocks for some milliseconds.

Opens no socket and imports no heavy library. The graphics card is asked for apart, because its driver can be
slow: `hardware.find_graphics_card`, after which the next look knows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.memory import MachineMemory
from app.core.paths import AppPaths
from app.model import edition, hardware
from app.model.hardware import Support


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """This computer at one moment. `free_disk` in bytes where models are kept; None where it is not told.

    `opens_folders` is not so in the light edition, which can run none of the published models.
    """

    memory: MachineMemory
    free_disk: int | None
    processor: str
    avx2: Support
    opens_folders: bool = True

    @property
    def is_too_old(self) -> bool:
        """Whether the processor lacks what every engine is built on."""
        return self.avx2 is Support.NO

    @property
    def can_run_published(self) -> bool:
        """Whether it makes sense to say which of the published models, all of them folders, suit it."""
        return self.opens_folders and not self.is_too_old


def look(paths: AppPaths, engine_pid: int | None = None) -> MachineFacts:
    """The facts as they are now; loading a model gives back first what the engine `engine_pid` holds."""
    return MachineFacts(
        memory=hardware.memory_now(engine_pid, paths.prepared_dir),
        free_disk=hardware.disk_free(paths.models_dir),
        processor=hardware.processor_name(),
        avx2=hardware.processor_has("avx2"),
        opens_folders=edition.opens_folders(),
    )
