"""Speed beside PyTorch and Keras: the same jobs, alternately, in one run.

Each alternation times our benchmarks (built before, with `cargo bench --no-run`), PyTorch with one
thread and with two, and Keras (JAX) on the same job, each in a process of its own, so that waiting
threads of one library take no time from another. Jobs J1 to J3 are milliseconds an epoch; T1 is the same
for sentences (embedding, both directions, pooling, two classes), T2 for translations (an encoder–decoder
with attention), both of which PyTorch is given in the same batches of about one length; "window" is one prediction by the network of J1, in microseconds. What is printed is the ratio of medians,
ours over the faster of PyTorch's thread settings: below one, we are faster. Machines that others
use too are noisy; ratios within one run are what can be trusted.

    make peers                         # all jobs, all cells
    make peers PEERS="J1 lstm"         # one job, one cell
"""

import math
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

#       units, steps, batch, windows
JOBS = {"J1": (256, 5, 32, 309), "J2": (128, 60, 64, 2393), "J3": (64, 20, 800, 4980)}
CELLS = ("lstm", "gru", "rnn")
FEATURES = 2
# Epochs of one timing, after one that warms up.
EPOCHS = {"J1": 12, "J2": 2, "J3": 4, "T1": 3, "T2": 2}
# Of T1: words, longest sentence, sentences, units.
WORDS, LONGEST, SENTENCES, UNITS = 15_000, 40, 3000, 100
# Whether sources are packed in T2, which makes it the same network as ours and slower.
PACKED = os.environ.get("PACKED") == "1"
# Of T2: words of either side, longest sentence, pairs, units.
SOURCE_WORDS, TARGET_WORDS, MOST, PAIRS, TRANSLATOR = 7800, 5900, 35, 3000, 256
# Predictions of one timing.
WINDOWS = {"torch": 1000, "keras": 100}
ALTERNATIONS = 5


