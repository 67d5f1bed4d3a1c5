"""Makes bleu.json: BLEU and chrF of made-up sentences, from sacreBLEU.

Needs sacrebleu 2.5 or newer: python make_bleu_golden.py
"""

import json

import sacrebleu
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

# A translation and its reference.
PAIRS = [
    ("The cat sat on the mat.", "The cat is on the mat."),
    ("A man rides a horse through the snow.", "A man rides a horse through the snow."),
    ("Nothing here agrees", "Das ist ganz anders!"),
    ("two dogs play in the grass", "Two dogs are playing in the green grass."),
    ("the the the the the the the", "the cat is on the mat"),
    ("Sales rose 12.5 % to 1,234,567.89 euros.", "Sales rose by 12.5% to 1,234,567.89 euros."),
    ("It costs $3.50, not £4,20 or €5.", "It costs $3.50 (not £4.20 or 5 €)."),
    ("In 2017-18, 5-year-old T-shirts were 3-4 times dearer.", "In 2017–18 five-year-old T-shirts were 3 to 4 times dearer."),
    ("He said &quot;no&quot; &amp; left.", 'He said "no" & left.'),
    ("if a &lt; b &amp;&amp; c &gt; d &amp;lt; e", "if a < b && c > d &lt; e"),
    ("<skipped> one of the few words", "one <skipped>of the very few words"),
    ("“Don't!” she cried, ‘it’s mine’.", "\"Don't!\" she cried. 'It's mine.'"),
    ("e.g. U.S. firms, i.e. A.B. and Co...", "E.g., U.S. firms i.e. A. B. and Co.."),
    ("wait,,, what?! no...,5 .5 5. ,", "wait, what?! no... ,5 .5 5."),
    ("a/b\\c [d] {e} (f) <g> ~h~ ^i^ _j_ `k` |l| #m @n *o* +p =q", "a / b \\ c [ d ] {e} (f) g ~ h _j_ `k` | l #m@n *o* +p=q;"),
    ("mail me at a.b-c@example.com:8080", "mail me : a.b-c@example.com:8080"),
    ("Ein Mann mit grünem Hut fährt über die Straße.", "Ein Mann mit einem grünen Hut geht über die Straße."),
    ("Die Größe der Äpfel, Öle und Übel", "Die Grösse der Äpfel, Öl und Übel"),
    ("酒店很好，我喜欢。", "这家酒店很好，我很喜欢。"),
    ("房间12.5平米,价格300元", "房间 12.5 平米，价格 300 元"),
    ("猫", "狗"),
    ("Great job 😀👍🏽 everyone!", "Great job everyone 😀👍🏽!"),
    ("👨‍👩‍👧 family", "👨‍👩‍👧 family"),
    ("cafe\u0301 cre\u0300me", "café crème"),
    ("non\u00a0breaking\u2009thin\u3000wide \u001fseparator", "non breaking thin wide separator"),
    ("trailing blanks and a tab\t \n", "trailing blanks and\ta  tab"),
    ("a line bro-\nken in\ntwo parts-", "a line broken in two parts-"),
    ("12-34 a-1 1-a 1- -1 2.-3", "12 - 34 a-1 1 -a 1- -1 2 .- 3"),
    ("٣,٤ und ³.²", "٣, ٤ und ³ . ²"),
    ("", "something should stand here"),
    ("something that should not be here", ""),
    ("", ""),
    ("   ", "\t"),
    ("yes", "yes"),
    ("yes sir", "yes sir"),
    ("yes , sir", "yes, sir"),
    ("no way out", "no way out!"),
    ("a b c d", "d c b a"),
    ("a b c d e f", "a b x c d y e f"),
    ("a", "a b c d e f g h"),
    ("one two three four five six seven", "one two three four"),
    ("CASE matters Here", "case matters here"),
]


def case(pairs):
    translations = [translation for translation, _ in pairs]
    references = [reference for _, reference in pairs]
    scores = []
    for tokens in ["13a", "none", "char"]:
        metric = BLEU(tokenize=tokens)
        score = metric.corpus_score(translations, [references])
        scores.append(
            {
                "score": score.score,
                "precisions": score.precisions,
                "brevity_penalty": score.bp,
                "translated_length": score.sys_len,
                "reference_length": score.ref_len,
                "signature": str(metric.get_signature()),
            }
        )
    return {
        "translations": translations,
        "references": references,
        "bleu": scores,
        "chrf": CHRF().corpus_score(translations, [references]).score,
    }


def main():
    sentences = [sentence for pair in PAIRS for sentence in pair]
    # As BLEU calls it, which takes blanks off the end first.
    tokens = [(text, Tokenizer13a()(text.rstrip()).split()) for text in sentences]
    # Each pair by itself, all of them, and those of one token or none.
    short = [pair for pair in PAIRS if len(pair[0].split()) < 2]
    cases = [case(pairs) for pairs in [PAIRS, PAIRS[::-3], short] + [[pair] for pair in PAIRS]]
    golden = {"version": sacrebleu.__version__, "tokens": tokens, "cases": cases}
    with open("bleu.json", "w", encoding="utf-8") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
