// Sequences of tokens: text from files, and associative recall, which is what full attention is
// kept for.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "core/rng.h"
#include "supernet/formats/tokenizer.h"

namespace tailor::train {

/// What a score is about.
enum class TokenTask { text, recall, choices };
std::string task_name(TokenTask task);
/// Throws ConfigError for another name.
TokenTask parse_task(const std::string& name);

/// ids, targets: [N, T] int64. A target of -1 counts for nothing.
struct TokenBatch {
  at::Tensor ids, targets;
};

struct TokenOptions {
  std::vector<std::string> files;
  std::string choices = "";           ///< a file of questions (choice_file.h); "": none
  std::string tokenizer = "";         ///< a tokenizer.json; "": every byte is a token
  int64_t tokens = 256;               ///< of a sequence
  double validation_share = 0.1;      ///< the end of every file
  int64_t validation_sequences = 64;  ///< of each task
  int64_t pairs = 16, queries = 8;    ///< of recall
  double recall_share = 0.5;          ///< of the training sequences

  static TokenOptions read(const ConfigNode& cfg);
};

/// Tokens of text files, cut into sequences, and made-up recall tasks: `pairs` of one of 16 keys
/// and one of 4 values, filler text, then `queries` keys whose values are to be said: multi-query
/// associative recall (Arora et al. 2023) with the questions at the end and each pair one symbol,
/// so that small models learn it in minutes. (With two symbols a pair they first need a head that
/// looks one token back, and tens of thousands of sequences to find it.) In training every sequence
/// has pairs and filler of its own number, at most those of validation, and questions to its end:
/// few pairs close by are learned first. Pairs are bytes 128 to 191, keys 192 to 207, values 208 to
/// 211, so that text should be ASCII; with a tokenizer the last 84 ids of the vocabulary.
/// Validation sequences are always the same; training never sees their text. Thread-safe.
class TokenData {
 public:
  static constexpr int64_t kVocabulary = 256;  ///< of bytes

  /// Throws IoError: a file that cannot be read or is too short. ConfigError: a tokenizer that does
  /// not fit the vocabulary, or none where it is not that of bytes.
  explicit TokenData(const TokenOptions& options, int64_t vocabulary = kVocabulary);

  const TokenOptions& options() const { return options_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }
  /// `sequences` of both tasks, drawn from `rng`.
  TokenBatch training(int64_t sequences, Rng& rng) const;
  /// All validation sequences of text or recall. They do not depend on any seed.
  TokenBatch validation(TokenTask task) const;
  /// Text that changes when the data does.
  std::string fingerprint() const;

 private:
  using Tokens = std::vector<int32_t>;
  /// Text from `begin` on, next tokens as targets.
  void fill_text(const Tokens& text, int64_t begin, int64_t* ids, int64_t* targets) const;
  struct RecallForm {
    int64_t pairs = 0, queries = 0;
  };
  RecallForm varied_recall(Rng& rng) const;
  /// Text fills what is left between pairs and questions; no key is asked for again before all
  /// others were.
  void fill_recall(const Tokens& text, const RecallForm& form, Rng& rng, int64_t* ids,
                   int64_t* targets) const;

  TokenOptions options_;
  int64_t first_symbol_;  ///< of recall
  Tokenizer tokenizer_;
  Tokens training_, validation_;
};

}  // namespace tailor::train