def torch_net(job, cell):
    """The article's network; two layers of the cell in one module, as PyTorch likes it best."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self, units, steps):
            super().__init__()
            kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[cell]
            self.cells = kind(FEATURES, units, num_layers=2, batch_first=True)
            self.step = torch.nn.Linear(units, 1)
            self.five = torch.nn.Linear(steps, 5)
            self.out = torch.nn.Linear(5, 1)

        def forward(self, x):
            y, _ = self.cells(x)
            return self.out(self.five(self.step(y).flatten(1)))

    torch.manual_seed(0)
    return Net(*JOBS[job][:2])


def run_torch_sentences(cell):
    """T1; prints the times, one a line."""
    import random

    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[cell]
            self.words = torch.nn.Embedding(WORDS, UNITS, padding_idx=0)
            self.cells = kind(UNITS, UNITS, batch_first=True, bidirectional=True)
            self.out = torch.nn.Linear(2 * UNITS, 2)

        def forward(self, x):
            y, _ = self.cells(self.words(x))
            return self.out(y.masked_fill((x == 0).unsqueeze(2), -1e9).max(1).values)

    lengths = [5 + row * 7919 % 36 for row in range(SENTENCES)]
    order = sorted(range(SENTENCES), key=lengths.__getitem__)
    batches = []
    for at in range(0, SENTENCES, 32):
        rows = order[at : at + 32]
        x = torch.zeros(len(rows), max(lengths[row] for row in rows), dtype=torch.long)
        for b, row in enumerate(rows):
            x[b, : lengths[row]] = torch.randint(1, WORDS, (lengths[row],))
        batches.append((x, torch.tensor([row % 2 for row in rows])))
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), eps=1e-7)
    for epoch in range(EPOCHS["T1"] + 1):
        start = time.perf_counter()
        random.shuffle(batches)
        for x, y in batches:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(x), y).backward()
            optimizer.step()
        if epoch > 0:
            print(1e3 * (time.perf_counter() - start))


def pair_lengths(row):
    """Words of a source and of its target in T2, as in our benchmark."""
    a, b, c, d = ((0.5 + row * 1.1673039782614187**-power) % 1 for power in (1, 2, 3, 4))
    source = math.exp(2.463 + 0.33 * (2 * (a + b + c) - 3))
    return tuple(min(max(round(length), 4), MOST) for length in (source, source * (0.8 + 0.5 * d)))


def run_torch_translations(cell):
    """T2; prints the times, one a line.

    Sentences are padded unless PACKED=1: that is faster, but the backward direction then begins with padding. All
    steps of the targets go through the decoder, the attention and the output at once. Of a batch of equal lengths
    no mask is needed, and none is made.
    """
    import random

    import torch
    from torch.nn import functional
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    none = -100

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[cell]
            units, parts = TRANSLATOR, 2 if cell == "lstm" else 1
            self.source = torch.nn.Embedding(SOURCE_WORDS, units, padding_idx=0)
            self.target = torch.nn.Embedding(TARGET_WORDS, units, padding_idx=0)
            self.encoder = kind(units, units, batch_first=True, bidirectional=True)
            self.decoder = kind(units, units, batch_first=True)
            self.bridge = torch.nn.Linear(2 * units, parts * units)
            self.query = torch.nn.Linear(units, 2 * units)
            self.join = torch.nn.Linear(3 * units, units)
            self.bias = torch.nn.Parameter(torch.zeros(TARGET_WORDS))
            for words, spread in ((self.source, 1.0), (self.target, 0.3)):
                torch.nn.init.uniform_(words.weight, -spread, spread)

        def dropped(self, x):
            """Hides inputs at all steps alike, as ours does."""
            return x * functional.dropout(x.new_ones(x.shape[0], 1, x.shape[2]), 0.2)

        def forward(self, source, share, hide, target):
            words = self.dropped(self.source(source))
            if PACKED:
                own = (source != 0).sum(1)
                words = pack_padded_sequence(words, own, batch_first=True, enforce_sorted=False)
            memory, _ = self.encoder(words)
            if PACKED:
                memory, _ = pad_packed_sequence(memory, batch_first=True, total_length=source.shape[1])
            # The share of a step in the mean is none for padding.
            mean = torch.bmm(share, memory).squeeze(1)
            state = torch.tanh(self.bridge(mean)).unsqueeze(0)
            if cell == "lstm":
                state = tuple(part.contiguous() for part in state.chunk(2, 2))
            # The start is read as zeros.
            words = functional.pad(self.target(target), (0, 0, 1, 0))
            h, _ = self.decoder(self.dropped(words), state)
            scores = torch.bmm(self.query(h), memory.transpose(1, 2))
            if hide is not None:
                scores = scores + hide
            context = torch.bmm(scores.softmax(2), memory)
            joined = torch.tanh(self.join(torch.cat([context, h], 2)))
            return functional.linear(functional.dropout(joined, 0.2), self.target.weight, self.bias)

    lengths = [pair_lengths(row) for row in range(PAIRS)]
    # By the target, among equals by the source.
    order = sorted(range(PAIRS), key=lambda row: lengths[row][::-1])
    batches = []
    for at in range(0, PAIRS, 64):
        rows = order[at : at + 64]
        steps, told = (max(lengths[row][side] for row in rows) for side in (0, 1))
        source = torch.zeros(len(rows), steps, dtype=torch.long)
        target = torch.zeros(len(rows), told, dtype=torch.long)
        right = torch.full((len(rows), told + 1), none)
        share, hide = torch.zeros(len(rows), 1, steps), torch.zeros(len(rows), 1, steps)
        for b, row in enumerate(rows):
            own, words = lengths[row]
            source[b, :own] = torch.randint(1, SOURCE_WORDS, (own,))
            target[b, :words] = torch.randint(1, TARGET_WORDS, (words,))
            right[b, :words], right[b, words] = target[b, :words], 0
            share[b, 0, :own] = 1 / own
            hide[b, 0, own:] = -torch.inf
        batches.append((source, share, hide if hide.any() else None, target, right.flatten()))
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.002, eps=1e-7, fused=True)
    for epoch in range(EPOCHS["T2"] + 1):
        start = time.perf_counter()
        random.shuffle(batches)
        for *x, right in batches:
            optimizer.zero_grad()
            logits = net(*x).flatten(0, 1)
            functional.cross_entropy(logits, right, ignore_index=none, label_smoothing=0.1).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
        if epoch > 0:
            print(1e3 * (time.perf_counter() - start))


def run_torch(job, cell, threads):
    """Prints the times, one a line."""
    import torch

    torch.set_num_threads(int(threads))
    if job == "T1":
        return run_torch_sentences(cell)
    if job == "T2":
        return run_torch_translations(cell)
    if job == "window":
        net, x = torch_net("J1", cell).eval(), torch.rand(1, JOBS["J1"][1], FEATURES)
        with torch.inference_mode():
            for _ in range(WINDOWS["torch"]):
                start = time.perf_counter()
                net(x).item()
                print(1e6 * (time.perf_counter() - start))
        return
    _, steps, batch, windows = JOBS[job]
    net = torch_net(job, cell)
    x, y = torch.rand(windows, steps, FEATURES), torch.rand(windows, 1)
    optimizer = torch.optim.Adam(net.parameters(), eps=1e-7)
    for epoch in range(EPOCHS[job] + 1):
        start = time.perf_counter()
        order = torch.randperm(windows)
        for at in range(0, windows, batch):
            rows = order[at : at + batch]
            optimizer.zero_grad()
            torch.nn.functional.l1_loss(net(x[rows]), y[rows]).backward()
            optimizer.step()
        if epoch > 0:
            print(1e3 * (time.perf_counter() - start))


def run_keras(job, cell):
    """Prints the times, one a line."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    import numpy as np
    from keras import layers

    units, steps, batch, windows = JOBS["J1" if job == "window" else job]
    kind = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}[cell]
    net = keras.Sequential(
        [
            layers.Input((steps, FEATURES)),
            kind(units, return_sequences=True),
            kind(units, return_sequences=True),
            layers.TimeDistributed(layers.Dense(1)),
            layers.Flatten(),
            layers.Dense(5),
            layers.Dense(1),
        ]
    )
    if job == "window":
        x = np.random.rand(1, steps, FEATURES).astype("float32")
        for _ in range(WINDOWS["keras"]):
            start = time.perf_counter()
            float(net.predict_on_batch(x)[0, 0])
            print(1e6 * (time.perf_counter() - start))
        return
    times = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            times.append(1e3 * (time.perf_counter() - self.start))

    net.compile(loss="mae", optimizer="adam")
    x, y = np.random.rand(windows, steps, FEATURES), np.random.rand(windows, 1)
    # The first epochs trace and compile: whole and last batches apart.
    epochs = EPOCHS[job] + 2
    net.fit(
        x.astype("float32"), y.astype("float32"), batch_size=batch, epochs=epochs, verbose=0, callbacks=[Clock()]
    )
    print(*times[2:], sep="\n")


