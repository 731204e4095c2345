// Reading text and making recall tasks.
#include "trainers/language/token_data.h"

#include <algorithm>
#include <functional>

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/file.h"

namespace tailor::train {
namespace {

constexpr int64_t kKeys = 16, kValues = 4;
// Symbols, from the first on: a key with its value, a key that is asked for, a value that is said.
constexpr int64_t kKeySymbols = kKeys * kValues, kValueSymbols = kKeySymbols + kKeys;
constexpr int64_t kSymbols = kValueSymbols + kValues, kFirstByteSymbol = 128;

TokenBatch empty_batch(int64_t sequences, int64_t tokens) {
  return {at::zeros({sequences, tokens}, at::kLong), at::full({sequences, tokens}, -1, at::kLong)};
}

/// Calls fill(sequence, ids, targets) for every row.
TokenBatch filled(int64_t sequences, int64_t tokens,
                  const std::function<void(int64_t, int64_t*, int64_t*)>& fill) {
  TokenBatch batch = empty_batch(sequences, tokens);
  for (int64_t n = 0; n < sequences; ++n) {
    fill(n, batch.ids.data_ptr<int64_t>() + n * tokens,
         batch.targets.data_ptr<int64_t>() + n * tokens);
  }
  return batch;
}

}  // namespace

std::string task_name(TokenTask task) {
  if (task == TokenTask::choices) return "choices";
  return task == TokenTask::text ? "text" : "recall";
}

TokenTask parse_task(const std::string& name) {
  for (const TokenTask task : {TokenTask::text, TokenTask::recall, TokenTask::choices}) {
    if (task_name(task) == name) return task;
  }
  throw ConfigError(str("must be text, recall or choices, got '", name, "'"));
}

TokenOptions TokenOptions::read(const ConfigNode& cfg) {
  TokenOptions o;
  cfg.read("files", o.files, {.required = true, .doc = "text files"});
  cfg.read("tokenizer", o.tokenizer,
           {.doc = "a tokenizer.json of Hugging Face; empty: every byte is a token"});
  cfg.read("choices", o.choices,
           {.doc = "questions for the task `choices`, a line each: {\"context\": text, "
                   "\"choices\": [text, ...], \"answer\": index}"});
  cfg.read("tokens", o.tokens, {.min = 8, .max = 1 << 20, .doc = "of a sequence"});
  cfg.read("validation_share", o.validation_share,
           {.min = 0.001, .max = 0.9, .doc = "of every file: its end"});
  cfg.read("validation_sequences", o.validation_sequences,
           {.min = 1, .max = 1 << 20, .doc = "of each task"});
  const ConfigNode recall = cfg.child("recall", "associative recall: say the value of a key again");
  recall.read("pairs", o.pairs, {.min = 1, .max = kKeys, .doc = "keys and values to remember"});
  recall.read("queries", o.queries, {.min = 1, .max = kKeys, .doc = "keys asked for"});
  recall.read("share", o.recall_share, {.min = 0, .max = 1, .doc = "of the training sequences"});
  if (o.queries > o.pairs) recall.fail("queries", str("must be at most pairs, ", o.pairs));
  if (o.pairs + 2 * o.queries > o.tokens) {
    recall.fail("pairs", str(o.pairs, " pairs and ", o.queries, " queries need ",
                             o.pairs + 2 * o.queries, " tokens, a sequence has ", o.tokens));
  }
  recall.finish();
  cfg.finish();
  return o;
}

namespace {

Tokenizer open_tokenizer(const TokenOptions& options, int64_t vocabulary) {
  const bool bytes = options.tokenizer.empty();
  if (bytes ? vocabulary != TokenData::kVocabulary : vocabulary < kSymbols) {
    throw ConfigError(str("text.tokenizer: a vocabulary of ", vocabulary,
                          bytes ? " is not that of bytes, 256; name a tokenizer.json"
                                : " has no room for the symbols of recall, 84"));
  }
  return bytes ? Tokenizer::bytes() : Tokenizer::load(options.tokenizer, vocabulary);
}

}  // namespace

TokenData::TokenData(const TokenOptions& options, int64_t vocabulary)
    : options_(options),
      first_symbol_(options.tokenizer.empty() ? kFirstByteSymbol : vocabulary - kSymbols),
      tokenizer_(open_tokenizer(options, vocabulary)) {
  const bool bytes = options.tokenizer.empty();
  for (const std::string& path : options.files) {
    const std::vector<int64_t> text = tokenizer_.encode(read_file(path), false);
    const auto held =
        static_cast<size_t>(static_cast<double>(text.size()) * options.validation_share);
    const auto least = static_cast<size_t>(options.tokens) + 1;
    if (held < least || text.size() - held < least) {
      throw IoError(str(path, ": ", text.size(), bytes ? " bytes" : " tokens",
                        " do not give a training and a validation sequence of ", options.tokens,
                        " tokens"));
    }
    const auto cut = text.end() - static_cast<std::ptrdiff_t>(held);
    training_.insert(training_.end(), text.begin(), cut);
    validation_.insert(validation_.end(), cut, text.end());
  }
  if (training_.empty()) throw ConfigError("text.files: must name at least one file");
}

void TokenData::fill_text(const Tokens& text, int64_t begin, int64_t* ids, int64_t* targets) const {
  for (int64_t t = 0; t < options_.tokens; ++t) {
    ids[t] = text[static_cast<size_t>(begin + t)];
    targets[t] = text[static_cast<size_t>(begin + t + 1)];
  }
}

void TokenData::fill_recall(const Tokens& text, const RecallForm& form, Rng& rng, int64_t* ids,
                            int64_t* targets) const {
  const std::vector<int64_t> keys = rng.permutation(kKeys);
  std::vector<int64_t> values;
  int64_t t = 0;
  for (int64_t p = 0; p < form.pairs; ++p) {
    values.push_back(rng.below(kValues));
    ids[t++] = first_symbol_ + keys[static_cast<size_t>(p)] * kValues + values.back();
  }
  const int64_t questions = options_.tokens - 2 * form.queries;
  int64_t from = rng.below(static_cast<int64_t>(text.size()) - options_.tokens);
  while (t < questions) ids[t++] = text[static_cast<size_t>(from++)];
  std::vector<int64_t> asked;
  for (int64_t q = 0; q < form.queries; ++q) {
    if (asked.empty()) asked = rng.permutation(form.pairs);
    const auto pair = static_cast<size_t>(asked.back());
    asked.pop_back();
    ids[t] = first_symbol_ + kKeySymbols + keys[pair];
    const int64_t value = first_symbol_ + kValueSymbols + values[pair];
    targets[t++] = value;
    ids[t++] = value;
  }
}

TokenData::RecallForm TokenData::varied_recall(Rng& rng) const {
  RecallForm form;
  form.pairs = 1 + rng.below(options_.pairs);
  const int64_t most = (options_.tokens - form.pairs) / 2;
  form.queries = options_.queries + rng.below(most - options_.queries + 1);
  return form;
}

TokenBatch TokenData::training(int64_t sequences, Rng& rng) const {
  return filled(sequences, options_.tokens, [&](int64_t, int64_t* ids, int64_t* targets) {
    if (rng.coin(options_.recall_share)) {
      fill_recall(training_, varied_recall(rng), rng, ids, targets);
    } else {
      const int64_t last = static_cast<int64_t>(training_.size()) - options_.tokens - 1;
      fill_text(training_, rng.below(last + 1), ids, targets);
    }
  });
}

TokenBatch TokenData::validation(TokenTask task) const {
  const int64_t count = options_.validation_sequences;
  const int64_t last = static_cast<int64_t>(validation_.size()) - options_.tokens - 1;
  Rng rng(17);
  return filled(count, options_.tokens, [&](int64_t n, int64_t* ids, int64_t* targets) {
    if (task == TokenTask::recall) {
      fill_recall(validation_, {options_.pairs, options_.queries}, rng, ids, targets);
    } else {  // spread over the text
      fill_text(validation_, count > 1 ? last * n / (count - 1) : 0, ids, targets);
    }
  });
}

std::string TokenData::fingerprint() const {
  const auto hash = [](const Tokens& text) {
    return fnv1a({reinterpret_cast<const char*>(text.data()), text.size() * sizeof(int32_t)});
  };
  return str("tokens ", hex(hash(training_)), " ", hex(hash(validation_)));
}

}  // namespace tailor::train
