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
    same(len(folders), 11, "golden folders")
    for folder in folders:
        tool.ok("infer", "--weights", folder, "--input", folder / "expected.safetensors",
                "--output", "out.safetensors")
        got = read_tensors(tool.folder / "out.safetensors")[0]["logits"]
        want = read_tensors(folder / "expected.safetensors")[0]["logits"]
        same(got[1], want[1], f"{folder.name}: shape")
        worst = max(abs(a - b) for a, b in zip(floats(got), floats(want)))
        check(worst < 1e-4, f"{folder.name}: logits differ by {worst}")


def it_writes_with_its_tokenizer(tool):
    expected = json.loads((GOLDEN / "qwen2_text/expected.json").read_text())
    words = ["generate", "--weights", GOLDEN / "qwen2_text", "--prompt", expected["prompt"], "--tokens", 16]
    same(tool.ok(*words, errors="replace").stdout, expected["text"] + "\n", "text")
    copy = tool.folder / "ends"
    shutil.copytree(GOLDEN / "qwen2_text", copy)
    config = (copy / "config.json").read_text()
    (copy / "config.json").write_text(config.replace('"eos_token_id": null', '"eos_token_id": [6, 21]'))
    words[2] = copy
    # Token 21 is the first "6" of the text.
    same(tool.ok(*words, errors="replace").stdout, expected["text"].split("6")[0] + "\n", "the end")


def plain_bytes_where_there_is_no_tokenizer(tool):
    words = ["generate", "--prompt", "a", "--weights"]
    result = tool(*words, GOLDEN / "qwen3")
    check(result.returncode == 2 and "qwen3: has no tokenizer.json, and a vocabulary of 64 is not "
          "that of plain bytes, 256" in result.stderr, result.stderr)


def bad_tokenizers(tool):
    copy = tool.folder / "tokens"
    shutil.copytree(GOLDEN / "qwen2_text", copy)
    file = copy / "tokenizer.json"
    good = file.read_text()
    for text, want in ((good.replace('"id":702', '"id":9000'),
                        "token '<|im_end|>' has id 9000, the model's vocab_size is 720"),
                       (good.replace('"type":"BPE"', '"type":"WordPiece"'),
                        "model.type: must be BPE, got 'WordPiece'"),
                       (good[:-5], "the file is not JSON")):
        file.write_text(text)
        result = tool("generate", "--weights", copy, "--prompt", "a")
        same((result.returncode, result.stdout), (2, ""), f"{want}: {result.stderr}")
        same(len(result.stderr.splitlines()), 1, result.stderr)
        check(f"tokens/tokenizer.json: {want}" in result.stderr, f"got {result.stderr}want {want}")


def written_folders(tool):
    """Converted, a model is of the same type and gives the same logits."""
    for folder in sorted(path.parent for path in GOLDEN.glob("*/expected.safetensors")):
        out = tool.ok("convert", "--weights", folder, "--output", f"converted/{folder.name}/").stdout
        same(out, f"converted/{folder.name}: {folder.name.split('_')[0]}\n", "what convert says")
        got = []
        for weights in (folder, tool.folder / "converted" / folder.name):
            tool.ok("infer", "--weights", weights, "--input", folder / "expected.safetensors",
                    "--output", "out.safetensors")
            got.append(read_tensors(tool.folder / "out.safetensors")[0]["logits"])
        same(got[0], got[1], f"{folder.name}: logits")
    same((tool.folder / "converted/qwen2_text/tokenizer.json").read_bytes(),
         (GOLDEN / "qwen2_text/tokenizer.json").read_bytes(), "tokenizer")
    result = tool("convert", "--weights", "converted/qwen3", "--output", "converted/qwen3/")
    check(result.returncode == 2 and "--output is the folder of --weights" in result.stderr, result.stderr)


