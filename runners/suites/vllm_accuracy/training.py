"""Trains the model that copies words and stores it: `__main__.py vllm_accuracy.training`.

On one CPU thread, from a seed, in about a minute. What comes out differs a little from machine to
machine, which is why it is stored and not trained where it is used.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any  # a model of Transformers

from runners.suites.vllm_accuracy import prepare

STEPS, BATCH, RATE, SEED = 1000, 64, 5e-3, 1


def main() -> None:
    """Write weights and their share of right answers into `folder`, by default the references'."""
    prepare()
    import torch  # noqa: PLC0415 - after the settings
    import transformers  # noqa: PLC0415 - the same
    from safetensors.torch import save_file  # noqa: PLC0415 - the same

    from runners.suites.tiny_models import weights  # noqa: PLC0415 - the same
    from runners.suites.vllm_accuracy import copying  # noqa: PLC0415 - the same

    torch.set_num_threads(1)
    model = _trained()
    exact = _exact(model)
    asked = json.loads(os.environ.get("COEVO_PARAMETERS") or "{}")
    folder = Path(asked.get("folder", copying.WEIGHTS.parent))
    stored = {name: one.bfloat16() for name, one in _stored(model).items()}
    save_file(stored, folder / copying.WEIGHTS.name)
    told = {
        "exact": exact,
        "fingerprint": weights.fingerprint(stored),
        "made_with": {"transformers": transformers.__version__, "torch": torch.__version__},
    }
    (folder / copying.TOLD.name).write_text(json.dumps(told) + "\n", encoding="utf-8")
    print(told)  # noqa: T201 - the log


def _trained() -> Any:  # noqa: ANN401 - a model
    """The model, its weights rounded to bfloat16."""
    import torch  # noqa: PLC0415 - after the settings

    from runners.suites.tiny_models import writing  # noqa: PLC0415 - the same
    from runners.suites.vllm_accuracy import copying  # noqa: PLC0415 - the same

    model = writing.blank(copying.ARCHITECTURE, copying.VOCABULARY).train()
    source = torch.Generator().manual_seed(SEED)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, STEPS, pct_start=0.1)
    between = torch.full((BATCH, 1), copying.tokens(copying.SEPARATOR)[0])
    first = copying.tokens(copying.LETTERS)[0]
    for step in range(STEPS):
        drawn = torch.randint(len(copying.LETTERS), (BATCH, copying.LENGTH), generator=source)
        word = first + drawn
        text = torch.cat([word, between, word], dim=1)
        said = model(text[:, :-1]).logits[:, copying.LENGTH :]
        loss = torch.nn.functional.cross_entropy(said.flatten(0, 1), word.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(step, float(loss), flush=True)  # noqa: T201 - the log
    return model.bfloat16().float().eval()


def _exact(model: Any) -> float:  # noqa: ANN401 - a model
    """The share of words that it copies, in percent."""
    import torch  # noqa: PLC0415 - after the settings

    from runners.suites.vllm_accuracy import copying  # noqa: PLC0415 - the same

    words = copying.words()
    text = torch.tensor([copying.asked(word) for word in words])
    with torch.no_grad():
        for _ in range(copying.LENGTH):
            best = model(text).logits[:, -1].argmax(-1, keepdim=True)
            text = torch.cat([text, best], dim=1)
    right = torch.tensor([copying.tokens(word) for word in words])
    return 100.0 * float((text[:, -copying.LENGTH :] == right).all(1).float().mean())


def _stored(model: Any) -> dict[str, Any]:  # noqa: ANN401 - a model
    """Its tensors; that of the tied head is the embedding's."""
    named = model.state_dict()
    return {name: one.contiguous() for name, one in named.items() if name != "lm_head.weight"}
