"""The tokenizers of the lineage behind one protocol; `opening.open_tokenizer` is the way in."""
