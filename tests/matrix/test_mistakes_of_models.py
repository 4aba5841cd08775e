"""Every mistake in what a file says of models is told with its place."""

from __future__ import annotations

import pytest
from wrong_matrices import Wrong, assert_told

from matrix.check_models import MOST

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHA = "ab" * 32
HEAD = "name: x\naxes: {site: [lab], accelerator: [cpu]}\n"
GIVEN = "suites:\n  vllm-models: {models: [big]}\n"
MADE = "architecture: LlamaForCausalLM, settings: {vocab_size: 300}, licence: MIT"


def text(model: str, suites: str = GIVEN) -> str:
    return f"{HEAD}models:\n  big: {model}\n{suites}"


WRONG = (
    Wrong("no source", text("{licence: MIT}"), "4:8", "exactly one of", "write `path: /FOLDER`"),
    Wrong(
        "two sources",
        text(f"{{licence: MIT, path: /w, hub: a/b@{COMMIT}}}"),
        "4:8",
        "exactly one of random, trained, hub and path",
        "hub: ORGANISATION/NAME@COMMIT",
    ),
    Wrong("no licence", text("{path: /w}"), "4:8", "`licence` is missing", "add `licence`"),
    Wrong(
        "a branch of a hub",
        text("{licence: MIT, hub: org/name@main}"),
        "4:28",
        "`main` is no whole commit",
        "all 40 digits",
    ),
    Wrong(
        "a hub's model without a commit",
        text("{licence: MIT, hub: org/name}"),
        "4:28",
        "`org/name` names no model",
        "ORGANISATION/NAME@COMMIT",
    ),
    Wrong(
        "a folder from nowhere",
        text("{licence: MIT, path: weights/big}"),
        "4:29",
        "`weights/big` is no folder",
        "from the root",
    ),
    Wrong(
        "a pickle for a folder",
        text("{licence: MIT, path: /w/pytorch_model.bin}"),
        "4:29",
        "is a pickle, which may run code when it is read",
        "convert it to safetensors",
    ),
    Wrong(
        "a file for a folder",
        text("{licence: MIT, path: /w/model.safetensors}"),
        "4:29",
        "is no folder",
        "name the folder that it lies in",
    ),
    Wrong(
        "the digest of a pickle",
        text(f'{{licence: MIT, path: /w, files: {{model.pt: "{SHA}"}}}}'),
        "4:",
        "`model.pt` is a pickle",
        "convert it to safetensors",
    ),
    Wrong(
        "a short digest",
        text("{licence: MIT, path: /w, files: {model.safetensors: abc}}"),
        "4:60",
        "`abc` is no sha256",
        "sha256sum",
    ),
    Wrong(
        "settings of what has its own",
        text("{licence: MIT, path: /w, settings: {a: 1}}"),
        "4:8",
        "its own config.json says its settings",
        "take `settings` out",
    ),
    Wrong(
        "nothing to make it of",
        text("{licence: MIT, random: 7}"),
        "4:8",
        "nobody says what model is to be made",
        "add `architecture` and `settings`",
    ),
    Wrong(
        "too few tokens",
        text("{licence: MIT, random: 7, architecture: A, settings: {vocab_size: 12}}"),
        "4:8",
        "a token for each byte",
        "vocab_size: 258",
    ),
    Wrong(
        "files of what is made",
        text(f'{{random: 7, {MADE}, files: {{a.safetensors: "{SHA}"}}}}'),
        "4:8",
        "has no files yet",
        "take `files` out",
    ),
    Wrong(
        "a dtype that is none",
        text("{licence: MIT, path: /w, dtype: float64}"),
        "4:40",
        "`float64` is not one of",
        "",
    ),
    Wrong(
        "a tolerance of what is not run",
        text('{licence: MIT, path: /w, tolerance: {bfloat16: "1"}}'),
        "4:8",
        "it is not run in bfloat16",
        "add bfloat16 to `dtype`",
    ),
    Wrong(
        "an unknown key",
        text("{licence: MIT, path: /w, licens: MIT}"),
        "4:33",
        "unknown key `licens`",
        "did you mean `licence`?",
    ),
    Wrong(
        "trained weights of a stranger",
        text(f"{{trained: a.safetensors, {MADE}}}"),
        "4:9",
        "trained weights come with Coevo alone",
        "write `path:`",
    ),
    Wrong(
        "the name of a model of Coevo's",
        f"{HEAD}models: {{llama: {{path: /w, licence: MIT}}}}\nsuites: {{smoke: {{}}}}\n",
        "3:10",
        "`llama` is a model that comes with Coevo",
        "`my-llama`",
    ),
    Wrong(
        "a model that nobody defined",
        text("{path: /w, licence: MIT}", "suites:\n  vllm-models: {models: [bigg]}\n"),
        "6:26",
        "nobody defined the model `bigg`",
        "did you mean `big`?",
    ),
    Wrong(
        "a suite that runs none",
        text("{path: /w, licence: MIT}", "suites:\n  smoke: {models: [big]}\n"),
        "6:11",
        "this suite runs no models but its own",
        "vllm-models",
    ),
    Wrong(
        "a parameter of that name",
        text(
            "{path: /w, licence: MIT}",
            "suites:\n  vllm-models: {models: [big], parameters: {models: x}}\n",
        ),
        "6:45",
        "given its models in this parameter",
        "call the parameter something else",
    ),
    Wrong(
        "an include that would change them",
        text("{path: /w, licence: MIT}") + "include: [{site: lab, models: big}]\n",
        "7:",
        "an include cannot change a suite's `models`",
        "",
    ),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.what)
def test_a_mistake_is_told_with_its_place(wrong: Wrong) -> None:
    assert_told(wrong)


def test_a_suite_is_given_a_bounded_number_of_models() -> None:
    names = [f"m{number}" for number in range(MOST + 1)]
    models = "".join(f"  {name}: {{path: /w, licence: MIT}}\n" for name in names)
    listed = f"suites: {{vllm-models: {{models: [{', '.join(names)}]}}}}\n"

    assert_told(Wrong("", f"{HEAD}models:\n{models}{listed}", f"{5 + MOST}:", "33 models", "32"))
