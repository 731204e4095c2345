// From text to token ids and back: byte-level BPE as tokenizer.json of Hugging Face describes it
// (Qwen2, Qwen3, Llama 3, GPT-2), or plain bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tailor {

/// Its name in a folder of Hugging Face.
inline constexpr const char* kTokenizerFile = "tokenizer.json";

class Tokenizer {
 public:
  /// 256 tokens, one a byte.
  static Tokenizer bytes();
  /// Reads tokenizer.json; `name` stands for the file in messages. Truncation and padding are left
  /// out. Throws ConfigError naming file and key: models other than byte-level BPE, normalisers
  /// other than NFC, pre-tokenizers other than Split and ByteLevel, and what contradicts itself.
  /// Source: huggingface/tokenizers, tokenizers/src/{tokenizer,models/bpe,pre_tokenizers,
  /// processors/template.rs}.
  static Tokenizer parse(const std::string& text, const std::string& name);
  /// Reads a tokenizer.json for a model. Throws IoError; ConfigError also when a token's id is
  /// beyond the vocabulary.
  static Tokenizer load(const std::string& file, int64_t vocabulary);

  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;

  /// Ids of a text; ill-formed UTF-8 is read as U+FFFD (by plain bytes: as it is). framed: with the
  /// tokens that the post-processor puts around a text (Llama 3's <|begin_of_text|>).
  std::vector<int64_t> encode(std::string_view text, bool framed = true) const;
  /// The text of ids, ill-formed UTF-8 replaced by U+FFFD; unknown ids are left out, and special
  /// tokens where they are to be skipped.
  std::string decode(std::span<const int64_t> ids, bool skip_special = false) const;
  /// The bytes of one token, which may be a part of a character; "" for an unknown id.
  std::string token_bytes(int64_t id) const;
  /// Is it a token that marks something rather than text (<|endoftext|>)?
  bool is_special(int64_t id) const;
  int64_t largest_id() const;
  /// Throws ConfigError when an id is beyond a model's vocabulary.
  void check_vocabulary(int64_t vocabulary) const;

  struct Impl;

 private:
  explicit Tokenizer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace tailor
