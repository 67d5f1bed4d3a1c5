"""Training speed beside PyTorch: the same jobs, alternately, in one run.

Each alternation times our benchmark (`cargo bench --bench jobs`, built before) and PyTorch on the
same job with one thread and with two, each as milliseconds an epoch. What is printed is the ratio
of medians, ours over the faster of PyTorch's thread settings: below one, we are faster. Machines
that others use too are noisy; ratios within one run are what can be trusted.

    make peers                         # all jobs, all cells
    make peers PEERS="J1 lstm"         # one job, one cell
"""

import statistics
import subprocess
import sys
import time

#       units, steps, batch, windows
JOBS = {"J1": (256, 5, 32, 309), "J2": (128, 60, 64, 2393), "J3": (64, 20, 800, 4980)}
CELLS = ("lstm", "gru", "rnn")
FEATURES = 2
# Epochs of one timing, after one that warms up.
EPOCHS = {"J1": 12, "J2": 2, "J3": 4}
ALTERNATIONS = 5


def torch_epochs(job, cell, threads):
    """Milliseconds of each epoch but the first, from a process of its own: waiting threads of one
    library must not take time from the other."""
    command = [sys.executable, __file__, "--torch", job, cell, str(threads)]
    line = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(time) for time in line.split()]


def run_torch(job, cell, threads):
    """Prints what `torch_epochs` reads."""
    import torch

    class Net(torch.nn.Module):
        """The article's network; two layers of the cell in one module, as PyTorch likes it best."""

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

    units, steps, batch, windows = JOBS[job]
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    x, y = torch.rand(windows, steps, FEATURES), torch.rand(windows, 1)
    net = Net(units, steps)
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


def our_epochs(binary, job, cell):
    """Milliseconds of each epoch but the first, as our benchmark prints them."""
    command = [binary, job, cell, "2", str(EPOCHS[job] + 1)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [float(time) for time in lines[-1].split("|")[1].split()]


def main():
    if sys.argv[1] == "--torch":
        run_torch(sys.argv[2], sys.argv[3], int(sys.argv[4]))
        return
    binary, wanted = sys.argv[1], sys.argv[2:]
    print(f"PyTorch; milliseconds an epoch, medians of {ALTERNATIONS} alternations")
    print("job  cell    ours  PyTorch 1 thread  2 threads   ratio  (lowest to highest of the alternations)")
    for job in JOBS:
        for cell in CELLS:
            if wanted and (job not in wanted[:1] or cell not in (wanted[1:] or CELLS)):
                continue
            ours, one, two, ratios = [], [], [], []
            for _ in range(ALTERNATIONS):
                ours.append(statistics.median(our_epochs(binary, job, cell)))
                one.append(statistics.median(torch_epochs(job, cell, 1)))
                two.append(statistics.median(torch_epochs(job, cell, 2)))
                ratios.append(ours[-1] / min(one[-1], two[-1]))
            mid = statistics.median
            ratio = mid(ours) / min(mid(one), mid(two))
            print(
                f"{job:3}  {cell:4}  {mid(ours):6.1f}  {mid(one):16.1f}  {mid(two):9.1f}  {ratio:6.2f}"
                f"  ({min(ratios):.2f} to {max(ratios):.2f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
