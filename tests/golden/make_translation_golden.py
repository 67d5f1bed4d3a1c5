"""Makes translation.json: encoder–decoders with attention, from PyTorch in float64.

Needs torch alone (a CPU wheel will do): python make_translation_golden.py

`Translator` is what gatecast's `Seq2Seq` is, with the names of its tensors: weights of a model file load
with `load_state_dict(weights, strict=True)`.
"""

import json

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

SOURCE_WORDS, TARGET_WORDS, EMBEDDING, UNITS = 9, 11, 5, 4
SMOOTHING = 0.1
# Number 0 is no word: in front of a target it is the start, behind it the end.
SOURCES = [[1, 2, 8], [3], [4, 5, 6, 7, 2], [2, 2]]
TARGETS = [[1, 10], [], [3, 4, 5, 6], [7, 3, 9]]
# Width of the beam, penalty for length, and a number that is never written.
SEARCHES = [(1, 1.0, None), (5, 1.0, None), (5, 0.0, None), (2, 0.5, 3)]


class Words(nn.Embedding):
    """Number 0 is read as zeros, whatever its vector is."""

    def forward(self, ids):
        return super().forward(ids) * (ids != 0).unsqueeze(-1)


class Mean(nn.Module):
    """The mean over the own steps of each sample."""

    def forward(self, y, lengths):
        return torch.stack([y[b, :length].mean(0) for b, length in enumerate(lengths)])


class Output(nn.Module):
    """The weights are those of the decoder's words."""

    def __init__(self, words):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(words))


class Translator(nn.Module):
    def __init__(self, cell, layers, source_words, target_words, embedding, units):
        super().__init__()
        kind = getattr(nn, cell)
        memory = 2 * units
        self.units, self.parts = units, 2 if cell == "LSTM" else 1
        self.encoder = nn.ModuleList([Words(source_words, embedding)])
        self.decoder = nn.ModuleList([Words(target_words, embedding)])
        for layer in range(layers):
            inputs = memory if layer else embedding
            self.encoder.append(kind(inputs, units, batch_first=True, bidirectional=True))
            self.decoder.append(kind(units if layer else embedding, units, batch_first=True))
        self.bridge = nn.ModuleList([Mean(), nn.Linear(memory, layers * self.parts * units)])
        self.query = nn.ModuleList([nn.Linear(units, memory)])
        self.join = nn.ModuleList([nn.Linear(memory + units, embedding)])
        self.output = Output(target_words)

    def read(self, sources, lengths):
        """The memory, and the states that the decoder's layers start from."""
        y = self.encoder[0](sources)
        for layer in self.encoder[1:]:
            y = pack_padded_sequence(y, lengths, batch_first=True, enforce_sorted=False)
            y, _ = pad_packed_sequence(layer(y)[0], batch_first=True)
        states = torch.tanh(self.bridge[1](self.bridge[0](y, lengths)))
        # Layer by layer; of an LSTM h before c.
        states = [part.unsqueeze(0).contiguous() for part in states.split(self.units, 1)]
        if self.parts == 2:
            states = list(zip(states[::2], states[1::2]))
        return y, states

    def tell(self, memory, lengths, words, states):
        """Logarithms of the probabilities of the words that follow, attention, and the states after it."""
        y, after = self.decoder[0](words), []
        for layer, state in zip(self.decoder[1:], states):
            y, state = layer(y, state)
            after.append(state)
        scores = self.query[0](y) @ memory.transpose(1, 2)
        own = torch.arange(memory.shape[1]) < torch.tensor(lengths).unsqueeze(1)
        attention = scores.masked_fill(~own.unsqueeze(1), -torch.inf).softmax(2)
        joined = torch.tanh(self.join[0](torch.cat([attention @ memory, y], 2)))
        logits = joined @ self.decoder[0].weight.T + self.output.bias
        return logits, attention, after


def padded(sequences):
    return nn.utils.rnn.pad_sequence([torch.tensor(s, dtype=torch.long) for s in sequences], True)


def run(net, sources, targets):
    """The logits of the words to tell, these words, and the attention of each target."""
    lengths = [len(source) for source in sources]
    memory, states = net.read(padded(sources), lengths)
    words = padded([[0, *target] for target in targets])
    logits, attention, _ = net.tell(memory, lengths, words, states)
    right = padded([[*target, 0] for target in targets])
    # The end is a word to tell, padding is none.
    own = torch.arange(right.shape[1]) <= torch.tensor([len(target) for target in targets]).unsqueeze(1)
    attention = [attention[b, : len(t) + 1, : lengths[b]] for b, t in enumerate(targets)]
    return logits[own], right[own], attention


def most_words(source):
    return 2 * len(source) + 10


