"""Writes tests/golden/hf_tiny/: tiny random language models in Hugging Face's form, their logits and
the tokens they write, by transformers; or compares a folder that tailor wrote with what it expects.

    pip install torch==2.11.0 transformers==5.24.0 tokenizers==0.23.3 safetensors     # CPU
    python tests/golden/make/hf_tiny.py [MODEL ...]                # after hf_tokenizers.py
    python tests/golden/make/hf_tiny.py check FOLDER in.safetensors out.safetensors

`check` loads FOLDER and compares its logits for `input_ids` of the one file with `logits` of the
other. Every parameter is drawn, norms and biases too: at their usual start they would hide mistakes.
"""
import json
import shutil
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config, Qwen3Config

OUT = Path(__file__).resolve().parents[1] / "hf_tiny"
TOKENIZER = OUT.parent / "tokenizers/qwen2.json"
SIZES = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128,
         "bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
TOKENS, WRITTEN, LEAST_MARGIN = 12, 16, 2e-3


def rope(theta, kind="default", **scaling):
    return {"rope_parameters": {"rope_type": kind, "rope_theta": theta, **scaling}}


# name -> (config, weights' type, bytes of a file, written as transformers 4 did)
MODELS = {
    "qwen2": (Qwen2Config(**SIZES, **rope(1e6)), torch.float32, 10**9, True),
    "qwen2_tied": (Qwen2Config(**SIZES, **rope(1e4), tie_word_embeddings=True), torch.bfloat16,
                   8000, True),
    "qwen2_window": (Qwen2Config(**SIZES, **rope(1e4), use_sliding_window=True, sliding_window=5,
                                 layer_types=["sliding_attention", "full_attention"]),
                     torch.bfloat16, 10**9, False),
    "qwen3": (Qwen3Config(**SIZES, **rope(1e6), head_dim=16), torch.float16, 16000, False),
    "qwen3_tied": (Qwen3Config(**SIZES, **rope(1e6), head_dim=12, tie_word_embeddings=True),
                   torch.bfloat16, 10**9, True),
    "llama": (LlamaConfig(**SIZES, **rope(5e5), rms_norm_eps=1e-5), torch.bfloat16, 10**9, True),
    "llama_tied": (LlamaConfig(**SIZES | {"num_key_value_heads": 4}, **rope(1e4),
                               tie_word_embeddings=True), torch.float16, 10**9, False),
    "llama_llama3": (LlamaConfig(**SIZES, **rope(100, "llama3", factor=8, low_freq_factor=1, high_freq_factor=4,
                                                 original_max_position_embeddings=64)),
                     torch.bfloat16, 10**9, False),
    "llama_linear": (LlamaConfig(**SIZES, **rope(1e4, "linear", factor=3)), torch.bfloat16, 10**9, True),
    "qwen2_yarn": (Qwen2Config(**SIZES, **rope(100, "yarn", factor=4, original_max_position_embeddings=64)),
                   torch.bfloat16, 10**9, True),
    "qwen2_text": (Qwen2Config(**SIZES | {"vocab_size": 720, "hidden_size": 16, "num_hidden_layers": 1},
                               **rope(1e4), tie_word_embeddings=True), torch.bfloat16, 10**9, True),
}
PROMPT = "First, he said: caf\u00e9!"


def draw(model, seed, dtype):
    """Every parameter anew, rounded to what the file will hold."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        norm = "norm" in name
        with torch.no_grad():
            parameter.copy_((1 + 0.2 * noise if norm else 0.35 * noise).to(dtype).float())


def as_before(folder):
    """config.json with rope_theta and torch_dtype at the top, where most checkpoints have them."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    scaling = config.pop("rope_parameters")
    config["rope_theta"] = scaling.pop("rope_theta")
    config["rope_scaling"] = None if scaling["rope_type"] == "default" else scaling
    config["torch_dtype"] = config.pop("dtype")
    path.write_text(json.dumps(config, indent=2) + "\n")


def margins(model, ids):
    """The tokens that the model writes, and the least distance of a choice."""
    written, least = [], float("inf")
    for _ in range(WRITTEN):
        best = model(ids).logits[0, -1].topk(2)
        least = min(least, (best.values[0] - best.values[1]).item())
        written.append(best.indices[0].item())
        ids = torch.cat([ids, best.indices[:1].view(1, 1)], 1)
    return written, least


def prompt_ids(name, vocabulary, seed):
    if name != "qwen2_text":
        return torch.randint(vocabulary, (2, TOKENS), generator=torch.Generator().manual_seed(seed))
    return torch.tensor([Tokenizer.from_file(str(TOKENIZER)).encode(PROMPT).ids])


def add_tokenizer(folder, written):
    shutil.copy(TOKENIZER, folder / "tokenizer.json")
    text = Tokenizer.from_file(str(TOKENIZER)).decode(written, skip_special_tokens=False)
    (folder / "expected.json").write_text(json.dumps({"prompt": PROMPT, "text": text}) + "\n")


def write(name):
    config, dtype, shard, before = MODELS[name]
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(1000):
        model = AutoModelForCausalLM.from_config(config).eval()
        draw(model, seed, dtype)
        ids = prompt_ids(name, config.vocab_size, seed)
        written, least = margins(model, ids[:1])
        if least > LEAST_MARGIN and len(set(written)) > 5:
            break
    cached = model.generate(ids[:1], max_new_tokens=WRITTEN, do_sample=False)[0, ids.shape[1]:]
    assert cached.tolist() == written, (cached, written)
    save_file({"input_ids": ids, "logits": model(ids).logits,
               "written": torch.tensor([written])}, folder / "expected.safetensors",
              {"source": f"transformers {transformers.__version__}, torch {torch.__version__}"})
    model.to(dtype).save_pretrained(folder, max_shard_size=shard)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if before:
        as_before(folder)
    if name == "qwen2_text":
        add_tokenizer(folder, written)
    print(f"{name}: seed {seed}, least margin {least:.4f}, wrote {written}")


def check(folder, given, got):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    want = model(load_file(given)["input_ids"]).logits
    difference = (load_file(got)["logits"] - want).abs().max().item()
    print(f"{folder}: logits differ by at most {difference:.2e}")
    return difference <= 1e-4


if __name__ == "__main__":
    with torch.no_grad():
        if sys.argv[1:2] == ["check"]:
            sys.exit(0 if check(*sys.argv[2:5]) else 1)
        for each in sys.argv[1:] or MODELS:
            write(each)