def it_is_timed(tool):
    words = ["bench", "generate", "--weights", GOLDEN / "qwen2", "--context", 32, "--tokens", 4, "--json"]
    rows = json.loads(tool.ok(*words).stdout)
    # 2 layers x keys and values x 2 heads x 8 x 4 bytes a token
    same(rows[0]["state_bytes"], 2 * 2 * 2 * 8 * 4 * (32 + 4), "bytes of the caches")
    narrow = json.loads(tool.ok(*words, "--precision", "bf16", "--memory", 5 * 2 * 2 * 2 * 8 * 2 * 36).stdout)
    same(narrow[0]["batch"], 5, "sequences that fit in bfloat16")
    same(narrow[0]["state_bytes"], 5 * rows[0]["state_bytes"] // 2, "bytes of the caches in bfloat16")
    result = tool(*words, "--precision", "int8")
    same(result.returncode, 2, result.stderr)
    check("--precision must be f32 or bf16, got 'int8'" in result.stderr, result.stderr)


QUESTIONS = '''{"context": "To be, or not", "choices": [" to be", " at all"], "answer": 0}
{"context": "that is the", "choices": [" answer", " question"], "answer": 1}
'''


def it_answers(tool):
    (tool.folder / "q.jsonl").write_text(QUESTIONS)
    words = ["bench", "choices", "--weights", GOLDEN / "qwen2_text", "--file"]
    told = json.loads(tool.ok(*words, "q.jsonl", "--json").stdout)
    same(told["questions"], 2, "questions")
    check(told["accuracy"] in (0, 0.5, 1) and told["loss"] > 0, str(told))
    narrow = json.loads(tool.ok(*words, "q.jsonl", "--json", "--precision", "bf16").stdout)
    check(0 < abs(narrow["loss"] - told["loss"]) < 0.05 * told["loss"], f"{narrow} and {told}")
    check(" % right, loss " in tool.ok(*words, "q.jsonl").stdout, "what it says")
    (tool.folder / "bad.jsonl").write_text(QUESTIONS + '{"context": "a", "choices": ["b", "c"], "answer": 2}')
    result = tool(*words, "bad.jsonl")
    same(result.returncode, 2, result.stderr)
    check("bad.jsonl:3: answer: " in result.stderr, result.stderr)


PIPELINE = """
space:
  family: hybrid_lm
  model: MODEL
  mixers: [gdn, attn]
  tokens: 32
  linear: {heads: [2], d_k: [8], d_v: [8]}
text: {files: [text.txt], choices: q.jsonl, tokens: 32, recall: {pairs: 4, queries: 4}}
postnas:
  placement: {steps: 4, batch: 4, linear: gdn, full: 1, beam: 1, full_task: choices}
  blocks: {steps: 2, batch: 4, candidates: [gdn]}
  final: {distil: {steps: 2, batch: 4}, train: {steps: 2, batch: 4}}
"""


def a_hybrid_of_its_model(tool):
    """PostNAS begins with the folder's weights, sizes and tokenizer, and its result has them too."""
    model = GOLDEN / "qwen2_text"
    (tool.folder / "text.txt").write_text("To be, or not to be, that is the question. " * 200)
    (tool.folder / "q.jsonl").write_text(QUESTIONS)
    config = tool.folder / "pipeline.yaml"
    config.write_text(PIPELINE.replace("MODEL", str(model)))
    tool.ok("run", "--config", config, "--run-dir", "hybrid")
    result = (tool.folder / "hybrid/final/result.yaml").read_text()
    check("\narch: mixer=attn window=0 heads=0 dk=0 dv=0 mlp=40\n" in result, result)
    scores = (tool.folder / "hybrid/placement/scores.csv").read_text().splitlines()
    same(scores[0], "step,mixers,text_loss,recall_loss,recall_accuracy,choices_loss,choices_accuracy", "columns")
    out = tool.folder / "hybrid/export/winner"
    same((out / "tokenizer.json").read_bytes(), (model / "tokenizer.json").read_bytes(), "tokenizer")
    words = ["generate", "--prompt", "To be", "--tokens", 8]
    same(tool.ok(*words, "--weights", out, errors="replace").stdout,
         tool.ok(*words, "--config", config, "--run-dir", "hybrid", errors="replace").stdout, "text")
    for old, new, text in (("tokens: 32, recall", "tokenizer: no.json, tokens: 32, recall", "no.json"),
                           ("choices: q.jsonl, ", "", "the task choices needs text.choices"),
                           (str(model), "nowhere", "nowhere/config.json"),
                           (str(model), str(GOLDEN / "qwen2"), "text.tokenizer: a vocabulary of 64 is not")):
        config.write_text(PIPELINE.replace("MODEL", str(model)).replace(old, new))
        bad = tool("run", "--config", config, "--run-dir", "bad")
        same((bad.returncode, len(bad.stderr.splitlines())), (2, 1), f"{new}: {bad.stderr}")
        check(text in bad.stderr, f"got {bad.stderr}want {text}")


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
            ('"default"', '"longrope"', "rope_parameters.rope_type: must be default, linear, llama3"),
            ("{", "", "the file is not JSON")):
        check(old in config, old)
        (copy / "config.json").write_text(config.replace(old, new, 1))
        refused(tool, copy, f"copy/config.json: {text}")


if __name__ == "__main__":
    main("language_folder", logits_of_every_model, it_writes_with_its_tokenizer,
         plain_bytes_where_there_is_no_tokenizer, bad_tokenizers, written_folders, it_is_timed, it_answers, a_hybrid_of_its_model,
         bad_folders)