def search(net, source, width, penalty, never):
    """The best target that a beam finds, and the logarithm of its probability."""

    def score(beginning):
        return beginning[1] / (len(beginning[0]) + 1) ** penalty

    memory, states = net.read(torch.tensor([source]), [len(source)])
    going, ended = [([], 0.0, states)], []
    for _ in range(most_words(source)):
        candidates = []
        for words, log, states in going:
            last = torch.tensor([words[-1:] or [0]])
            logits, _, after = net.tell(memory, [len(source)], last, states)
            logs = logits[0, 0].log_softmax(0).tolist()
            candidates += [(words, log + more, word, after) for word, more in enumerate(logs) if word != never]
        candidates.sort(key=lambda candidate: -candidate[1])
        going = []
        for words, log, word, after in candidates:
            if len(going) == width or len(ended) == width:
                break
            if word == 0:
                ended.append((words, log))
            else:
                going.append(([*words, word], log, after))
        if len(ended) == width:
            break
    words, log, *_ = max(ended or going, key=score)
    return {"words": words, "log_probability": log}


def searched(net, width, penalty, never):
    found = [search(net, source, width, penalty, never) for source in SOURCES]
    return {"width": width, "length_penalty": penalty, "never": never, "found": found}


def differ(searches):
    """Whether each finds something of its own, and targets that have ended."""
    found = [[one["words"] for one in search["found"]] for search in searches]
    ended = [any(0 < len(words) < most_words(source) for words, source in zip(one, SOURCES)) for one in found]
    return all(ended) and all(found.count(one) == 1 for one in found) if found else False


def entry(values):
    return {"shape": list(values.shape), "data": values.detach().flatten().tolist()}


def second_biases(net):
    """Those that gatecast does not have: it writes zeros for them."""
    layers = [(part, index, layer) for part in ("encoder", "decoder") for index, layer in enumerate(getattr(net, part))]
    return [
        f"{part}.{index}.{name}"
        for part, index, layer in layers
        if isinstance(layer, (nn.LSTM, nn.RNN))
        for name, _ in layer.named_parameters()
        if name.startswith("bias_hh")
    ]


def case(cell, layers):
    sizes = (cell, layers, SOURCE_WORDS, TARGET_WORDS, EMBEDDING, UNITS)
    net, left_out = Translator(*sizes), second_biases(Translator(*sizes))
    # Searches that all find the same would prove little, so the first weights by which they differ are taken.
    seed, searches = 0, []
    while not differ(searches):
        torch.manual_seed(seed)
        with torch.no_grad():
            for name, values in net.named_parameters():
                # Large enough that words differ much in how probable they are.
                values.zero_() if name in left_out else values.uniform_(-1.2, 1.2)
            searches = [searched(net, *settings) for settings in SEARCHES]
        seed += 1
    named = {name: values for name, values in net.named_parameters() if name not in left_out}

    # What a model file holds loads as it is, and is the same network.
    of_file = {name: values.detach().clone() for name, values in named.items()}
    of_file |= {name: torch.zeros_like(net.get_parameter(name)) for name in left_out}
    loaded = Translator(*sizes)
    loaded.load_state_dict(of_file, strict=True)
    assert torch.equal(run(loaded, SOURCES, TARGETS)[0], run(net, SOURCES, TARGETS)[0])

    logits, right, attention = run(net, SOURCES, TARGETS)
    loss = nn.functional.cross_entropy(logits, right, label_smoothing=SMOOTHING)
    loss.backward()
    losses = []
    for source, target in zip(SOURCES, TARGETS):
        logits, right, _ = run(net, [source], [target])
        losses.append(nn.functional.cross_entropy(logits, right).item())
    return {
        "cell": cell.lower(),
        "layers": layers,
        "state_dict": {name: list(values.shape) for name, values in net.state_dict().items()},
        "weights": {name: entry(values) for name, values in named.items()},
        "gradients": {name: entry(values.grad) for name, values in named.items()},
        "loss": loss.item(),
        "losses": losses,
        "attention": [entry(one) for one in attention],
        "searches": searches,
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
    kinds = [("LSTM", 1), ("LSTM", 2), ("GRU", 1), ("GRU", 2), ("RNN", 1)]
    whole = {
        "source_words": SOURCE_WORDS,
        "target_words": TARGET_WORDS,
        "embedding": EMBEDDING,
        "units": UNITS,
        "smoothing": SMOOTHING,
        "sources": SOURCES,
        "targets": TARGETS,
        "cases": [case(cell, layers) for cell, layers in kinds],
    }
    with open("translation.json", "w", encoding="utf-8") as file:
        json.dump(rounded(whole), file)
        file.write("\n")


if __name__ == "__main__":
    main()
