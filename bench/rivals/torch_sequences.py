"""Networks of sequences in PyTorch: an LSTM with a head, and a GPT as nanoGPT writes it, without dropout and biases.

Parameters are named and laid out as sequences.ts gives them.
"""

import torch
from torch import nn
from torch.nn import functional


def model_of(sequence, given):
    """The network with the given parameters."""
    model = (Lstm if sequence["model"] == "lstm" else Gpt)(sequence)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(given[name]).reshape(parameter.shape))
    return model


class Lstm(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.lstm = nn.LSTM(sizes["inputs"], sizes["hidden"], batch_first=True)
        self.head = nn.Linear(sizes["hidden"], sizes["classes"])

    def forward(self, x):
        return self.head(self.lstm(x)[0])


class Norm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return functional.layer_norm(x, self.weight.shape, self.weight, None, 1e-5)


class Attention(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        dim, steps = sizes["dim"], sizes["steps"]
        self.heads = sizes["heads"]
        self.c_attn = nn.Linear(dim, 3 * dim, bias=False)
        self.c_proj = nn.Linear(dim, dim, bias=False)
        self.register_buffer("future", torch.ones(steps, steps).triu(1).bool())
        self.fused = getattr(functional, "scaled_dot_product_attention", None)  # since PyTorch 2

    def forward(self, x):
        batch, steps, dim = x.shape
        q, k, v = (part.view(batch, steps, self.heads, -1).transpose(1, 2) for part in self.c_attn(x).split(dim, 2))
        if self.fused:
            y = self.fused(q, k, v, is_causal=True)
        else:
            scores = (q @ k.transpose(-2, -1)) * (dim // self.heads) ** -0.5
            y = scores.masked_fill(self.future[:steps, :steps], float("-inf")).softmax(-1) @ v
        return self.c_proj(y.transpose(1, 2).reshape(batch, steps, dim))


class Mlp(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.c_fc = nn.Linear(dim, 4 * dim, bias=False)
        self.c_proj = nn.Linear(4 * dim, dim, bias=False)

    def forward(self, x):
        return self.c_proj(functional.gelu(self.c_fc(x)))


class Block(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        dim = sizes["dim"]
        self.ln_1, self.attn, self.ln_2, self.mlp = Norm(dim), Attention(sizes), Norm(dim), Mlp(dim)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        dim = sizes["dim"]
        self.wte = nn.Embedding(sizes["classes"], dim)
        self.wpe = nn.Embedding(sizes["steps"], dim)
        self.h = nn.Sequential(*(Block(sizes) for _ in range(sizes["layers"])))
        self.ln_f = Norm(dim)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        return functional.linear(self.ln_f(self.h(x)), self.wte.weight)
