"""Write ``evaluation/README.md`` from the result files of the shipped model.

    python evaluation/tables.py

It reads what ``claimcheck evaluate`` left under ``evaluation/results`` and computes nothing itself, so that it needs
neither the corpora nor the model.
"""

from __future__ import annotations

from pathlib import Path

from claimcheck import evaluating, suites, tabulating
from claimcheck.nli import SHIPPED

HERE = Path(__file__).parent
PAGE = HERE / "README.md"
PLOTS, BESIDE = HERE / "plots", HERE  # written to the first, linked as seen from the second
ORDER = ("dutch", "stress", "news", "multilingual")

HEAD = f"""# Evaluation

<!-- Written by `python evaluation/tables.py` from the files in `evaluation/results/`. Change those, not this. -->

What the shipped model, `{SHIPPED}`, is worth, beside simple baselines and controls. Every figure is measured by

```sh
claimcheck evaluate --suite evaluation/suites/dutch.toml --data-dir FOLDER --out report.html
```

with the published corpora in FOLDER (`claimcheck corpora list`; none of them comes with this project). `--model` takes
any other checkpoint, and `claimcheck compare-models A B` says whether one is better than another on the same pairs.

**How to read it.** Figures are per cent with a 95 % interval of a bootstrap over groups (pairs that share a text are
drawn together); `docs/decisions/0006-metrics.md` tells how often such intervals hold the truth. *False support* is the
share of contradictions that are called support. *Symmetry*: of the pairs called a contradiction in either direction,
the share called one in both. Small is good for false support, ECE, Brier and AURC.

**Controls** are the same model, shown less than the pair: the claim only, the evidence only, the words shuffled, or the
two sides swapped. A model that reads scores far lower there; one that does not has found a way to cheat, or the corpus
offers one. **Baselines** learn from the training split that the suite names: the majority label, word overlap, TF-IDF
with logistic regression (on both sides, on the claim alone, on the evidence alone), and thresholds on the cosine of
the shipped encoder.

Where a split is marked *choose* or *train*, it is free to be used for that: the figure is fair only to a model that has
not seen it. What the shipped model was trained, chosen and calibrated on stands in its model card,
`models/claimcheck-nl-small/README.md`; no pair whose text stands in a split marked *report* was trained on (SICK's own
splits share sentences, not pairs).

Sentence boundaries and pairing have pages of their own: `docs/decisions/0002-sentence-splitter.md` and
`docs/decisions/0005-pairing.md`.
"""


def page() -> str:
    """The page, from the result files as they lie there; its plots are written beside it."""
    parts = [HEAD]
    for name in ORDER:
        suite = suites.load_suite(HERE / "suites" / f"{name}.toml")
        results = evaluating.read_results(HERE / "results", SHIPPED, suite)
        parts.append(tabulating.markdown(suite, results, plots=PLOTS / name, relative_to=BESIDE, level=2))
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
