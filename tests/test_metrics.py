"""Metrics equal scikit-learn or a slow program written from the definition, and intervals hold the truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from claimcheck import metrics
from claimcheck.schema import LABELS, Example

EXACT = {"rel": 1e-9, "abs": 1e-9}
C = LABELS.index("contradicts")


def predictions(seed=0, rows=400, strength=1.0, decimals=None):
    """Gold labels and probabilities; with ``decimals``, many of them tie."""
    random = np.random.default_rng(seed)
    gold = random.choice(3, rows, p=[0.3, 0.2, 0.5])
    logits = random.normal(size=(rows, 3))
    logits[np.arange(rows), gold] += strength
    probabilities = np.exp(1.5 * logits)
    probabilities /= probabilities.sum(1, keepdims=True)
    if decimals is not None:
        probabilities = probabilities.round(decimals)
        probabilities[:, 2] = 1 - probabilities[:, 0] - probabilities[:, 1]
        probabilities = np.abs(probabilities.round(decimals))
    return gold, probabilities


def as_pairs(seed, rows, size):
    return np.random.default_rng(seed).integers(0, max(rows // size, 2), rows)


@pytest.fixture(params=[(0, 400, None), (1, 57, 1), (2, 2000, 2), (3, 5, None)], ids=str)
def sample(request):
    seed, rows, decimals = request.param
    return predictions(seed, rows, decimals=decimals)


# ---- values


def test_gold_is_the_place_of_each_label_and_nothing_else_is_a_label():
    def pair(label):
        return Example(id="1", evidence="Het regent.", claim="Het is nat.", label=label, group="1")

    assert metrics.gold_of([pair(label) for label in ("unrelated", *LABELS)]).tolist() == [2, 0, 1, 2]
    assert metrics.gold_of([]).shape == (0,)
    with pytest.raises(ValueError, match="not in tuple"):
        metrics.gold_of([pair("not_supports")])


def test_labels_scores_are_those_of_scikit_learn(sample):
    gold, probabilities = sample
    given_labels = probabilities.argmax(1)
    found = metrics.scores(gold, probabilities)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(gold, given_labels), **EXACT)
    assert found["macro_f1"] == pytest.approx(sk.f1_score(gold, given_labels, average="macro"), **EXACT)
    expected = sk.precision_recall_fscore_support(gold, given_labels, labels=[0, 1, 2], zero_division=np.nan)
    for kind, values in zip(("precision", "recall", "f1"), expected, strict=False):
        assert [found[f"{kind}_{label}"] for label in LABELS] == pytest.approx(values.tolist(), nan_ok=True, **EXACT)
    assert (metrics.confusion(gold, probabilities) == sk.confusion_matrix(gold, given_labels, labels=[0, 1, 2])).all()
    assert (metrics.confusion(gold, probabilities).sum(1) == np.bincount(gold, minlength=3)).all()


def test_average_precision_and_precision_at_recall_go_by_every_threshold(sample):
    gold, probabilities = sample
    wanted, score = gold == C, probabilities[:, C]
    found = metrics.scores(gold, probabilities)
    if not wanted.any():
        assert math.isnan(found["average_precision_contradicts"])
        return
    assert found["average_precision_contradicts"] == pytest.approx(sk.average_precision_score(wanted, score), **EXACT)
    points = [((score >= t) & wanted, score >= t) for t in score]
    for recall in metrics.RECALLS:
        best = max(h.sum() / a.sum() for h, a in points if h.sum() / wanted.sum() >= recall)
        assert found[f"precision_at_recall_{recall * 100:.0f}_contradicts"] == pytest.approx(best, **EXACT)


def test_calibration_scores_equal_their_definitions_row_by_row(sample):
    gold, probabilities = sample
    found = metrics.scores(gold, probabilities)
    bins = [[] for _ in range(15)]
    for label, row in zip(gold.tolist(), probabilities.tolist(), strict=True):
        top = max(row)
        number = next(b for b in range(15) if top <= np.linspace(0, 1, 16)[b + 1] + 1e-15)
        bins[number].append((top, row.index(top) == label))
    ece = sum(abs(sum(right for _, right in rows) - sum(top for top, _ in rows)) for rows in bins) / len(gold)
    assert found["ece"] == pytest.approx(ece, **EXACT)
    brier = sum(
        sum((p - (label == k)) ** 2 for k, p in enumerate(row)) for label, row in zip(gold, probabilities, strict=True)
    )
    assert found["brier"] == pytest.approx(brier / len(gold), **EXACT)
    diagram = metrics.reliability(gold, probabilities)
    assert diagram.count.tolist() == [len(rows) for rows in bins]
    filled = diagram.count > 0
    assert (np.isnan(diagram.accuracy) == ~filled).all()


def test_a_bin_of_the_reliability_diagram_holds_its_upper_edge():
    one_row = metrics.reliability([0], [[0.6, 0.4, 0.0]], bins=5)
    assert one_row.count.tolist() == [0, 0, 1, 0, 0]
    assert metrics.reliability([0], [[1.0, 0.0, 0.0]]).count[-1] == 1


def test_risk_at_a_confidence_is_the_share_of_wrong_rows_at_least_so_sure(sample):
    gold, probabilities = sample
    curve = metrics.coverage_risk(gold, probabilities)
    top, wrong = probabilities.max(1), probabilities.argmax(1) != gold
    for threshold, coverage, risk in zip(curve.threshold, curve.coverage, curve.risk, strict=True):
        assert coverage == pytest.approx((top >= threshold).mean(), **EXACT)
        assert risk == pytest.approx(wrong[top >= threshold].mean(), **EXACT)
    assert curve.coverage[-1] == 1
    assert curve.risk[-1] == pytest.approx(wrong.mean())
    aurc = np.mean([wrong[top >= own].mean() for own in top])
    assert metrics.scores(gold, probabilities)["aurc"] == pytest.approx(aurc, **EXACT)


def test_a_contradiction_called_support_is_a_false_support():
    probabilities = np.eye(3)[[0, 0, 1, 2, 0]]
    assert metrics.scores([1, 1, 1, 1, 0], probabilities)["false_support_rate"] == 0.5


def test_labels_permuted_in_gold_and_probabilities_change_no_overall_score():
    gold, probabilities = predictions(4)
    before = metrics.scores(gold, probabilities)
    for permutation in ([1, 0, 2], [2, 0, 1], [0, 2, 1]):
        where = np.argsort(permutation)  # old label → new label
        after = metrics.scores(where[gold], probabilities[:, permutation])
        for name in ("accuracy", "macro_f1", "ece", "brier", "aurc"):
            assert after[name] == pytest.approx(before[name], **EXACT)
        for old, new in enumerate(where):
            assert after[f"f1_{LABELS[new]}"] == pytest.approx(before[f"f1_{LABELS[old]}"], **EXACT)


@given(st.integers(0, 10**6), st.integers(1, 60), st.sampled_from([None, 1]))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_changes_nothing(seed, rows, decimals):
    gold, probabilities = predictions(seed, rows, decimals=decimals)
    order = np.random.default_rng(seed).permutation(rows)
    shuffled = metrics.scores(gold[order], probabilities[order])
    assert list(shuffled) == list(metrics.METRICS)
    assert shuffled == pytest.approx(metrics.scores(gold, probabilities), nan_ok=True, **EXACT)


def test_a_perfect_model_and_a_constant_one_score_what_they_must():
    gold, _ = predictions(5)
    perfect = metrics.scores(gold, np.eye(3)[gold])
    for name, value in perfect.items():
        assert value == (0 if name in {"false_support_rate", "ece", "brier", "aurc"} else 1), name
    constant = metrics.scores(gold, np.tile([0.2, 0.3, 0.5], (len(gold), 1)))
    assert constant["average_precision_contradicts"] == pytest.approx((gold == C).mean())
    assert constant["aurc"] == pytest.approx((gold != 2).mean())
    assert math.isnan(constant["precision_contradicts"])
    assert constant["recall_contradicts"] == 0


def test_what_gold_never_holds_is_undefined_and_leaves_macro_f1_alone():
    found = metrics.scores([0, 2, 2], np.eye(3)[[0, 2, 0]])
    for name in metrics.METRICS:
        if name.endswith("contradicts") or name == "false_support_rate":
            assert math.isnan(found[name]), name
    assert found["macro_f1"] == pytest.approx((found["f1_supports"] + found["f1_unrelated"]) / 2)
    one_label = metrics.scores([1, 1], np.eye(3)[[1, 1]])
    assert one_label["macro_f1"] == one_label["average_precision_contradicts"] == 1


def test_symmetry_counts_only_pairs_that_some_direction_calls_a_contradiction():
    says = np.eye(3)
    assert metrics.symmetry_rate(says[[1, 1, 0, 2]], says[[1, 0, 1, 2]]) == pytest.approx(1 / 3)
    assert math.isnan(metrics.symmetry_rate(says[[0, 2]], says[[2, 2]]))
    with pytest.raises(ValueError, match="forward has 2 rows, backward 1"):
        metrics.symmetry_rate(says[[0, 2]], says[[2]])


# ---- bad input


@pytest.mark.parametrize(
    ("gold", "probabilities", "message"),
    [
        ([], np.empty((0, 3)), "no rows to score"),
        ([[0]], [[1, 0, 0]], r"gold has shape \(1, 1\)"),
        ([0.5], [[1, 0, 0]], "gold holds float64"),
        ([True], [[1, 0, 0]], "gold holds bool"),
        (["supports"], [[1, 0, 0]], "gold holds <U8"),
        ([0, 3], [[1, 0, 0]] * 2, r"gold\[1\] is 3"),
        ([-1], [[1, 0, 0]], r"gold\[0\] is -1"),
        ([0], [1, 0, 0], r"shape \(3,\), not \(n, 3\)"),
        ([0], [[0.5, 0.5]], r"shape \(1, 2\), not \(n, 3\)"),
        ([0, 0], [[1, 0, 0]], "gold has 2 rows, probabilities 1"),
        ([0, 0], [[1, 0, 0], [math.nan, 0, 1]], "hold NaN or infinity, the first is row 1"),
        ([0], [[1.5, -0.5, 0]], r"lie outside \[0, 1\]"),
        ([0], [[0.5, 0.4, 0]], "do not sum to 1"),
    ],
)
def test_arrays_that_are_no_predictions_are_named_as_such(gold, probabilities, message):
    for function in (metrics.scores, metrics.confusion, metrics.reliability, metrics.coverage_risk):
        with pytest.raises(ValueError, match=message):
            function(gold, probabilities)
    with pytest.raises(ValueError, match=message):
        metrics.intervals(gold, probabilities, [0] * len(gold), seed=1)


def test_groups_must_be_one_a_row_and_more_than_one():
    gold, probabilities = predictions(0, 4)
    with pytest.raises(ValueError, match="3 groups for 4 rows"):
        metrics.intervals(gold, probabilities, ["a", "b", "c"], seed=1)
    for absent in (None, math.nan):
        with pytest.raises(ValueError, match="row 2 has no group"):
            metrics.intervals(gold, probabilities, ["a", "b", absent, absent], seed=1)
    with pytest.raises(ValueError, match="all rows share one group"):
        metrics.intervals(gold, probabilities, ["a"] * 4, seed=1)
    with pytest.raises(ValueError, match="draws is 0"):
        metrics.intervals(gold, probabilities, range(4), seed=1, draws=0)


# ---- the bootstrap


@pytest.mark.parametrize("decimals", [None, 1])
@pytest.mark.parametrize("seed", range(4))
def test_the_scores_of_a_draw_are_those_of_the_rows_drawn(seed, decimals):
    gold, probabilities = predictions(seed, 80, decimals=decimals)
    groups = metrics._grouped(as_pairs(seed, 80, 3), 80)
    rows = metrics._Rows(gold, probabilities, groups)
    counts = next(metrics._drawn(rows.size, 5, seed))
    assert (counts.sum(1) == rows.size).all()
    drawn = rows.values(counts)
    for number, count in enumerate(counts):
        times = count[groups].astype(int)
        expected = metrics.scores(np.repeat(gold, times), np.repeat(probabilities, times, axis=0))
        found = {name: drawn[name][number] for name in metrics.METRICS}
        assert found == pytest.approx(expected, nan_ok=True, **EXACT)


@pytest.mark.parametrize("decimals", [None, 1])
def test_rows_of_unequal_weight_score_as_in_scikit_learn(decimals):
    gold, probabilities = predictions(6, 120, decimals=decimals)
    weights = np.random.default_rng(6).uniform(0.1, 3, 120)
    rows = metrics._Rows(gold, probabilities, np.arange(120), weights)
    found = {name: float(value[0]) for name, value in rows.values(np.ones((1, 120))).items() if name != "gaps"}
    labels = probabilities.argmax(1)
    assert found["macro_f1"] == pytest.approx(
        sk.f1_score(gold, labels, average="macro", sample_weight=weights), **EXACT
    )
    assert found["average_precision_contradicts"] == pytest.approx(
        sk.average_precision_score(gold == C, probabilities[:, C], sample_weight=weights), **EXACT
    )


def test_the_same_seed_gives_the_same_intervals_whatever_the_groups_are_called():
    gold, probabilities = predictions(7)
    groups = as_pairs(7, len(gold), 4)
    first = metrics.intervals(gold, probabilities, groups, seed=3, draws=150)
    named = [("doc", int(group)) for group in groups]
    assert metrics.intervals(gold, probabilities, named, seed=3, draws=150) == first
    assert metrics.intervals(gold, probabilities, groups, seed=4, draws=150) != first
    assert list(first) == list(metrics.METRICS)
    for name, value in metrics.scores(gold, probabilities).items():
        assert first[name].value == pytest.approx(value, **EXACT)
        assert first[name].low <= value <= first[name].high


def test_the_interval_of_symmetry_is_that_of_a_share_of_the_pairs_called_a_contradiction():
    random = np.random.default_rng(3)
    contradicts, unrelated = np.eye(3)[1], np.eye(3)[2]
    both = random.random(800) < 0.7
    forward = np.vstack((np.tile(contradicts, (800, 1)), np.tile(unrelated, (800, 1))))
    backward = np.vstack((np.where(both[:, None], contradicts, unrelated), np.tile(unrelated, (800, 1))))
    found = metrics.symmetry(forward, backward, list(range(1600)), seed=1)
    assert found.value == pytest.approx(both.mean())
    half = 1.96 * math.sqrt(found.value * (1 - found.value) / 800)
    assert (found.low, found.high) == pytest.approx((found.value - half, found.value + half), abs=0.01)


def test_rows_that_move_together_widen_the_interval():
    gold, probabilities = predictions(8, 150)
    gold, probabilities = np.tile(gold, 6), np.tile(probabilities, (6, 1))  # every row six times
    together = metrics.intervals(gold, probabilities, np.tile(np.arange(150), 6), seed=1, draws=500)
    apart = metrics.intervals(gold, probabilities, np.arange(900), seed=1, draws=500)
    width = [i["accuracy"].high - i["accuracy"].low for i in (together, apart)]
    assert width[0] / width[1] == pytest.approx(math.sqrt(6), rel=0.15)


def test_the_interval_of_accuracy_is_the_normal_one_where_groups_are_many():
    gold, probabilities = predictions(19, 3000)
    found = metrics.intervals(gold, probabilities, range(3000), seed=1)["accuracy"]
    error = math.sqrt(found.value * (1 - found.value) / 3000)
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.06)


def test_the_interval_is_that_of_student_where_groups_are_few():
    drawn = np.random.default_rng(1).normal(size=400_000)  # as of 5 groups: variance too small by 4/5, t instead of z
    found = metrics._interval(0.0, drawn, 5)
    assert (found.low, found.high) == pytest.approx((-2.776 * math.sqrt(5 / 4), 2.776 * math.sqrt(5 / 4)), rel=0.03)


def test_an_undefined_metric_has_no_interval():
    found = metrics.intervals([0, 2, 2, 0], np.eye(3)[[0, 2, 0, 2]], range(4), seed=1, draws=200)
    assert math.isnan(found["recall_contradicts"].value)
    assert math.isnan(found["recall_contradicts"].low)
    assert not math.isnan(found["recall_supports"].low)


def test_a_model_that_is_always_right_and_sure_has_a_calibration_error_of_zero():
    gold, _ = predictions(9, 50)
    assert metrics.intervals(gold, np.eye(3)[gold], range(50), seed=1, draws=50)["ece"] == metrics.Interval(0, 0, 0)


def test_intervals_hold_the_truth_of_simulated_groups():
    """A quick look; `evaluation/interval_coverage.py` is the long one (1,000 runs)."""
    import interval_coverage as simulation

    setting = simulation.Setting(groups=150, most=6, spread=0.7, sharpness=1.8)
    whole = simulation.simulated(setting, 40_000, [1])
    truth = metrics.scores(whole.gold, whole.a)
    runs = 60
    held = dict.fromkeys(metrics.METRICS, 0)
    for run in range(runs):
        gold, a, _, groups = simulation.simulated(setting, setting.groups, [2, run])
        for name, interval in metrics.intervals(gold, a, groups, seed=run, draws=300).items():
            held[name] += interval.low <= truth[name] <= interval.high
    # 52 of 60 or fewer: less than 1 in 100 for an interval that holds 95 % of the time.
    assert min(held.values()) > 51, held
    assert sum(held.values()) / len(held) / runs > 0.92


# ---- two models


def test_mcnemar_is_the_exact_binomial_test_of_the_rows_one_model_has_right():
    says = np.eye(3)
    gold = np.zeros(12, dtype=int)
    a, b = says[[0] * 9 + [1] * 3], says[[1] * 8 + [0] * 4]  # only A: 8 rows, only B: 3, both: 1
    found = metrics.compare(gold, a, b, range(12), seed=1, draws=200)
    assert (found.only_a, found.only_b) == (8, 3)
    tail = sum(math.comb(11, k) for k in range(4)) / 2**11
    assert found.mcnemar_p == pytest.approx(2 * tail, **EXACT)


def test_a_model_compared_with_itself_differs_in_nothing():
    gold, probabilities = predictions(10)
    found = metrics.compare(gold, probabilities, probabilities, range(len(gold)), seed=1, draws=200)
    assert (found.only_a, found.only_b, found.mcnemar_p) == (0, 0, 1)
    for difference in found.differences.values():
        assert (difference.value, difference.low, difference.high, difference.p_value) == (0, 0, 0, 1)


def test_a_comparison_turned_round_only_changes_sign():
    (gold, a), (_, noise) = predictions(11), predictions(12)
    b = 0.7 * a + 0.3 * noise
    groups = as_pairs(11, len(gold), 3)
    there = metrics.compare(gold, a, b, groups, seed=5, draws=300)
    back = metrics.compare(gold, b, a, groups, seed=5, draws=300)
    assert (there.only_a, there.only_b, there.mcnemar_p) == (back.only_b, back.only_a, back.mcnemar_p)
    for name, difference in there.differences.items():
        turned = back.differences[name]
        assert (difference.value, difference.low, difference.high) == pytest.approx(
            (-turned.value, -turned.high, -turned.low), **EXACT
        )
        assert (difference.p_value, difference.detectable) == pytest.approx(
            (turned.p_value, turned.detectable), **EXACT
        )


def test_the_detectable_difference_of_accuracy_is_that_of_the_paired_normal_formula():
    (gold, a), (_, noise) = predictions(13, 3000), predictions(14, 3000)
    b = 0.6 * a + 0.4 * noise
    found = metrics.compare(gold, a, b, range(3000), seed=5)
    gained = (b.argmax(1) == gold).astype(float) - (a.argmax(1) == gold)
    assert found.differences["accuracy"].detectable == pytest.approx(2.8016 * gained.std() / math.sqrt(3000), rel=0.06)


def test_a_difference_is_significant_where_its_interval_leaves_zero_out():
    checked = 0
    for seed in range(12):
        gold, a = predictions(seed, 120)
        _, noise = predictions(seed + 100, 120)
        found = metrics.compare(gold, a, 0.75 * a + 0.25 * noise, as_pairs(seed, 120, 8), seed=seed, draws=400)
        for difference in found.differences.values():
            if not 0.03 < difference.p_value < 0.07:  # there, single draws decide
                assert (difference.p_value < 0.05) == (not difference.low <= 0 <= difference.high)
                checked += 1
    assert checked > 100


def test_calibration_error_is_not_compared():
    gold, probabilities = predictions(15)
    found = metrics.compare(gold, probabilities, probabilities, range(len(gold)), seed=1, draws=10)
    assert set(metrics.METRICS) - set(found.differences) == {"ece"}


# ---- at the real base rate


def test_precision_at_the_base_rate_follows_bayes():
    gold, probabilities = predictions(16, 3000)
    rates = [0.04, 0.01, 0.95]
    weights = metrics.base_rate_weights(gold, rates)
    found = metrics.per_thousand(gold, probabilities, weights, range(3000), seed=1, draws=100)
    cells = metrics.confusion(gold, probabilities)
    called = cells[:, C] / cells.sum(1)
    assert found["present"].value == pytest.approx(10)
    assert found["found"].value == pytest.approx(10 * called[C])
    assert found["false_alarms"].value == pytest.approx(1000 * (0.04 * called[0] + 0.95 * called[2]))
    assert found["precision"].value == pytest.approx(0.01 * called[C] / (np.array(rates) @ called))
    assert found["recall"].value == pytest.approx(called[C])
    assert found["precision"].value < metrics.scores(gold, probabilities)["precision_contradicts"]
    for interval in found.values():
        assert interval.low <= interval.value <= interval.high


def test_only_the_proportions_of_weights_count():
    gold, probabilities = predictions(17, 200)
    weights = np.random.default_rng(0).uniform(1, 50, 200)
    one, other = (
        metrics.per_thousand(gold, probabilities, scale * weights, range(200), seed=1, draws=50) for scale in (1, 7)
    )
    for name, interval in one.items():
        assert interval.value == pytest.approx(other[name].value, **EXACT)
        assert interval.high == pytest.approx(other[name].high, **EXACT)


def test_weights_and_base_rates_that_cannot_be_are_refused():
    gold, probabilities = predictions(18, 6)
    for weights in ([1.0] * 5, [1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, math.nan]):
        with pytest.raises(ValueError, match="weights must be 6 positive numbers"):
            metrics.per_thousand(gold, probabilities, weights, range(6), seed=1)
    for rates in ([0.5, 0.5], [0.5, 0.4, 0.2], [1.2, -0.2, 0], [math.nan, 0.5, 0.5]):
        with pytest.raises(ValueError, match="not 3 shares"):
            metrics.base_rate_weights([0, 1, 2], rates)
    with pytest.raises(ValueError, match=r"base rate of contradicts is 0\.1, but 0 rows"):
        metrics.base_rate_weights([0, 2], [0.1, 0.1, 0.8])


# ---- segmentation


def slow_window_diff(gold, predicted, length, k):
    def between(boundaries, i):
        return sum(i < b <= i + k for b in boundaries)

    return sum(between(gold, i) != between(predicted, i) for i in range(length - k)) / (length - k)


texts = st.integers(2, 60).flatmap(
    lambda length: st.tuples(
        st.sets(st.integers(1, length - 1)), st.sets(st.integers(1, length - 1)), st.just(length), st.integers(1, 8)
    )
)


@pytest.mark.filterwarnings("default")  # of the libraries that netcal brings
@pytest.mark.parametrize("seed", range(20))
def test_ece_equals_that_of_netcal(seed):
    netcal = pytest.importorskip("netcal.metrics.confidence")  # pip install --no-deps netcal
    gold, probabilities = predictions(seed, rows=60 + 50 * seed, strength=seed / 10)
    expected = netcal.ECE(metrics.BINS).measure(probabilities, gold)
    assert metrics.scores(gold, probabilities)["ece"] == pytest.approx(expected, **EXACT)


@given(texts)
def test_window_diff_equals_its_definition(text):
    gold, predicted, length, k = text
    found = metrics.window_diff(gold, predicted, length, k=k)
    if length <= k:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(slow_window_diff(gold, predicted, length, k), **EXACT)


@given(texts)
def test_window_diff_equals_that_of_nltk(text):
    segmentation = pytest.importorskip("nltk.metrics.segmentation")
    gold, predicted, length, k = text
    if length <= k:
        return
    strings = ["".join(str(int(p in boundaries)) for p in range(1, length)) for boundaries in (gold, predicted)]
    expected = segmentation.windowdiff(*strings, k)
    assert metrics.window_diff(gold, predicted, length, k=k) == pytest.approx(expected, **EXACT)


def test_a_near_miss_costs_less_than_a_miss_and_k_is_half_a_segment():
    gold, length = {20, 40, 60}, 80
    near, none = metrics.window_diff(gold, {21, 40, 60}, length), metrics.window_diff(gold, {40, 60}, length)
    assert 0 < near < none
    assert none == metrics.window_diff(gold, {40, 60}, length, k=10)
    assert metrics.window_diff(gold, gold, length) == 0


def test_boundaries_are_pooled_over_texts():
    found = metrics.segmentation_scores([{5, 9}, set()], [{5}, {3, 4}], [12, 8])
    assert found["precision"] == pytest.approx(1 / 3)
    assert found["recall"] == pytest.approx(1 / 2)
    assert found["f1"] == pytest.approx(2 / 5)
    windows = [metrics.window_diff({5, 9}, {5}, 12), metrics.window_diff(set(), {3, 4}, 8)]
    assert found["window_diff"] == pytest.approx(np.mean(windows))
    assert all(math.isnan(value) for value in metrics.segmentation_scores([set()], [set()], [1]).values())


def test_boundaries_outside_a_text_and_uneven_lists_are_refused():
    for boundary in (0, 10, -1):
        with pytest.raises(ValueError, match=f"boundary {boundary} does not lie inside a text of 10"):
            metrics.segmentation_scores([{3}], [{boundary}], [10])
    with pytest.raises(ValueError, match="1 gold texts, 2 predicted ones and 1 lengths"):
        metrics.segmentation_scores([{3}], [{3}, {4}], [10])
    with pytest.raises(ValueError, match="no texts"):
        metrics.segmentation_scores([], [], [])
    with pytest.raises(ValueError, match="k is 0"):
        metrics.window_diff({3}, {3}, 10, k=0)


# ---- pairing


@pytest.mark.parametrize("k", [1, 3, 10, 50])
def test_ndcg_is_that_of_scikit_learn(k):
    random = np.random.default_rng(k)
    gain, similarity = random.integers(0, 4, (30, 12)) * (random.random((30, 12)) < 0.3), random.random((30, 12))
    asked = gain.max(1) > 0
    expected = sk.ndcg_score(gain[asked], similarity[asked], k=k)
    assert metrics.retrieval_scores(gain, similarity, k=k)["ndcg"] == pytest.approx(expected, **EXACT)


def test_recall_and_reciprocal_rank_go_by_the_ranks_of_relevant_candidates():
    relevance = [[0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]]
    similarity = [[0.9, 0.8, 0.7, 0.1], [0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]]  # the last query asks nothing
    found = metrics.retrieval_scores(relevance, similarity, k=2)
    assert found["recall"] == pytest.approx((1 / 2 + 1) / 2)
    assert found["mrr"] == pytest.approx((1 / 2 + 1) / 2)


def test_a_tie_never_helps():
    found = metrics.retrieval_scores(np.eye(4), np.zeros((4, 4)), k=3)
    assert found == {"recall": 0, "mrr": 0.25, "ndcg": 0}


def test_a_candidate_that_was_not_offered_is_not_found():
    found = metrics.retrieval_scores([[1, 1]], [[0.5, -np.inf]], k=2)
    assert found["recall"] == 0.5
    assert found["ndcg"] == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert metrics.retrieval_scores([[1]], [[-np.inf]], k=1) == {"recall": 0, "mrr": 0, "ndcg": 0}


def test_retrieval_without_a_relevant_candidate_is_undefined():
    assert all(math.isnan(value) for value in metrics.retrieval_scores([[0, 0]], [[0.1, 0.2]], k=1).values())


@pytest.mark.parametrize(
    ("relevance", "similarity", "k", "message"),
    [
        ([[1, 0]], [[0.1]], 1, "one and the same"),
        ([], [], 1, "one and the same"),
        ([[-1, 0]], [[0.1, 0.2]], 1, "gains of 0 and above"),
        ([[math.nan, 0]], [[0.1, 0.2]], 1, "gains of 0 and above"),
        ([[1, 0]], [[math.nan, 0.2]], 1, "NaN"),
        ([[1, 0]], [[math.inf, 0.2]], 1, "inf"),
        ([[1, 0]], [[0.1, 0.2]], 0, "k is 0"),
    ],
)
def test_retrieval_arrays_that_cannot_be_are_refused(relevance, similarity, k, message):
    with pytest.raises(ValueError, match=message):
        metrics.retrieval_scores(relevance, similarity, k=k)
