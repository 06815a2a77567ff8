"""PyTorch on one thread: what serve.ts and an adapter are for the other libraries, in one file.

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

    torch.set_num_threads(1)
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
    layers = []
    for i in range(len(sizes) - 1):
        linear = nn.Linear(sizes[i], sizes[i + 1])
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(given[f"weight{i}"].reshape(sizes[i + 1], sizes[i])))
            linear.bias.copy_(torch.from_numpy(given[f"bias{i}"]))
        layers.append(linear)
        activation = after[workload["activation" if i + 2 < len(sizes) else "output"]]
        if activation:
            layers.append(activation())
    return nn.Sequential(*layers)


def training(workload, given):
    """A function that does one step on a batch, given by its number, and returns the loss."""
    model = model_of(workload, given)
    rate = workload["optimizer"]["lr"]
    make = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[workload["optimizer"]["name"]]
    optimizer = make(model.parameters(), lr=rate)
    classes = workload["loss"] == "crossEntropy"
    criterion = torch.nn.CrossEntropyLoss() if classes else torch.nn.MSELoss()
    batch, sizes = workload["batch"], workload["layers"]
    x = torch.from_numpy(given["x"]).reshape(-1, sizes[0])
    y = torch.from_numpy(given["y"])
    y = y.long() if classes else y.reshape(-1, sizes[-1])

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
    size = task["workload"]["layers"][0]
    x = given["x"][: samples * size].reshape(samples, size).copy()

    def run():
        with torch.inference_mode():
            return model(torch.from_numpy(x)).numpy()

    def work(units):
        for _ in range(units):
            run()

    return run().ravel().tolist(), work


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
    return {"milliseconds": 1000 * seconds / units, "share": (time.process_time() - cpu) / seconds}


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

import numpy  # noqa: E402  reads those settings when it is loaded

main()
