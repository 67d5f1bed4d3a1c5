"""Makes bag.json: margins of a bag of words, from scikit-learn.

Needs scikit-learn: python make_bag_golden.py
"""

import json

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

TRAIN = [
    ("profit rose again this year", "good"),
    ("a loss for the third year in a row", "bad"),
    ("sales rose and profit doubled", "good"),
    ("the company lost money again", "bad"),
    ("nothing changed this year", "same"),
    ("sales fell and the loss grew", "bad"),
    ("profit is the same as last year", "same"),
    ("the best year of the company", "good"),
    ("the board met as planned", "same"),
    ("orders doubled again and again", "good"),
]
ASKED = ["profit fell again", "the best sales this year", "unheard of", "the same loss"]


def margins(rows, classes):
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), tokenizer=str.split, token_pattern=None)
    x = vectorizer.fit_transform([text for text, _ in rows])
    y = np.array([classes.index(label) for _, label in rows])
    model = LinearSVC(C=1.0, tol=1e-9, max_iter=1_000_000).fit(x, y)
    found = model.decision_function(vectorizer.transform(ASKED))
    # A list for each class, or for the second of two.
    return np.atleast_2d(found.T).tolist()


def main():
    classes = ["bad", "good", "same"]
    two = [row for row in TRAIN if row[1] != "same"]
    cases = [
        {"rows": TRAIN, "classes": classes, "margins": margins(TRAIN, classes)},
        {"rows": two, "classes": classes[:2], "margins": margins(two, classes[:2])},
    ]
    with open("bag.json", "w", encoding="utf-8") as file:
        json.dump({"asked": ASKED, "cases": cases}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
