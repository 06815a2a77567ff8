"""PyTorch, on as many threads as the argument says: what serve.ts and an adapter are for the other libraries, in one file.

Reads requests from standard input, one JSON object a line, and answers each with one (protocol.ts). The arrays of a
task are files of raw numbers, NumPy arrays here, which torch.from_numpy() shares without copying.
"""

import json
import os
import sys
import time
from pathlib import Path

PROBE = 1009  # as in protocol.ts


def load(folder):
    types = {".f32": "<f4", ".i32": "<i4"}
    return {file.stem: numpy.fromfile(file, types[file.suffix]) for file in Path(folder).iterdir()}


def open_torch():
    """Imports the library; its name and version."""
    global torch
    import torch

    torch.set_num_threads(int(sys.argv[1]))
    torch.set_num_interop_threads(1)
    return f"PyTorch {torch.__version__.split('+')[0]}, {blas()}"


def blas():
    """The library that multiplies matrices, as far as it is a file of its own: PyTorch takes what the system has."""
    maps = Path("/proc/self/maps")
    loaded = maps.read_text().lower() if maps.exists() else ""
    if "libblas.so" in loaded and "openblas" not in loaded:
        return "with a plain BLAS, which is many times slower than libopenblas0"
    return next((name for sign, name in (("openblas", "OpenBLAS"), ("mkl", "MKL")) if sign in loaded), "its own BLAS")


def model_of(workload, given):
    """Linear layers with the given parameters, which are laid out as PyTorch's."""
    nn = torch.nn
    after = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "none": None}
    sizes = workload["layers"]
    layers, before = convolutions_of(workload.get("convolutions"), after[workload["activation"]], given)
    for i in range(len(sizes) - 1):
        linear = nn.Linear(sizes[i], sizes[i + 1])
        fill(linear, given, before + i)
        layers.append(linear)
        activation = after[workload["activation" if i + 2 < len(sizes) else "output"]]
        if activation:
            layers.append(activation())
    return nn.Sequential(*layers)


def convolutions_of(convolutions, activation, given):
    """Convolutions with activation and pooling, and how many there are."""
    nn = torch.nn
    if not convolutions:
        return [], 0
    channels = [convolutions["image"][0], *convolutions["channels"]]
    layers = []
    for i in range(len(channels) - 1):
        convolution = nn.Conv2d(channels[i], channels[i + 1], convolutions["kernel"])
        fill(convolution, given, i)
        layers += [convolution, activation(), nn.MaxPool2d(2)]
    return [*layers, nn.Flatten()], len(channels) - 1


def fill(layer, given, place):
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(given[f"weight{place}"]).reshape(layer.weight.shape))
        layer.bias.copy_(torch.from_numpy(given[f"bias{place}"]))


def optimizer_of(model, name, lr, betas=(0.9, 0.999), weightDecay=0):
    if name == "sgd":
        return torch.optim.SGD(model.parameters(), lr=lr)
    if name == "adam":
        return torch.optim.Adam(model.parameters(), lr=lr)
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": weightDecay}, {"params": vectors, "weight_decay": 0}]
    return torch.optim.AdamW(groups, lr=lr, betas=betas)


def data_of(workload, given):
    """Samples in their shape, and targets."""
    x, y = (torch.from_numpy(given[name]) for name in "xy")
    sequence = workload.get("sequence")
    if sequence:
        shape = [-1, sequence["steps"], sequence["inputs"]] if sequence["model"] == "lstm" else [-1, sequence["steps"]]
        x = x.reshape(shape)
        return (x if sequence["model"] == "lstm" else x.long()), y.long().reshape(-1, sequence["steps"])
    image = workload.get("convolutions", {}).get("image")
    x = x.reshape(-1, *(image or workload["layers"][:1]))
    return x, y.long() if workload["loss"] == "crossEntropy" else y.reshape(-1, workload["layers"][-1])


def training(workload, given):
    """A function that does one step on a batch, given by its number, and returns the loss."""
    functional = torch.nn.functional
    sequence = workload.get("sequence")
    if sequence:
        import torch_sequences

        model = torch_sequences.model_of(sequence, given)

        def criterion(logits, targets):
            return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
    else:
        model = model_of(workload, given)
        criterion = functional.cross_entropy if workload["loss"] == "crossEntropy" else functional.mse_loss
    optimizer = optimizer_of(model, **workload["optimizer"])
    batch = workload["batch"]
    x, y = data_of(workload, given)

    def step(index):
        rows = slice(index * batch, (index + 1) * batch)
        optimizer.zero_grad()
        loss = criterion(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def train(task, given, proof):
    step = training(task["workload"], given)
    batches = task["workload"]["samples"] // task["workload"]["batch"]
    losses = [sum(step(i) for i in range(proof["batches"])) / proof["batches"] for _ in range(proof["epochs"])]

    def work(units):
        for unit in range(units):
            step(unit % batches)

    return losses, work


def predict(task, given, samples):
    model = model_of(task["workload"], given).eval()
    shape = task["workload"].get("convolutions", {}).get("image") or task["workload"]["layers"][:1]
    x = given["x"][: samples * numpy.prod(shape)].reshape(samples, *shape).copy()
    numbers = x.ravel().tolist()

    def run():
        with torch.inference_mode():
            if samples == 1:
                return model(torch.tensor(numbers).reshape(x.shape)).tolist()
            return model(torch.from_numpy(x)).numpy()

    def work(units):
        for _ in range(units):
            run()

    return numpy.array(run()).ravel().tolist(), work


def product(task, given):
    n = task["n"]
    a, b = (torch.from_numpy(given[name]).reshape(n, n) for name in "ab")
    c = torch.empty(n, n)

    def work(units):
        for _ in range(units):
            torch.mm(a, b, out=c)

    return torch.mm(a, b).ravel()[::PROBE].tolist(), work


def sample(work, units):
    cpu, begin = time.process_time(), time.perf_counter()
    work(units)
    seconds = time.perf_counter() - begin
    share = (time.process_time() - cpu) / seconds
    return {"milliseconds": 1000 * seconds / units, "share": share, "peakBytes": peak_bytes()}


def peak_bytes():
    """The most memory that this process ever held in RAM; peak.ts says why Linux is not asked through getrusage."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return 1024 * int(line.split()[1])
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def prepare(task, given, proof):
    """The answer to the request, and the work to be timed."""
    if task["kind"] == "start":
        answer = {}

        def work(_):
            answer["version"] = open_torch()
            answer["proof"], _ = predict(task, given, 1)

        answer["sample"] = sample(work, 1)
        return answer, work
    version = open_torch()
    if task["kind"] == "product":
        values, work = product(task, given)
    elif task["kind"] == "predict":
        values, work = predict(task, given, task["samples"])
    else:
        values, work = train(task, given, proof)
    return {"version": version, "proof": values}, work


def calibrate(work, milliseconds):
    units = 1
    while True:
        took = sample(work, units)["milliseconds"]
        if took * units >= milliseconds / 2:
            return max(1, round(milliseconds / took))
        units *= 2


def main():
    work = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "prepare":
            answer, work = prepare(request["task"], load(request["folder"]), request["proof"])
        elif request["do"] == "calibrate":
            answer = calibrate(work, request["milliseconds"])
        else:
            answer = sample(work, request["units"])
        print(json.dumps(answer), flush=True)


# Settings that pin OpenBLAS to one processor's kernels would slow PyTorch down; it finds the right ones by itself.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
# Each of these counts its threads by itself, when it is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = sys.argv[1]

import numpy  # noqa: E402  reads those settings when it is loaded

main()
