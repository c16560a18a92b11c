"""Compare ways to make a checkpoint's weights small; writes the table of decision 0004.

    python evaluation/weight_formats.py --checkpoint runs/nli/average --data-dir DATA

Judges SICK-NL TRIAL and its English originals (dev data) with each form, and counts how often it agrees with fp32.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pages
from onnxruntime.quantization import QuantType, quantize_dynamic

sys.path.insert(0, str(Path(__file__).parents[1] / "models" / "recipes"))
from export import gold, probabilities

from claimcheck import corpora, finetuning
from claimcheck.exporting import to_int8, to_onnx


def dynamic(*, seven_bits: bool) -> Callable[[Path, Path], None]:
    """Whole-tensor dynamic quantization, the usual way."""

    def make(full: Path, out: Path) -> None:
        quantize_dynamic(full, out, weight_type=QuantType.QInt8, per_channel=True, reduce_range=seven_bits)

    return make


FORMS: dict[str, Callable[[Path, Path], None]] = {
    "fp32": lambda full, out: shutil.copyfile(full, out) and None,
    "dynamic int8, per channel, 7 bits": dynamic(seven_bits=True),
    "dynamic int8, per channel": dynamic(seven_bits=False),
    "8 bits in blocks of 32": lambda full, out: to_int8(full, out, block=32),
    "**8 bits in blocks of 128**": lambda full, out: to_int8(full, out, block=128),
    "8 bits in blocks of 128, fp32 arithmetic": lambda full, out: to_int8(full, out, block=128, accuracy_level=1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    arguments = parser.parse_args()
    rows = [pair for name in ("sick_nl", "sick_en") for pair in corpora.load(name, "trial", arguments.data_dir)]
    network, tokenizer, _ = finetuning.load_base(arguments.checkpoint)
    reference, labels = finetuning.logits_of(network, tokenizer, rows)[0].argmax(1), gold(rows)
    out = [
        "| weights | MB | same label as fp32 in torch | accuracy | pairs a second, fp32 = 1 |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "model.onnx"
        to_onnx(network, full)
        base_speed = 0.0
        for number, (name, make) in enumerate(FORMS.items()):
            folder = Path(scratch) / str(number)
            (folder / "onnx").mkdir(parents=True)
            for file in ("config.json", "tokenizer.json"):
                shutil.copyfile(arguments.checkpoint / file, folder / file)
            weights = folder / "onnx" / "model_int8.onnx"
            make(full, weights)
            started = time.perf_counter()
            predicted = probabilities(folder, rows).argmax(1)
            speed = len(rows) / (time.perf_counter() - started)
            base_speed = base_speed or speed
            out.append(
                f"| {name} | {weights.stat().st_size / 1e6:.1f} | {np.mean(predicted == reference):.1%} "
                f"| {np.mean(predicted == labels):.1%} | {speed / base_speed:.1f} |"
            )
    checksum = corpora.checksum("sick_nl", "trial", arguments.data_dir)[:16]
    checkpoint = hashlib.sha256((arguments.checkpoint / "model.safetensors").read_bytes()).hexdigest()[:16]
    out += ["", f"n = {len(rows)}, SICK_NL.txt `{checksum}`, model.safetensors `{checkpoint}`."]
    pages.write(pages.DOCS / "decisions" / "0004-model-format.md", "weight_formats.py", "\n".join(out))


if __name__ == "__main__":
    main()