def median_of(*command):
    """The median of the times that a process prints."""
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return statistics.median(float(line) for line in lines)


def peer(*arguments):
    return median_of(sys.executable, __file__, *arguments)


def ours(job, cell):
    """What our benchmark prints for the job."""
    name = "inference" if job == "window" else "jobs"
    built = [path for path in Path("target/release/deps").glob(f"{name}-*") if path.suffix == ""]
    command = [max(built, key=lambda path: path.stat().st_mtime)]
    command += [cell] if job == "window" else [job, cell, "2", str(EPOCHS[job] + 1)]
    line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    if job == "window":
        return float(line.split()[2])
    return statistics.median(float(time) for time in line.split("|")[1].split())


def main():
    if sys.argv[1:2] == ["--torch"]:
        return run_torch(*sys.argv[2:])
    if sys.argv[1:2] == ["--keras"]:
        return run_keras(*sys.argv[2:])
    wanted = sys.argv[1:]
    print(f"medians of {ALTERNATIONS} alternations; milliseconds an epoch, microseconds a window")
    print("job     cell    ours  PyTorch 1 thread  2 threads   Keras   ratio to PyTorch  (lowest to highest)")
    mid = statistics.median
    for job in (*JOBS, "T1", "T2", "window"):
        for cell in CELLS:
            if wanted and (job not in wanted[:1] or cell not in (wanted[1:] or CELLS)):
                continue
            rows = []
            for _ in range(ALTERNATIONS):
                rows.append(
                    (
                        ours(job, cell),
                        peer("--torch", job, cell, "1"),
                        peer("--torch", job, cell, "2"),
                        float("nan") if job in ("T1", "T2") else peer("--keras", job, cell),
                    )
                )
            us, one, two, keras = (mid(column) for column in zip(*rows))
            ratios = [row[0] / min(row[1:3]) for row in rows]
            print(
                f"{job:6}  {cell:4}  {us:6.1f}  {one:16.1f}  {two:9.1f}  {keras:6.0f}  {us / min(one, two):17.2f}"
                f"  ({min(ratios):.2f} to {max(ratios):.2f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
