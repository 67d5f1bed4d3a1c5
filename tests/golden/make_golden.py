"""Makes the golden values that the Rust tests compare against.

Run it from the repository's root (any place for the environment will do; PyPI's
torch for Linux brings its GPU libraries along, some 5 GB in all, though only the
CPU is used):

    python3 -m venv target/golden-venv && . target/golden-venv/bin/activate
    pip install -r tests/golden/requirements.txt
    python tests/golden/make_golden.py        # [another output directory]

It takes seconds and writes five files, next to this script unless told otherwise:

    cells.json       RNN, LSTM and GRU layers: outputs and gradients
    layers.json      dense layers, activation functions, losses
    optimizers.json  six steps of each optimizer on given gradients
    article.json     a two-LSTM forecasting network: outputs, gradients and
                     ten Adam steps on the mean absolute error
    shapes.json      one-to-one, one-to-many, many-to-one and many-to-many nets

Conventions
-----------
* Everything is computed in float64. Inputs, weights, targets, and the
  gradients handed to layers and optimizers, are drawn first and rounded to
  the nearest float32, so a float32 engine starts from identical numbers and
  only its own arithmetic shows up as a difference. (Hyper-parameters such as a
  learning rate of 0.01 are the decimal number, not its float32 rounding.)
* A tensor is {"shape": [...], "data": [...]}, row-major.
* Sequences are batch-major: [batch, steps, features].
* Weights have PyTorch's layout and names: weight_ih [G*H, I],
  weight_hh [G*H, H], bias_ih [G*H], bias_hh [G*H]; dense weight [U, I], bias
  [U]. Gate order is i,f,g,o for an LSTM and r,z,n for a GRU. RNN and LSTM have
  one bias only (bias_ih), as in Keras; a GRU has both, which is PyTorch's
  formula and Keras' reset_after=True.
* In networks a tensor's name begins with the index of its layer in the stack:
  "0.weight_ih_l0", "2.weight".
* Unless a file says otherwise, the scalar that is differentiated is
  sum(y * dy), with dy given.
* Every random number comes from a generator seeded with the name of its case,
  so a case does not change when others are added. With the pinned versions on
  the same kind of machine a rerun gives the same files byte for byte; another
  processor may differ in the last digits.

The script also checks itself: Keras against PyTorch, hand-written formulas
against both, and distance from every kink (relu, hard_sigmoid, absolute error,
Huber), so that no rounding can push a derivative onto its other branch. If a
check fails nothing is written.
"""

import json
import math
import os
import sys
import tempfile
import zlib
from pathlib import Path

# Set before Keras and PyTorch are imported: which backend, no GPU, and an empty
# Keras home so that no keras.json of the user's has a say.
KERAS_HOME = tempfile.TemporaryDirectory()
os.environ["KERAS_HOME"] = KERAS_HOME.name
os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import torch
import keras
from keras.src.backend.common import dtypes as keras_dtypes

keras.config.set_floatx("float64")
# Outside TensorFlow, Keras' type promotion turns two float64 operands into a
# float32 result, whatever floatx is; matmul follows it, and so every layer would
# quietly compute in float32. This entry of its table is what does that.
keras_dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
assert keras.backend.result_type("float64", "float64") == "float64"
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

RTOL = 1e-9
KINK_MARGIN = 1e-3
GATES = {"rnn": 1, "lstm": 4, "gru": 3}


# ---------------------------------------------------------------- numbers ----


