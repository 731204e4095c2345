// Multiple choice by log-likelihood: a network answers with the choice that it finds likeliest
// behind the question.
#pragma once

#include <span>
#include <vector>

#include "supernet/formats/choice_file.h"
#include "supernet/formats/tokenizer.h"
#include "trainers/language/language_trainer.h"
#include "trainers/language/token_data.h"

namespace tailor::train {

/// Questions as sequences, one a choice: the context's tokens and the choice's, which alone are
/// targets. Context and choice become tokens apart, so that each choice stands behind the same
/// tokens.
class ChoiceData {
 public:
  /// Contexts keep their last tokens where a sequence would be longer than `longest`. Throws
  /// ConfigError: a choice that fills a sequence by itself or gives no token.
  ChoiceData(std::span<const ChoiceQuestion> questions, const Tokenizer& tokenizer,
             int64_t longest);

  /// Choices of all questions, one after the other; behind their ends stand zeros.
  const TokenBatch& rows() const { return rows_; }
  size_t questions() const { return answers_.size(); }
  /// Of the choices' log-likelihoods, a row each: how many answers are right, and the mean negative
  /// log-probability of the right choice among its question's.
  LanguageScore score(std::span<const double> log_likelihoods) const;

 private:
  TokenBatch rows_;
  std::vector<size_t> begins_ = {0};  ///< first row of each question, and the end
  std::vector<int64_t> answers_;
};

/// Answers of a network of the store, on `threads` threads, in eval mode. The sum over a choice's
/// tokens counts, as `acc` of EleutherAI/lm-evaluation-harness.
LanguageScore choice_score(const NetworkSpec& spec, const supernet::ParameterStore& store,
                           const ChoiceData& data, int64_t threads);

}  // namespace tailor::train
