"""Everything about models: finding them, reading their headers, hosting them in the engine child.

Knows `core`. Never Qt, never storage. Heavy libraries are imported only inside functions below `engines/`.
"""