def rng_for(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def f32(values):
    """Rounds to float32-representable values, kept as float64."""
    return np.asarray(values).astype(np.float32).astype(np.float64)


def normal(rng, *shape, scale=1.0):
    return f32(rng.standard_normal(shape) * scale)


def to_numpy(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    value = np.asarray(value)
    assert value.dtype == np.float64, value.dtype
    return value


def same(actual, expected, what):
    """Asserts equality within RTOL, for arrays or dictionaries of arrays."""
    if isinstance(expected, dict):
        assert list(actual) == list(expected), (what, list(actual), list(expected))
        for key in expected:
            same(actual[key], expected[key], f"{what}: {key}")
        return
    np.testing.assert_allclose(
        to_numpy(actual), to_numpy(expected), rtol=RTOL, atol=0.0, err_msg=what
    )


def leaf(array):
    """A tensor with this array's values whose gradient can be asked for."""
    return torch.tensor(array, requires_grad=True)


def gradients(loss, tensors):
    """d loss / d tensor for a dictionary of tensors."""
    found = torch.autograd.grad(loss, list(tensors.values()))
    return {key: to_numpy(g) for key, g in zip(tensors, found)}


def tensor(array):
    array = to_numpy(array)
    return {"shape": list(array.shape), "data": array.ravel().tolist()}


def tensors(arrays):
    return {key: tensor(a) for key, a in arrays.items()}


# ------------------------------------------------------------ activations ----


def hard_sigmoid(x):
    """Keras 3's hard_sigmoid, relu6(x + 3) / 6, written out.

    PyTorch's own kernel differentiates it with 1/6 rounded to float32 even for
    float64 tensors, which would spoil the ninth digit of every gradient.
    """
    return torch.clamp(x + 3.0, 0.0, 6.0) / 6.0


ACTIVATIONS = {
    "linear": lambda x: x,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "hard_sigmoid": hard_sigmoid,
}
KINKS = {"relu": (0.0,), "hard_sigmoid": (-3.0, 3.0)}


def keras_activation(name):
    """What a Keras layer is given for an activation of this name."""
    return hard_sigmoid if name == "hard_sigmoid" else name


def clear_of_kinks(name, values, margin=KINK_MARGIN):
    values = to_numpy(values)
    return all(np.abs(values - kink).min() > margin for kink in KINKS.get(name, ()))


# ---------------------------------------------- weights, Keras <-> PyTorch ----


def swap_gru_gates(array):
    """Exchanges the first two gates along the last axis: z,r,n <-> r,z,n."""
    first, second, third = np.split(array, 3, axis=-1)
    return np.concatenate([second, first, third], axis=-1)


def to_keras(kind, weights):
    """Named weights in PyTorch layout -> list for a Keras layer's set_weights."""
    if kind == "dense":
        return [weights["weight"].T, weights["bias"]]
    kernel, recurrent = weights["weight_ih"].T, weights["weight_hh"].T
    if kind != "gru":
        return [kernel, recurrent, weights["bias_ih"]]
    bias = np.stack([weights["bias_ih"], weights["bias_hh"]])
    return [swap_gru_gates(a) for a in (kernel, recurrent, bias)]


def from_keras(kind, arrays):
    """The way back; being linear it serves for gradients too."""
    arrays = [to_numpy(a) for a in arrays]
    if kind == "dense":
        return {"weight": arrays[0].T, "bias": arrays[1]}
    if kind == "gru":
        arrays = [swap_gru_gates(a) for a in arrays]
    weights = {"weight_ih": arrays[0].T, "weight_hh": arrays[1].T}
    if kind == "gru":
        weights["bias_ih"], weights["bias_hh"] = arrays[2]
    else:
        weights["bias_ih"] = arrays[2]
    return weights


def random_weights(rng, kind, features, units, scale=0.3):
    if kind == "dense":
        return {
            "weight": normal(rng, units, features, scale=scale),
            "bias": normal(rng, units, scale=scale),
        }
    rows = GATES[kind] * units
    weights = {
        "weight_ih": normal(rng, rows, features, scale=scale),
        "weight_hh": normal(rng, rows, units, scale=scale),
        "bias_ih": normal(rng, rows, scale=scale),
    }
    if kind == "gru":
        weights["bias_hh"] = normal(rng, rows, scale=scale)
    return weights


# ----------------------------------------------------------------- cells ----

KERAS_CELLS = {
    "rnn": keras.layers.SimpleRNN,
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
}
TORCH_CELLS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


def torch_cell(kind, features, units, weights):
    """A PyTorch layer holding these weights; a bias not given is zero, fixed."""
    module = TORCH_CELLS[kind](features, units, batch_first=True)
    with torch.no_grad():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            parameter = getattr(module, f"{name}_l0")
            if name in weights:
                parameter.copy_(torch.tensor(weights[name]))
            else:
                parameter.zero_().requires_grad_(False)
    return module


def run_torch_cell(kind, weights, x, states, dy, sequences):
    """Outputs and gradients from torch.nn.RNN, LSTM or GRU."""
    module = torch_cell(kind, x.shape[2], weights["weight_hh"].shape[1], weights)
    inputs = {"x": leaf(x), **{key: leaf(s) for key, s in states.items()}}
    initial = [inputs[key].unsqueeze(0) for key in states]
    if not initial:
        initial = None
    elif kind != "lstm":
        initial = initial[0]
    y = module(inputs["x"], initial)[0]
    if not sequences:
        y = y[:, -1]
    sources = {**inputs, **{n: getattr(module, f"{n}_l0") for n in weights}}
    return to_numpy(y), gradients((y * torch.tensor(dy)).sum(), sources)


def run_keras_cell(
    kind, weights, x, states, dy, sequences, activation, recurrent_activation
):
    """Outputs and gradients from Keras' SimpleRNN, LSTM or GRU."""
    options = {"activation": keras_activation(activation)}
    if kind != "rnn":
        options["recurrent_activation"] = keras_activation(recurrent_activation)
    units = weights["weight_hh"].shape[1]
    layer = KERAS_CELLS[kind](units, return_sequences=sequences, **options)
    layer.build(x.shape)
    layer.set_weights(to_keras(kind, weights))
    inputs = {"x": leaf(x), **{key: leaf(s) for key, s in states.items()}}
    initial = [inputs[key] for key in states]
    y = layer(inputs["x"], initial_state=initial or None)
    sources = dict(inputs)
    for index, variable in enumerate(layer.trainable_variables):
        sources[index] = variable.value
    found = gradients((y * torch.tensor(dy)).sum(), sources)
    result = {key: found[key] for key in inputs}
    result.update(
        from_keras(kind, [found[i] for i in range(len(layer.trainable_variables))])
    )
    return to_numpy(y), result


def run_formula_cell(
    kind, weights, x, states, dy, sequences, activation, recurrent_activation
):
    """The same from the cells' formulas, step by step.

    Besides outputs and gradients it returns every value that went into an
    activation function, as {activation name: [arrays]}.
    """
    seen = {}

    def apply(name, value):
        seen.setdefault(name, []).append(to_numpy(value))
        return ACTIVATIONS[name](value)

    sources = {"x": leaf(x), **{key: leaf(s) for key, s in states.items()}}
    sources.update({key: leaf(w) for key, w in weights.items()})
    units = weights["weight_hh"].shape[1]
    zero = torch.zeros(x.shape[0], units)
    h, c = sources.get("h0", zero), sources.get("c0", zero)
    outputs = []
    for t in range(x.shape[1]):
        from_x = sources["x"][:, t] @ sources["weight_ih"].T + sources["bias_ih"]
        from_h = h @ sources["weight_hh"].T
        if kind == "rnn":
            h = apply(activation, from_x + from_h)
        elif kind == "lstm":
            i, f, g, o = (from_x + from_h).chunk(4, dim=1)
            i, f, o = (apply(recurrent_activation, gate) for gate in (i, f, o))
            c = f * c + i * apply(activation, g)
            h = o * apply(activation, c)
        else:
            x_r, x_z, x_n = from_x.chunk(3, dim=1)
            h_r, h_z, h_n = (from_h + sources["bias_hh"]).chunk(3, dim=1)
            r = apply(recurrent_activation, x_r + h_r)
            z = apply(recurrent_activation, x_z + h_z)
            n = apply(activation, x_n + r * h_n)
            h = (1 - z) * n + z * h
        outputs.append(h)
    y = torch.stack(outputs, dim=1) if sequences else h
    return to_numpy(y), gradients((y * torch.tensor(dy)).sum(), sources), seen


def cell_case(name, kind, x, states, weights, dy, y, found, **facts):
    case = {
        "name": name,
        "cell": kind,
        "batch": x.shape[0],
        "steps": x.shape[1],
        "features": x.shape[2],
        "units": weights["weight_hh"].shape[1],
        **facts,
        "weights": tensors(weights),
        "x": tensor(x),
        **tensors(states),
        "dy": tensor(dy),
        "y": tensor(y),
        "dx": tensor(found["x"]),
        "dweights": {key: tensor(found[key]) for key in weights},
    }
    case.update({f"d{key}": tensor(found[key]) for key in states})
    return case


def default_cell_case(kind, with_state, sequences):
    """Default activations, from PyTorch; Keras and the formulas must agree."""
    name = "_".join(
        [
            kind,
            "initial_state" if with_state else "zero_state",
            "sequences" if sequences else "last",
        ]
    )
    batch, steps, features, units = 4, 6, 5, 19
    rng = rng_for(f"cells/{name}")
    weights = random_weights(rng, kind, features, units)
    x = normal(rng, batch, steps, features)
    states = {}
    if with_state:
        for key in ("h0", "c0") if kind == "lstm" else ("h0",):
            states[key] = normal(rng, batch, units, scale=0.5)
    dy = normal(rng, *((batch, steps, units) if sequences else (batch, units)))
    facts = {
        "activation": "tanh",
        "recurrent_activation": None if kind == "rnn" else "sigmoid",
    }
    inputs = (kind, weights, x, states, dy, sequences)
    y, found = run_torch_cell(*inputs)
    for run in (run_keras_cell, run_formula_cell):
        other_y, other_found = run(*inputs, **facts)[:2]
        same(other_y, y, f"{name}: y from {run.__name__}")
        same(other_found, found, f"{name}: gradients from {run.__name__}")
    facts.update(return_sequences=sequences, made_with="torch")
    return cell_case(name, kind, x, states, weights, dy, y, found, **facts)


def other_cell_case(kind, activation, recurrent_activation):
    """Other activations, from Keras; the formulas must agree.

    With hard_sigmoid gates, the first gate's bias is moved by +3.5 for the
    first unit and by -3.5 for the second, so that both flat parts are met.
    Draws are repeated until all values going into an activation are clear of
    its kinks. The one exemption is an LSTM cell state of exactly 0: under relu
    it arises where nothing has ever been let in, and then whatever reaches it
    is multiplied by 0 on the way back, whichever derivative is taken there.
    """
    name = "_".join([kind, activation] + ([recurrent_activation] * (kind != "rnn")))
    batch, steps, features, units = 3, 4, 3, 5
    facts = {
        "activation": activation,
        "recurrent_activation": None if kind == "rnn" else recurrent_activation,
    }
    rng = rng_for(f"cells/{name}")
    for _ in range(1000):
        weights = random_weights(rng, kind, features, units)
        if facts["recurrent_activation"] == "hard_sigmoid":
            weights["bias_ih"][0] += 3.5
            weights["bias_ih"][1] -= 3.5
            weights["bias_ih"] = f32(weights["bias_ih"])
        x = normal(rng, batch, steps, features)
        dy = normal(rng, batch, steps, units)
        inputs = (kind, weights, x, {}, dy, True)
        y, found, seen = run_formula_cell(*inputs, **facts)
        good = 0.1 < np.abs(y).max() < 3.0
        for key, arrays in seen.items():
            values = np.concatenate([a.ravel() for a in arrays])
            if kind == "lstm" and key == "relu":
                values = values[values != 0.0]
            good = good and clear_of_kinks(key, values)
            if key == "relu":
                good = good and (values < 0).any() and (values > 0).any()
            if key == "hard_sigmoid":
                good = good and (values < -3).any() and (values > 3).any()
        if good:
            break
    else:
        raise AssertionError(f"{name}: no draw is clear of the kinks")
    keras_y, keras_found = run_keras_cell(*inputs, **facts)
    same(keras_y, y, f"{name}: y")
    same(keras_found, found, f"{name}: gradients")
    facts.update(return_sequences=True, made_with="keras")
    return cell_case(name, kind, x, {}, weights, dy, keras_y, keras_found, **facts)


def make_cells():
    cases = []
    for kind in GATES:
        for with_state in (False, True):
            for sequences in (True, False):
                cases.append(default_cell_case(kind, with_state, sequences))
        cases.append(other_cell_case(kind, "relu", "hard_sigmoid"))
        cases.append(other_cell_case(kind, "sigmoid", "sigmoid"))
    return {"cases": cases}


# ---------------------------------------- dense layers, activations, losses ----


def dense_case(activation):
    batch, features, units = 6, 4, 5
    rng = rng_for(f"layers/dense/{activation}")
    # Wider inputs for hard_sigmoid, so that its flat parts are met.
    spread = 5.0 if activation == "hard_sigmoid" else 1.0
    while True:
        weights = random_weights(rng, "dense", features, units)
        x = normal(rng, batch, features, scale=spread)
        dy = normal(rng, batch, units)
        before = x @ weights["weight"].T + weights["bias"]
        flat = activation != "hard_sigmoid" or before.min() < -3 < 3 < before.max()
        if flat and clear_of_kinks(activation, before):
            break
    layer = keras.layers.Dense(units, activation=keras_activation(activation))
    layer.build((batch, features))
    layer.set_weights(to_keras("dense", weights))
    source = leaf(x)
    y = layer(source)
    found = gradients(
        (y * torch.tensor(dy)).sum(),
        {"x": source, "kernel": layer.kernel.value, "bias": layer.bias.value},
    )
    dweights = from_keras("dense", [found["kernel"], found["bias"]])

    source = {"x": leaf(x), **{key: leaf(w) for key, w in weights.items()}}
    check = torch.nn.functional.linear(*source.values())
    check = ACTIVATIONS[activation](check)
    same(y, check, f"dense {activation}: y")
    same(
        {"x": found["x"], **dweights},
        gradients((check * torch.tensor(dy)).sum(), source),
        f"dense {activation}: gradients",
    )
    return {
        "activation": activation,
        "batch": batch,
        "features": features,
        "units": units,
        "weights": tensors(weights),
        "x": tensor(x),
        "dy": tensor(dy),
        "y": tensor(y),
        "dx": tensor(found["x"]),
        "dweights": tensors(dweights),
    }


def activation_case(name):
    """Value and derivative on a grid, from which the kinks are left out."""
    sizes = [1e-3, 0.1, 0.5, 1, 1.5, 2, 2.5, 2.99, 3.01, 3.5, 5, 10, 20]
    grid = f32([-s for s in reversed(sizes)] + [0.0] + sizes)
    grid = np.array([v for v in grid if v not in KINKS.get(name, ())])
    x = leaf(grid)
    y = ACTIVATIONS[name](x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    from_keras_y = getattr(keras.activations, name)(torch.tensor(grid))
    same(from_keras_y, y, f"activation {name}")
    expected = {
        "linear": lambda v: 1.0,
        "sigmoid": lambda v: math.exp(-abs(v)) / (1 + math.exp(-abs(v))) ** 2,
        "tanh": lambda v: 1 / math.cosh(v) ** 2,
        "relu": lambda v: float(v > 0),
        "hard_sigmoid": lambda v: 1 / 6 if -3 < v < 3 else 0.0,
    }[name]
    # Far out PyTorch's own derivative loses digits to cancellation, so the
    # closed form is what goes into the file.
    exact = np.array([expected(float(v)) for v in grid])
    np.testing.assert_allclose(to_numpy(slope), exact, rtol=RTOL, atol=1e-15)
    return {
        "name": name,
        "x": grid.tolist(),
        "y": to_numpy(y).tolist(),
        "dy_dx": exact.tolist(),
    }


def loss_case(name):
    batch, outputs = 4, 3
    rng = rng_for(f"layers/loss/{name}")
    function = {
        "mae": keras.losses.MeanAbsoluteError(),
        "mse": keras.losses.MeanSquaredError(),
        "huber": keras.losses.Huber(delta=1.0),
    }[name]
    while True:
        target = normal(rng, batch, outputs)
        prediction = normal(rng, batch, outputs)
        error = prediction - target
        size = np.abs(error)
        far = size.min() > 1e-2 and np.abs(size - 1).min() > 1e-2
        quadrants = [(error < -1), (error > 1), (size < 1) & (error < 0)]
        quadrants.append((size < 1) & (error > 0))
        if far and all(part.sum() >= 2 for part in quadrants):
            break
    source = leaf(prediction)
    loss = function(torch.tensor(target), source)
    (slope,) = torch.autograd.grad(loss, source)
    value, derivative = {
        "mae": (size, np.sign(error)),
        "mse": (error**2, 2 * error),
        "huber": (
            np.where(size < 1, error**2 / 2, size - 0.5),
            np.clip(error, -1, 1),
        ),
    }[name]
    same(loss, value.mean(), f"{name}: loss")
    same(slope, derivative / error.size, f"{name}: gradient")
    case = {"name": name}
    if name == "huber":
        case["delta"] = 1.0
    return {
        **case,
        "prediction": tensor(prediction),
        "target": tensor(target),
        "loss": loss.item(),
        "dprediction": tensor(slope),
    }


def make_layers():
    return {
        "dense": [dense_case(name) for name in ACTIVATIONS],
        "activations": [activation_case(name) for name in ACTIVATIONS],
        "losses": [loss_case(name) for name in ("mae", "mse", "huber")],
    }


# ------------------------------------------------------------- optimizers ----


def optimizer_by_formula(name, settings, start, grads):
    """The update rules written out, to check Keras' results against."""
    rate = settings["learning_rate"]
    w = start.copy()
    m, v = np.zeros_like(w), np.zeros_like(w)
    weights = []
    for t, g in enumerate(grads, start=1):
        if "clipvalue" in settings:
            g = np.clip(g, -settings["clipvalue"], settings["clipvalue"])
        if "global_clipnorm" in settings:
            limit = settings["global_clipnorm"]
            g = g * limit / max(limit, math.sqrt((g * g).sum()))
        if name.startswith("sgd"):
            m = settings["momentum"] * m - rate * g
            w = w + m
        elif name == "rmsprop":
            v = settings["rho"] * v + (1 - settings["rho"]) * g * g
            w = w - rate * g / np.sqrt(v + settings["epsilon"])
        else:
            b1, b2 = settings["beta_1"], settings["beta_2"]
            w = w * (1 - rate * settings.get("weight_decay", 0.0))
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            scale = rate * math.sqrt(1 - b2**t) / (1 - b1**t)
            w = w - scale * m / (np.sqrt(v) + settings["epsilon"])
        weights.append(w)
    return np.array(weights)


def optimizer_case(name, build, keys):
    """Six steps on nine weights, held by Keras in variables of six and three."""
    rng = rng_for("optimizers")  # the same weights and gradients in every case
    start = normal(rng, 9)
    # Steps of different size: the global norm is both above and below 1.
    grads = f32(rng.standard_normal((6, 9)) * [[1.0], [0.2], [2.0], [0.1], [0.6], [1.5]])
    grads[0, 4] = 0.0
    norms = np.sqrt((grads**2).sum(axis=1))
    assert (norms > 1.05).sum() >= 2 and (norms < 0.95).sum() >= 2
    assert (grads > 0.5).any() and (grads < -0.5).any()

    optimizer = build()
    config = optimizer.get_config()
    settings = {key: config[key] for key in keys}
    variables = [keras.Variable(part) for part in np.split(start, [6])]
    assert all(v.dtype == "float64" for v in variables)
    optimizer.build(variables)
    steps = []
    for row in grads:
        parts = [torch.tensor(part) for part in np.split(row, [6])]
        optimizer.apply(parts, variables)
        steps.append(np.concatenate([to_numpy(v.value) for v in variables]))
    steps = np.array(steps)
    # Compared as movements away from the start, so that nothing hides behind
    # the size of the weights.
    same(
        steps - start,
        optimizer_by_formula(name, settings, start, grads) - start,
        f"optimizer {name}",
    )
    return {
        "name": name,
        "settings": settings,
        "start": start.tolist(),
        "gradients": grads.tolist(),
        "weights": steps.tolist(),
    }


def make_optimizers():
    opt = keras.optimizers
    sgd = ["learning_rate", "momentum", "nesterov"]
    rmsprop = ["learning_rate", "rho", "momentum", "epsilon", "centered"]
    adam = ["learning_rate", "beta_1", "beta_2", "epsilon", "amsgrad"]
    table = [
        ("sgd", lambda: opt.SGD(0.01), sgd),
        ("sgd_momentum", lambda: opt.SGD(0.01, momentum=0.9), sgd),
        ("rmsprop", lambda: opt.RMSprop(0.01), rmsprop),
        ("adam", lambda: opt.Adam(0.01), adam),
        ("adamw", lambda: opt.AdamW(0.01, weight_decay=0.004), adam + ["weight_decay"]),
        (
            "adam_clip_value",
            lambda: opt.Adam(0.01, clipvalue=0.5),
            adam + ["clipvalue"],
        ),
        (
            "adam_clip_norm",
            lambda: opt.Adam(0.01, global_clipnorm=1.0),
            adam + ["global_clipnorm"],
        ),
    ]
    return {"cases": [optimizer_case(*row) for row in table]}


# --------------------------------------------------------------- networks ----
#
# A network is a list of layer descriptions, which also go into shapes.json:
#
#   {"type": "dense", "units", "activation"}
#   {"type": "time_distributed_dense", "units", "activation"}
#   {"type": "rnn" | "lstm" | "gru", "units", "activation",
#    "recurrent_activation" (null for rnn), "return_sequences"}
#   {"type": "repeat_vector", "times"}
#   {"type": "flatten"}


def dense(units, activation="linear", each_step=False):
    return {
        "type": "time_distributed_dense" if each_step else "dense",
        "units": units,
        "activation": activation,
    }


def recurrent(kind, units, sequences):
    return {
        "type": kind,
        "units": units,
        "activation": "tanh",
        "recurrent_activation": None if kind == "rnn" else "sigmoid",
        "return_sequences": sequences,
    }


def weights_kind(spec):
    """Which layout the layer's weights have; None if it has none."""
    if spec["type"] in ("dense", "time_distributed_dense"):
        return "dense"
    return spec["type"] if spec["type"] in GATES else None


def full_names(index, kind, arrays):
    suffix = "" if kind == "dense" else "_l0"
    return {f"{index}.{key}{suffix}": a for key, a in arrays.items()}


def short_names(index, arrays):
    prefix = f"{index}."
    return {
        key.removeprefix(prefix).removesuffix("_l0"): a
        for key, a in arrays.items()
        if key.startswith(prefix)
    }


def keras_network(specs, input_shape):
    layers = [keras.Input(input_shape)]
    for spec in specs:
        match spec["type"]:
            case "dense":
                layer = keras.layers.Dense(spec["units"], spec["activation"])
            case "time_distributed_dense":
                inner = keras.layers.Dense(spec["units"], spec["activation"])
                layer = keras.layers.TimeDistributed(inner)
            case "repeat_vector":
                layer = keras.layers.RepeatVector(spec["times"])
            case "flatten":
                layer = keras.layers.Flatten()
            case kind:
                layer = KERAS_CELLS[kind](
                    spec["units"], return_sequences=spec["return_sequences"]
                )
        layers.append(layer)
    return keras.Sequential(layers)


def random_network_weights(rng, specs, network):
    """Weights for every layer; the number of inputs is read off the network."""
    weights = {}
    for index, (spec, layer) in enumerate(zip(specs, network.layers)):
        kind = weights_kind(spec)
        if kind:
            features = layer.input.shape[-1]
            # Wider than single layers' weights: through a stack of layers the
            # gradients would otherwise become too small to compare well.
            scale = 0.8 if kind == "dense" else 0.5
            drawn = random_weights(rng, kind, features, spec["units"], scale)
            weights.update(full_names(index, kind, drawn))
    return weights


def set_network_weights(specs, network, weights):
    for index, (spec, layer) in enumerate(zip(specs, network.layers)):
        kind = weights_kind(spec)
        if kind:
            layer.set_weights(to_keras(kind, short_names(index, weights)))


def named_from_keras(specs, network, arrays):
    """One array per trainable variable, in order -> PyTorch names and layouts."""
    arrays = list(arrays)
    named = {}
    for index, (spec, layer) in enumerate(zip(specs, network.layers)):
        kind = weights_kind(spec)
        if kind:
            count = len(layer.trainable_variables)
            own, arrays = arrays[:count], arrays[count:]
            named.update(full_names(index, kind, from_keras(kind, own)))
    assert not arrays
    return named


def keras_gradients(specs, network, loss, source):
    values = [v.value for v in network.trainable_variables]
    dx, *found = torch.autograd.grad(loss, [source] + values)
    return to_numpy(dx), named_from_keras(specs, network, found)


class Twin(torch.nn.Module):
    """The same network from PyTorch's modules; its names are those we use."""

    def __init__(self, specs, weights):
        super().__init__()
        self.specs = specs
        for index, spec in enumerate(specs):
            own = short_names(index, weights)
            kind = weights_kind(spec)
            if kind == "dense":
                module = torch.nn.Linear(own["weight"].shape[1], spec["units"])
                with torch.no_grad():
                    module.weight.copy_(torch.tensor(own["weight"]))
                    module.bias.copy_(torch.tensor(own["bias"]))
            elif kind:
                features = own["weight_ih"].shape[1]
                module = torch_cell(kind, features, spec["units"], own)
            else:
                module = torch.nn.Flatten() if spec["type"] == "flatten" else None
            self.add_module(str(index), module)

    def forward(self, value):
        for index, spec in enumerate(self.specs):
            module = getattr(self, str(index))
            if spec["type"] == "repeat_vector":
                value = value.unsqueeze(1).repeat(1, spec["times"], 1)
            elif spec["type"] in GATES:
                value = module(value)[0]
                if not spec["return_sequences"]:
                    value = value[:, -1]
            else:
                value = module(value)
                value = ACTIVATIONS[spec.get("activation", "linear")](value)
        return value

    def gradients(self, loss, source):
        named = {n: p for n, p in self.named_parameters() if p.requires_grad}
        found = gradients(loss, {"x": source, **named})
        return found.pop("x"), found


# ---------------------------------------------------------------- article ----


def make_article():
    """The forecasting network, its MAE loss, and ten full-batch Adam steps."""
    batch, steps, features, units = 12, 5, 2, 8
    specs = [
        recurrent("lstm", units, True),
        recurrent("lstm", units, True),
        dense(1, each_step=True),
        {"type": "flatten"},
        dense(5),
        dense(1),
    ]
    rng = rng_for("article")
    network = keras_network(specs, (steps, features))
    mae = keras.losses.MeanAbsoluteError()
    side = np.where(np.arange(batch) % 3 == 1, -1.0, 1.0)[:, None]
    for _ in range(1000):
        weights = random_network_weights(rng, specs, network)
        set_network_weights(specs, network, weights)
        x = normal(rng, batch, steps, features)
        source = leaf(x)
        y = network(source)
        # Targets well away from the outputs, on either side, so that no error
        # changes sign while training.
        target = f32(to_numpy(y) + side * rng.uniform(0.8, 1.8, (batch, 1)))
        loss = mae(torch.tensor(target), y)
        dx, dweights = keras_gradients(specs, network, loss, source)
        # Outputs that depend on the inputs, and no gradient so small that
        # Adam's step, which divides by its size, would hang on its rounding.
        smallest = min(np.abs(g).min() for g in dweights.values())
        if to_numpy(y).std() > 0.2 and smallest > 2e-5:
            break
    else:
        raise AssertionError("article: no draw has outputs and gradients of use")

    twin = Twin(specs, weights)
    twin_source = leaf(x)
    twin_y = twin(twin_source)
    twin_loss = torch.nn.functional.l1_loss(twin_y, torch.tensor(target))
    twin_dx, twin_dweights = twin.gradients(twin_loss, twin_source)
    same(twin_y, y, "article: y")
    same(twin_loss, loss, "article: loss")
    same(twin_dx, dx, "article: dx")
    same(twin_dweights, dweights, "article: dweights")

    settings = ["learning_rate", "beta_1", "beta_2", "epsilon"]
    optimizer = keras.optimizers.Adam(learning_rate=0.001)
    losses = []
    for step in range(11):
        now = network(torch.tensor(x))
        error = to_numpy(now) - target
        assert np.abs(error).min() > 1e-3, "an error came too close to 0"
        assert (np.sign(error) == -side).all(), "an error changed its sign"
        loss_now = mae(torch.tensor(target), now)
        losses.append(loss_now.item())
        if step < 10:
            values = [v.value for v in network.trainable_variables]
            found = torch.autograd.grad(loss_now, values)
            optimizer.apply(list(found), network.trainable_variables)
    after = named_from_keras(
        specs, network, [v.value for v in network.trainable_variables]
    )

    # Keras' own training loop must arrive at the same place.
    fitted = keras_network(specs, (steps, features))
    set_network_weights(specs, fitted, weights)
    fitted.compile(optimizer=keras.optimizers.Adam(learning_rate=0.001), loss="mae")
    history = fitted.fit(x, target, batch_size=batch, epochs=10, shuffle=False, verbose=0)
    same(np.array(history.history["loss"]), np.array(losses[:10]), "article: fit losses")
    same(
        named_from_keras(specs, fitted, [v.value for v in fitted.trainable_variables]),
        after,
        "article: fit weights",
    )
    return {
        "batch": batch,
        "steps": steps,
        "features": features,
        "units": units,
        "layers": specs,
        "weights": tensors(weights),
        "x": tensor(x),
        "target": tensor(target),
        "y": tensor(y),
        "loss": loss.item(),
        "dx": tensor(dx),
        "dweights": tensors(dweights),
        "adam": {key: optimizer.get_config()[key] for key in settings},
        "adam_losses": losses,
        "weights_after": tensors(after),
    }


# ----------------------------------------------------------------- shapes ----


def shape_case(name, specs, input_shape):
    rng = rng_for(f"shapes/{name}")
    network = keras_network(specs, input_shape)
    weights = random_network_weights(rng, specs, network)
    set_network_weights(specs, network, weights)
    x = normal(rng, 3, *input_shape)
    source = leaf(x)
    y = network(source)
    dy = normal(rng, *y.shape)
    loss = (y * torch.tensor(dy)).sum()
    dx, dweights = keras_gradients(specs, network, loss, source)

    twin = Twin(specs, weights)
    twin_source = leaf(x)
    twin_y = twin(twin_source)
    twin_loss = (twin_y * torch.tensor(dy)).sum()
    twin_dx, twin_dweights = twin.gradients(twin_loss, twin_source)
    same(twin_y, y, f"{name}: y")
    same(twin_dx, dx, f"{name}: dx")
    same(twin_dweights, dweights, f"{name}: dweights")
    return {
        "name": name,
        "layers": specs,
        "input_shape": list(input_shape),
        "weights": tensors(weights),
        "x": tensor(x),
        "dy": tensor(dy),
        "y": tensor(y),
        "dx": tensor(dx),
        "dweights": tensors(dweights),
    }


def make_shapes():
    table = [
        ("one_to_one", [dense(4, "tanh"), dense(2)], (3,)),
        (
            "one_to_many",
            [
                {"type": "repeat_vector", "times": 3},
                recurrent("lstm", 4, True),
                dense(1, each_step=True),
            ],
            (2,),
        ),
        ("many_to_one", [recurrent("gru", 4, False), dense(1)], (5, 2)),
        (
            "many_to_many",
            [recurrent("rnn", 4, True), dense(2, each_step=True)],
            (5, 2),
        ),
    ]
    return {"cases": [shape_case(*row) for row in table]}


# ------------------------------------------------------------------ files ----


def render(value, indent=0):
    """JSON with one line per tensor or list of numbers."""
    flat = json.dumps(value, allow_nan=False)
    inner = " " * (indent + 1)
    if isinstance(value, dict) and set(value) != {"shape", "data"} and len(flat) > 100:
        items = [f"{json.dumps(k)}: {render(v, indent + 1)}" for k, v in value.items()]
        start, end = "{", "}"
    elif isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        items = [render(v, indent + 1) for v in value]
        start, end = "[", "]"
    else:
        return flat
    body = ",\n".join(inner + item for item in items)
    return f"{start}\n{body}\n{' ' * indent}{end}"


def main():
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    directory.mkdir(parents=True, exist_ok=True)
    makers = {
        "cells": make_cells,
        "layers": make_layers,
        "optimizers": make_optimizers,
        "article": make_article,
        "shapes": make_shapes,
    }
    files = {f"{name}.json": render(make()) + "\n" for name, make in makers.items()}
    for name, text in files.items():
        (directory / name).write_text(text, encoding="ascii", newline="\n")
        print(f"{name}: {len(text)} bytes")


if __name__ == "__main__":
    main()
