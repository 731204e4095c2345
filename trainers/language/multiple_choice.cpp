// Laying out choices, scoring answers.
#include "trainers/language/multiple_choice.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tailor::train {
namespace {

/// A sequence and where its targets begin.
struct Row {
  std::vector<int64_t> tokens;
  size_t choice = 0;
};

Row make_row(const std::vector<int64_t>& context, const std::vector<int64_t>& choice,
             int64_t longest, size_t question) {
  const int64_t room = longest + 1 - std::ssize(choice);  // the last token is a target alone
  if (choice.empty() || context.empty() || room < 1) {
    throw ConfigError(str("question ", question + 1, ": its context has ", context.size(),
                          " tokens, a choice ", choice.size(), "; a sequence takes ", longest));
  }
  Row row;
  row.tokens.assign(context.end() - std::min(room, std::ssize(context)), context.end());
  row.choice = row.tokens.size();
  row.tokens.insert(row.tokens.end(), choice.begin(), choice.end());
  return row;
}

}  // namespace

ChoiceData::ChoiceData(std::span<const ChoiceQuestion> questions, const Tokenizer& tokenizer,
                       int64_t longest) {
  std::vector<Row> rows;
  size_t tokens = 0;
  for (const ChoiceQuestion& question : questions) {
    const std::vector<int64_t> context = tokenizer.encode(question.context);
    for (const std::string& choice : question.choices) {
      rows.push_back(make_row(context, tokenizer.encode(choice, false), longest, answers_.size()));
      tokens = std::max(tokens, rows.back().tokens.size() - 1);
    }
    begins_.push_back(rows.size());
    answers_.push_back(question.answer);
  }
  const std::vector<int64_t> shape = {std::ssize(rows), static_cast<int64_t>(tokens)};
  rows_ = {at::zeros(shape, at::kLong), at::full(shape, -1, at::kLong)};
  for (size_t n = 0; n < rows.size(); ++n) {
    auto* ids = rows_.ids.data_ptr<int64_t>() + n * tokens;
    auto* targets = rows_.targets.data_ptr<int64_t>() + n * tokens;
    const Row& row = rows[n];
    std::copy(row.tokens.begin(), row.tokens.end() - 1, ids);
    for (size_t t = row.choice; t < row.tokens.size(); ++t) targets[t - 1] = row.tokens[t];
  }
}

LanguageScore ChoiceData::score(std::span<const double> log_likelihoods) const {
  TAILOR_CHECK(log_likelihoods.size() == begins_.back(), "a log-likelihood for every choice");
  LanguageScore out;
  const auto count = static_cast<double>(questions());
  for (size_t q = 0; q < questions(); ++q) {
    const auto own = log_likelihoods.subspan(begins_[q], begins_[q + 1] - begins_[q]);
    const auto best = std::max_element(own.begin(), own.end());
    double sum = 0;
    for (const double each : own) sum += std::exp(each - *best);
    const double right = own[static_cast<size_t>(answers_[q])];
    out.loss += (*best + std::log(sum) - right) / count;
    out.accuracy += (best - own.begin() == answers_[q] ? 1 : 0) / count;
  }
  return out;
}

LanguageScore choice_score(const NetworkSpec& spec, const supernet::ParameterStore& store,
                           const ChoiceData& data, int64_t threads) {
  std::vector<double> log_likelihoods;
  for (const SequenceScore& each : sequence_scores(spec, store, data.rows(), threads)) {
    log_likelihoods.push_back(-each.loss);
  }
  return data.score(log_likelihoods);
}

}  // namespace tailor::train
