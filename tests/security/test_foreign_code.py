"""A model's folder brings programs and templates along; none of them is ever run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.chat import Role, Turn
from app.core.engine import GenerationParams, LoadPlan, Precision, TextDelta
from app.model.engines.glm_torch import GlmTorchEngine
from app.model.glm.family import Family
from app.model.importing.inspection import inspect
from tests.helpers.glm_folder import glm_ref, make_folder
from tests.helpers.quick_unload import quick_unload as quick_unload

TURNS = (Turn(Role.USER, "晚上睡不着应该怎么办？"),)
FOR_EVER = "{% for i in range(10**9) %}{% for j in range(10**9) %}{% endfor %}{% endfor %}"


def answer(folder: Path) -> list[int]:
    engine = GlmTorchEngine()
    plan = LoadPlan(context_length=256, precision=Precision.INT8, threads=1)
    engine.load(glm_ref(folder), plan, lambda _: None, CancelToken())
    events = engine.generate(TURNS, GenerationParams(8, 0.0), CancelToken())
    ids = [token for event in events if isinstance(event, TextDelta) for token in event.ids]
    engine.unload()
    return ids


def poison(folder: Path, sign: Path) -> None:
    """Programs under every name that a library might import, named in every place; templates without end."""
    program = f"open({str(sign)!r}, 'w').close()\nraise SystemExit('executed')\n"
    names = ("modeling_chatglm", "tokenization_chatglm", "configuration_chatglm", "processing", "__init__")
    for name in (*names, "sitecustomize", "torch", "transformers"):
        (folder / f"{name}.py").write_text(program, encoding="utf-8")
    auto_map = {
        "AutoConfig": "configuration_chatglm.ChatGLMConfig",
        "AutoModel": "modeling_chatglm.ChatGLMForConditionalGeneration",
        "AutoTokenizer": ["tokenization_chatglm.ChatGLMTokenizer", None],
    }
    for name in ("config.json", "tokenizer_config.json"):
        path = folder / name
        facts = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        facts |= {"auto_map": auto_map, "chat_template": FOR_EVER, "trust_remote_code": True}
        path.write_text(json.dumps(facts), encoding="utf-8")
    (folder / "chat_template.jinja").write_text(FOR_EVER, encoding="utf-8")
    (folder / "generation_config.json").write_text(json.dumps({"custom_generate": "custom_generate"}))


@pytest.mark.parametrize("family", [Family.CHATGLM3, Family.GLM_EDGE])
def test_neither_programs_nor_templates_of_a_folder_are_run(
    tmp_path: Path, family: Family, quick_unload: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, sign = make_folder(tmp_path / "models", family), tmp_path / "it was run"
    expected = answer(folder)
    assert expected
    poison(folder, sign)
    monkeypatch.chdir(folder)
    inspect(folder, tmp_path / "ours", CancelToken())
    assert answer(folder) == expected
    assert not sign.exists()
    assert not [name for name in sys.modules if "chatglm" in name and "transformers_modules" in name]
