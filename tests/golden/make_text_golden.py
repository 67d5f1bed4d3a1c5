"""Makes text.json: networks for sentences, from PyTorch in float64.

Needs torch alone (a CPU wheel will do): python make_text_golden.py
"""

import json

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

WORDS, VECTOR, UNITS, CLASSES = 9, 3, 4, 3
# Number 0 stands for no word; the last sample has a single word.
IDS = [[3, 1, 5, 3, 8], [7, 2, 3, 0, 0], [6, 0, 0, 0, 0]]
LENGTHS = [5, 3, 1]
LABELS = [2, 0, 1]


def entry(values):
    return {"shape": list(values.shape), "data": values.detach().flatten().tolist()}


def pooled(kind, y, lengths):
    if kind == "last":
        return torch.stack([y[b, n - 1] for b, n in enumerate(lengths)])
    parts = [y[b, :n] for b, n in enumerate(lengths)]
    if kind == "mean":
        return torch.stack([part.mean(0) for part in parts])
    return torch.stack([part.max(0).values for part in parts])


def case(cell, pool, seed):
    torch.manual_seed(seed)
    embedding = nn.Embedding(WORDS, VECTOR, padding_idx=0)
    rnn = getattr(nn, cell)(VECTOR, UNITS, batch_first=True, bidirectional=True)
    head = nn.Linear(2 * UNITS, CLASSES)
    if cell == "LSTM":  # one bias is enough; ours has one
        with torch.no_grad():
            rnn.bias_hh_l0.zero_()
            rnn.bias_hh_l0_reverse.zero_()
    ids = torch.tensor(IDS)
    packed = pack_padded_sequence(embedding(ids), LENGTHS, batch_first=True)
    y, _ = pad_packed_sequence(rnn(packed)[0], batch_first=True)
    logits = head(pooled(pool, y, LENGTHS))
    loss = nn.functional.cross_entropy(logits, torch.tensor(LABELS))
    loss.backward()
    named = {}
    for index, module in ((0, embedding), (1, rnn), (3, head)):
        for name, values in module.named_parameters():
            if cell == "LSTM" and name.startswith("bias_hh"):
                continue
            named[f"{index}.{name}"] = values
    return {
        "cell": cell.lower(),
        "pool": pool,
        "weights": {name: entry(values) for name, values in named.items()},
        "gradients": {name: entry(values.grad) for name, values in named.items()},
        "logits": entry(logits),
        "loss": loss.item(),
    }


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return value


def main():
    torch.set_default_dtype(torch.float64)
    cases = [
        case(cell, pool, seed)
        for seed, (cell, pool) in enumerate(
            (cell, pool) for cell in ("LSTM", "GRU") for pool in ("max", "mean", "last")
        )
    ]
    whole = {"words": WORDS, "vector": VECTOR, "units": UNITS, "ids": IDS,
             "lengths": LENGTHS, "labels": LABELS, "cases": cases}
    with open("text.json", "w", encoding="utf-8") as file:
        json.dump(rounded(whole), file)
        file.write("\n")


if __name__ == "__main__":
    main()
