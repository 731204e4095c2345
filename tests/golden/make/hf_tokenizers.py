"""Writes tests/golden/tokenizers/: three small byte-level BPE tokenizers with the regular expressions
of Qwen2, Llama 3 and GPT-2, and what the PyPI package `tokenizers` makes of many texts.

    pip install tokenizers==0.23.3
    python tests/golden/make/hf_tokenizers.py TEXT_FILE
    python tests/golden/make/hf_tokenizers.py compare TOKENIZER_JSON TEXT_FILE TAILOR_TOKENIZE

`compare` runs the program tests/golden/tokenize_main.cpp on every line of a text and on drawn texts.
"""
import json
import random
import subprocess
import sys
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from tokenizers import processors, trainers

OUT = Path(__file__).resolve().parents[1] / "tokenizers"
QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA3 = QWEN2.replace(r"\p{N}|", r"\p{N}{1,3}|", 1)
MORE = ["Ein schöner Tag, naïve Ideen, garçon, Ångström. ", "Привет, мир! Как дела? ",
        "你好，世界。今天天气很好。", "こんにちは世界。", "مرحبا بالعالم ", "नमस्ते दुनिया ", "🙂👍🏽🚀 ",
        "int main() {\n    return 0;\n}\n", "x = [1, 2, 34, 567];\t# done\r\n"] * 30
TEXTS = [
    "", " ", "  ", "   \n", "\n", "\r\n", "\t", "a", "Hello world", " Hello world", "Hello, I'm here.",
    "1234 5", "a  b   c", "x\n\n  y", "don't DON'T I'LL we'Re you'VE", "you\u2019re", "'\u017f", "\u017fa 'ſ",
    "你好，世界", "cafe\u0301 café", "🙂👍🏽", "\tfoo\r\nbar", "a\u00a0b", "e=mc^2!!\n\nNext",
    "naïve ﬁ Ω Å", "C++ int main(){return 0;}\n", "<|im_start|>user\nhi<|im_end|>\n", "a ", "a  ",
    "  a", "\n \n x", "<|im_start|><|im_start|>", "<|im_star", "<|im_start|> <tool> \u2003 x", "<tool>a<tool>",
    "x <tool>", "\u1100\u1161\u11a8 각", "\u0344 \u0958", "Ⅷ ½ ²٣", "a\u200bb\u200dc", "\u0085x\u000by\u2028z",
    "''''s 's't", "...!!!???\r\r\n", "  \t \n\t  x", "a\u0300\u0301b", "𝔘𝔫𝔦 𐍈", "\U000e0041", "\ufeffbom",
    "\u00c5\u00c9 stra\u00dfe", "\x00\x01\x7f", "K\u212a k", "0123456789", "12345", "a1b22c333d4444",
    "mixed 中文 and English 123abc", "é" * 40, " " * 60, "\n" * 30, "ab" * 60, "caf\u00e9<tool>\u0301x",
]


def drawn(rng):
    alphabet = ["a", "b", "e", "t", "h", "S", " ", " ", " ", "\n", "\r", "\t", "'", "s", "1", "2", ".", ",", "!",
                "\u00e9", "e\u0301", "\u4e2d", "\U0001f642", "\u00a0", "\u3000", "\u0301", "\u2028", "<|im_end|>",
                "<tool>", "\u0661", "ll", "RE", "\u017f"]
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(1, 40)))


def build(kind, corpus):
    tokenizer = Tokenizer(models.BPE(ignore_merges=kind == "llama3"))
    added = [AddedToken("<|endoftext|>", special=True, normalized=False),
             AddedToken("<|im_start|>", special=True, normalized=False),
             AddedToken("<|im_end|>", special=True, normalized=False),
             AddedToken("<tool>", special=False, normalized=kind == "gpt2", lstrip=kind == "llama3",
                        rstrip=kind == "gpt2")]
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=kind == "gpt2", use_regex=kind == "gpt2")
    if kind == "gpt2":
        tokenizer.pre_tokenizer = byte_level
    else:
        regex = Regex(QWEN2 if kind == "qwen2" else LLAMA3)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Split(regex, "isolated"), byte_level])
    if kind != "llama3":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.add_tokens(added)
    if kind == "llama3":
        start = tokenizer.token_to_id("<|endoftext|>")
        tokenizer.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<|endoftext|> $A <|im_end|>", special_tokens=[
                ("<|endoftext|>", start), ("<|im_end|>", tokenizer.token_to_id("<|im_end|>"))])])
    return tokenizer


def cases(tokenizer, texts, rng):
    size = tokenizer.get_vocab_size()
    encoded = [{"text": text, "ids": tokenizer.encode(text).ids,
                "bare": tokenizer.encode(text, add_special_tokens=False).ids} for text in texts]
    decoded = []
    for _ in range(60):
        ids = [rng.randrange(size + 2) for _ in range(rng.randrange(1, 20))]
        decoded.append({"ids": ids, "text": tokenizer.decode(ids, skip_special_tokens=False),
                        "skipped": tokenizer.decode(ids, skip_special_tokens=True)})
    return {"encode": encoded, "decode": decoded}


def write(corpus):
    OUT.mkdir(exist_ok=True)
    rng = random.Random(1)
    texts = TEXTS + [drawn(rng) for _ in range(80)]
    for kind in ("qwen2", "llama3", "gpt2"):
        tokenizer = build(kind, corpus)
        tokenizer.save(str(OUT / f"{kind}.json"), pretty=False)
        expected = {"source": f"tokenizers {tokenizers.__version__}"} | cases(tokenizer, texts, rng)
        (OUT / f"{kind}.expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


def compare(path, corpus, program):
    tokenizer = Tokenizer.from_file(path)
    rng = random.Random(2)
    texts = TEXTS + corpus + MORE[:9] + [drawn(rng) for _ in range(20000)]
    given = "".join(json.dumps(text) + "\n" for text in texts)
    lines = subprocess.run([program, path], input=given, text=True, capture_output=True,
                           check=True).stdout.splitlines()
    wrong = [text for text, line in zip(texts, lines, strict=True)
             if json.loads(line) != tokenizer.encode(text).ids]
    print(f"{path}: {len(texts)} texts, {len(wrong)} of them differ: {wrong[:5]!r}")
    return not wrong


if __name__ == "__main__":
    if sys.argv[1:2] == ["compare"]:
        lines = Path(sys.argv[3]).read_text().splitlines(keepends=True)
        sys.exit(0 if compare(sys.argv[2], lines, sys.argv[4]) else 1)
    write(Path(sys.argv[1]).read_text().splitlines(keepends=True) + MORE)
