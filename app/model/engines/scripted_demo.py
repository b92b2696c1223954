"""The built-in scripts of the scripted engine, by model id: what pictures and tests of the interface show."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.model.engines.script import Script

DEMO_ID = "scripted:demo"

_EN_TEA = """Green tea likes water that is **not quite boiling**. Here is a simple way:

1. Warm the pot, then pour the water away.
2. Add about 3 g of leaves for every 150 ml.
3. Pour water at 80 °C and wait two minutes.

| Tea | Water | Time |
| --- | --- | --- |
| Green | 80 °C | 2 min |
| Oolong | 90 °C | 3 min |
| Black | 100 °C | 4 min |

> Leaves that taste bitter were steeped too hot, not too long.
"""
_EN_CODE = """This function counts how often each word occurs:

```python
from collections import Counter


def count_words(text: str) -> Counter[str]:
    \"\"\"Words of `text` in lower case, with their counts.\"\"\"
    return Counter(text.lower().split())
```

`Counter.most_common(3)` then gives the three most frequent words.
"""
_EN_SHORT = "Yes. Short steeps with more leaves bring out the *sweet* side; long ones make it stronger."
_ZH_TEA = """泡绿茶的水**不要完全沸腾**。简单的做法：

1. 先温壶，再把水倒掉。
2. 每 150 毫升水放约 3 克茶叶。
3. 用 80 °C 的水冲泡，等两分钟。

| 茶类 | 水温 | 时间 |
| --- | --- | --- |
| 绿茶 | 80 °C | 2 分钟 |
| 乌龙茶 | 90 °C | 3 分钟 |
| 红茶 | 100 °C | 4 分钟 |

> 茶发苦，多半是水太烫，而不是泡得太久。
"""
_ZH_CODE = """下面的函数统计每个词出现的次数：

```python
from collections import Counter


def count_words(text: str) -> Counter[str]:
    \"\"\"text 中的词（小写）及其次数。\"\"\"
    return Counter(text.lower().split())
```

再用 `Counter.most_common(3)` 就能得到最常见的三个词。
"""
_ZH_SHORT = "可以。茶叶多一些、时间短一些，会更*清甜*；泡得久，味道就更浓。"

BUILT_IN: Mapping[str, Script] = MappingProxyType(
    {
        DEMO_ID: Script(
            name="Demo",
            answers=(_EN_TEA, _EN_CODE, _EN_SHORT),
            answers_zh=(_ZH_TEA, _ZH_CODE, _ZH_SHORT),
            delay_ms=15.0,
        )
    }
)
