"""The ChatGLM / GLM lineage in torch: networks, checkpoints, precisions, tokenizers, prompts, generation.

`family` and `config` are standard library only and may be read from anywhere in `model`; the rest imports
torch and belongs to the engine child.
"""
