"""What the tests share: no network, the shipped model once, and tiny checkpoints made on the spot."""

from __future__ import annotations

import os

# Before anything imports a Hugging Face library: these are read at import.
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_DATASETS_OFFLINE="1")

import importlib.util
import json
import string
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from claimcheck.nli import Model, load_model

# No test is timed, and every run tries the same examples.
settings.register_profile("claimcheck", deadline=None, derandomize=True)
settings.load_profile("claimcheck")

TINY_LABELS = ("entailment", "neutral", "contradiction")
TINY_TOKENS = 64


def load_script(*path: str) -> ModuleType:
    """A program of the repository that is no part of the package, as a module."""
    name = "_".join(path).removesuffix(".py")
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1].joinpath(*path))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def shipped() -> Model:
    """The model that comes with claimcheck, loaded once."""
    return load_model()


@pytest.fixture
def tiny_checkpoint(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder with a tiny random transformer for sequence classification; needs the extra ``hub``.

    ``tiny_checkpoint(labels, rows)`` names the columns by ``labels`` (``id2label``, in that order); column ``i``
    takes row ``rows[i]`` of the classifier, so that labels and rows permuted together give the same model. The
    same ``seed`` gives the same weights. It reads some 60 tokens, letter by letter but for a few words. ``family``
    is transformers' name of the architecture.
    """

    def make(
        labels: Sequence[str] = TINY_LABELS,
        rows: Sequence[int] | None = None,
        *,
        family: str = "Bert",
        seed: int = 0,
        name: str = "tiny",
    ) -> Path:
        pytest.importorskip("transformers", reason="needs the extra hub")
        folder = tmp_path / name
        _save_tokenizer(folder)
        _save_network(folder, labels, range(len(labels)) if rows is None else rows, family, seed)
        return folder

    return make


def _save_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    # As in XLM-R: a word begins with "▁". Words score above letters, so that they are read whole.
    words = ["▁de", "▁het", "▁een", "▁brand", "▁niet", "▁slaapt", "heid"]
    letters = ["▁", *string.ascii_lowercase, *string.digits, *".,'"]
    vocabulary = [(piece, 0.0) for piece in special] + [(word, -2.0) for word in words] + [(x, -5.0) for x in letters]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=special.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(token, special.index(token)) for token in ("<s>", "</s>")],
    )
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": TINY_TOKENS,
        "model_input_names": ["input_ids", "attention_mask"],
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def _save_network(folder: Path, labels: Sequence[str], rows: Sequence[int], family: str, seed: int) -> None:
    import torch
    import transformers

    torch.manual_seed(seed)
    network = getattr(transformers, f"{family}ForSequenceClassification")(
        getattr(transformers, f"{family}Config")(
            vocab_size=64,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=TINY_TOKENS,
            pad_token_id=1,
            initializer_range=0.5,  # wide, so that different texts get different answers
            id2label=dict(enumerate(labels)),
            label2id={label: column for column, label in enumerate(labels)},
        )
    )
    with torch.no_grad():
        head = getattr(network.classifier, "out_proj", network.classifier)
        head.weight.copy_(head.weight[list(rows)].clone())
        head.bias.copy_(torch.linspace(-0.2, 0.2, len(rows))[list(rows)])
    network.save_pretrained(folder)
