"""Language models in Hugging Face folders: logits, text, speed, and what is wrong."""
import json
import shutil
import struct

import harness
from harness import check, main, read_tensors, same

GOLDEN = harness.HERE.parent / "golden/hf_tiny"


def floats(tensor):
    return struct.unpack(f"<{len(tensor[2]) // 4}f", tensor[2])


def logits_of_every_model(tool):
    folders = sorted(path.parent for path in GOLDEN.glob("*/expected.safetensors"))
    same(len(folders), 7, "golden folders")
    for folder in folders:
        tool.ok("infer", "--weights", folder, "--input", folder / "expected.safetensors",
                "--output", "out.safetensors")
        got = read_tensors(tool.folder / "out.safetensors")[0]["logits"]
        want = read_tensors(folder / "expected.safetensors")[0]["logits"]
        same(got[1], want[1], f"{folder.name}: shape")
        worst = max(abs(a - b) for a, b in zip(floats(got), floats(want)))
        check(worst < 1e-4, f"{folder.name}: logits differ by {worst}")


def it_is_timed(tool):
    rows = json.loads(tool.ok("bench", "generate", "--weights", GOLDEN / "qwen2", "--context", 32,
                              "--tokens", 4, "--json").stdout)
    # 2 layers x keys and values x 2 heads x 8 x 4 bytes a token
    same(rows[0]["state_bytes"], 2 * 2 * 2 * 8 * 4 * (32 + 4), "bytes of the caches")


def refused(tool, folder, text, *words):
    result = tool("infer", "--weights", folder, "--input", GOLDEN / "qwen2/expected.safetensors",
                  "--output", "none.safetensors", *words)
    same((result.returncode, result.stdout), (2, ""), f"{text}: {result.stderr}")
    same(len(result.stderr.splitlines()), 1, f"lines on stderr\n{result.stderr}")
    check(text in result.stderr, f"got  {result.stderr}want {text}")
    check(not (tool.folder / "none.safetensors").exists(), "a result was written")


def bad_folders(tool):
    copy = tool.folder / "copy"
    shutil.copytree(GOLDEN / "qwen3", copy)
    refused(tool, copy, "is a whole model; --config, --arch and --random do not go with it",
            "--arch", "mixer=attn")
    shard = copy / "model-00002-of-00004.safetensors"
    data = shard.read_bytes()
    shard.write_bytes(data[:-1])
    refused(tool, copy, "copy/model-00002-of-00004.safetensors: tensor 'model.layers.0.")
    shard.unlink()
    refused(tool, copy, "model-00002-of-00004.safetensors: is missing; ")
    config = (copy / "config.json").read_text()
    for old, new, text in (
            ('"vocab_size"', '"hidden_size": 3, "vocab_size"', "'hidden_size' is in the file twice"),
            ('"qwen3"', '"gpt2"', "model_type: unknown language model 'gpt2'"),
            ('"vocab_size": 64', '"vocab_size": "64"', "vocab_size: must be an integer in"),
            ('"default"', '"yarn"', "rope_parameters.rope_type: only default rotary positions"),
            ("{", "", "the file is not JSON")):
        check(old in config, old)
        (copy / "config.json").write_text(config.replace(old, new, 1))
        refused(tool, copy, f"copy/config.json: {text}")


if __name__ == "__main__":
    main("language_folder", logits_of_every_model, it_is_timed, bad_folders)
