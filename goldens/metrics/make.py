# Reference figures of metrics: ROUGE-L by rouge_score 0.1.2 without its stemmer, labels by
# scikit-learn. Run: python3 goldens/metrics/make.py, with both packages installed.
import json
import pathlib
import random

from rouge_score import rouge_scorer
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

here = pathlib.Path(__file__).parent
random.seed(7)
words = "the a cat dog sat on mat, quickly. It's 42 state-of-the-art U.S. ran and AND".split()
texts = lambda: " ".join(random.choice(words) for _ in range(random.randint(0, 12)))
scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
rows = [("", "")] + [(texts(), texts()) for _ in range(40)]
(here / "rouge-l.json").write_text(
    json.dumps(
        [
            {"expected": e, "answer": a, "value": scorer.score(e, a)["rougeL"].fmeasure}
            for e, a in rows
        ],
        indent=1,
    )
    + "\n"
)

names = ["late", "damaged", "wrong item"]
expected = [random.choice(names) for _ in range(60)]
answers = [e if random.random() < 0.6 else random.choice(names + ["?"]) for e in expected]
labels = sorted(set(expected))
_, recall, f1, _ = precision_recall_fscore_support(
    expected, answers, labels=labels, zero_division=0
)
(here / "labels.json").write_text(
    json.dumps(
        {
            "expected": expected,
            "answers": answers,
            "accuracy": accuracy_score(expected, answers),
            "macro_f1": sum(f1) / len(f1),
            "by_label": {
                label: {"recall": r, "f1": f} for label, r, f in zip(labels, recall, f1)
            },
        },
        indent=1,
    )
    + "\n"
)
