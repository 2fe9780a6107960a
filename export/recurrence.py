"""An LSTM layer in bfloat16, with its gradient written out.

torch's own kernel for the processor gains little from bfloat16 in small batches, and small batches
learn most from a character. Here the matrix products are bfloat16, what lies between them is
float32 in one compiled pass a step, and the products of weights' gradients are left to the end,
where they are one large product instead of T small ones.

    i, f, g, o = W x + R h + b;  c' = sigmoid(f) c + sigmoid(i) tanh(g);  h' = sigmoid(o) tanh(c')

Shapes: T steps, B rows, E inputs, H units; gates in the order i, f, g, o.
"""

import functools
import shutil
from collections.abc import Callable
from typing import Any

import torch

BF16 = torch.bfloat16
Tensor = torch.Tensor


def _forward(before: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """From W x + R h + b (B, 4H) and c (B, H) to the gates, c' and h'."""
    i, f, g, o = before.float().chunk(4, 1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    after = f * c + i * g
    return torch.cat([i, f, g, o], 1).to(BF16), after, (o * torch.tanh(after)).to(BF16)


def _backward(
    gates: Tensor, c: Tensor, after: Tensor, dh: Tensor, dy: Tensor, dc: Tensor
) -> tuple[Tensor, Tensor]:
    """From the gradients of h' (through time and from above) and c' to those of gates and c."""
    i, f, g, o = gates.float().chunk(4, 1)
    bent = torch.tanh(after)
    dh = dh.float() + dy.float()
    dc = dc + dh * o * (1.0 - bent * bent)
    di, df = dc * g * i * (1.0 - i), dc * c * f * (1.0 - f)
    dg, do = dc * i * (1.0 - g * g), dh * bent * o * (1.0 - o)
    return torch.cat([di, df, dg, do], 1).to(BF16), dc * f


@functools.cache
def _fused(step: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a step where there is a C++ compiler; it is the same function without."""
    if shutil.which("g++") is None:
        return step
    compiled: Callable[..., Any] = torch.compile(step, dynamic=False)
    return compiled


class Recurrence(torch.autograd.Function):
    """x (T, B, E), h and c (B, H), W (4H, E), R (4H, H), b (4H,) -> y (T, B, H), c' (B, H)."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, h: Tensor, c: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Read x and remember what the gradient needs."""
        steps, rows, _ = x.shape
        x16, r16 = x.to(BF16), recurrent.to(BF16)
        r16_t = r16.t()
        inputs = torch.addmm(bias.to(BF16), x16.flatten(0, 1), kernel.to(BF16).t())
        inputs = inputs.view(steps, rows, -1)
        step = _fused(_forward)
        gates: list[Tensor] = []
        cells, hidden = [c], [h.to(BF16)]
        for t in range(steps):
            g, c, h = step(torch.addmm(inputs[t], hidden[t], r16_t), c)
            gates.append(g)
            cells.append(c)
            hidden.append(h)
        y = torch.stack(hidden[1:])
        ctx.save_for_backward(x16, kernel, r16, torch.stack(hidden[:-1]), *gates, *cells)
        ctx.mark_non_differentiable(c)
        return y, c

    @staticmethod
    def backward(
        ctx: Any, dy: Tensor, _: Tensor | None
    ) -> tuple[Tensor, None, None, Tensor, Tensor, Tensor]:
        """Return the gradients; the state that came in is a constant and has none."""
        x16, kernel, r16, hidden, *saved = ctx.saved_tensors
        steps = dy.shape[0]
        gates, cells = saved[:steps], saved[steps:]
        step = _fused(_backward)
        dgates: list[Tensor] = [dy] * steps
        dh, dc = torch.zeros_like(dy[0]), torch.zeros_like(cells[0])
        for t in range(steps - 1, -1, -1):
            dgates[t], dc = step(gates[t], cells[t], cells[t + 1], dh, dy[t], dc)
            dh = torch.mm(dgates[t], r16)
        flat = torch.cat(dgates)
        dx = torch.mm(flat, kernel.to(BF16)).view(x16.shape)
        dkernel = torch.mm(flat.t(), x16.flatten(0, 1)).float()
        drecurrent = torch.mm(flat.t(), hidden.flatten(0, 1)).float()
        return dx, None, None, dkernel, drecurrent, flat.float().sum(0)


def recur(
    x: Tensor, h: Tensor, c: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Read x (T, B, E) from h, c (1, B, H); return y (T, B, H) bfloat16 and the state after it."""
    with torch.autocast("cpu", enabled=False):
        y, last = Recurrence.apply(  # type: ignore[no-untyped-call]  # torch gives it no types
            x.to(BF16), h[0], c[0], kernel, recurrent, bias
        )
    return y, y[-1:].detach().float(), last[None]
