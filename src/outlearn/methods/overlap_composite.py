"""Overlap density, composite: keep what four cross-fitted signs together say is worth learning from."""

from outlearn.labels import LabelSet, composite_scores, cross_fitted, top_per_class
from outlearn.labels.neighbours import neighbours
from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_count, check_share
from outlearn.methods.student import Student, read_features
from outlearn.training import CROSS_ENTROPY


@method
def overlap_composite(*, frac: float = 0.5, k: int = 50, folds: int = 5) -> Method:
    """Fine-tune on the `frac` of each class with the highest composite score.

    The score is z(p(g | h)) + z(neighbours' agreement) + z(neighbours' density) + z(-(H(g) - ln(C)/2)^2),
    with h the untrained student's features and z standardising over the examples; see `composite_scores`.

    Args:
        frac: Share of each class's examples, in (0, 1]; 1 is naive to the bit.
        k: Number of neighbours, at least 1; all others where there are no more.
        folds: Of the logistic regression, at least 2.

    Raises:
        SpecError: If a parameter is out of its range.
        UsageError: While training, if the labels leave a class without an example, or there are fewer
            examples than folds.

    Reference:
        Wen et al. 2026, "Automated Weak-to-Strong Researcher", overlap density (composite), after Shin et al.
        2024, arXiv:2412.03881. "Class-balanced" is read as the same share of each class.
    """
    check_share(frac, name="overlap_composite: frac")
    check_count(k, name="overlap_composite: k", least=1)
    check_count(folds, name="overlap_composite: folds", least=2)

    def prepare(student: Student, labels: LabelSet) -> LabelSet:
        if frac == 1:
            return labels
        features, weak = read_features(student, labels), labels.probabilities
        judged = cross_fitted(features, labels=weak, ids=labels.ids, num_folds=folds, seed=student.seed)
        near = neighbours(features, labels=weak, num_neighbours=k)
        kept = top_per_class(
            composite_scores(weak, judged=judged, near=near),
            probabilities=weak,
            classes=labels.classes,
            ids=labels.ids,
            frac=frac,
        )
        return labels.at(kept)

    return one_fit(
        loss=CROSS_ENTROPY,
        prepare=prepare,
        reference="wen2026automated, sec. on overlap density; shin2024weak, sec. 3",
        zero={"frac": 1.0},
    )
