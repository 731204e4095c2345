// Questions with several answers, one of them right, as a file of JSON lines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tailor {

struct ChoiceQuestion {
  std::string context;
  std::vector<std::string> choices;  ///< two at least; text that goes on from the context
  int64_t answer = 0;                ///< index of the right one
};

/// Every line {"context": text, "choices": [text, ...], "answer": index from 0}; other keys are
/// left alone, empty lines skipped. `name` stands for the file in messages. Throws ConfigError
/// naming file, line and key, also for a file without a question.
std::vector<ChoiceQuestion> parse_choices(const std::string& text, const std::string& name);

}  // namespace tailor
