// Reading questions.
#include "supernet/formats/choice_file.h"

#include "supernet/formats/json_object.h"

namespace tailor {
namespace {

constexpr int kMaxDepth = 16;
constexpr size_t kMostChoices = 1000;

ChoiceQuestion read_question(const JsonObject& line) {
  ChoiceQuestion out{.context = line.text("context"), .choices = line.texts("choices")};
  if (out.context.empty()) line.fail("context", "must not be empty");
  if (out.choices.size() < 2 || out.choices.size() > kMostChoices) {
    line.fail("choices", "must be 2 to ", kMostChoices, " texts, got ", out.choices.size());
  }
  for (const std::string& choice : out.choices) {
    if (choice.empty()) line.fail("choices", "holds an empty text");
  }
  out.answer =
      line.integer("answer", {.min = 0, .max = static_cast<double>(out.choices.size() - 1)});
  return out;
}

}  // namespace

std::vector<ChoiceQuestion> parse_choices(const std::string& text, const std::string& name) {
  std::vector<ChoiceQuestion> out;
  const std::vector<std::string> lines = split(text, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    if (trim(lines[i]).empty()) continue;
    const std::string place = str(name, ":", i + 1);
    const nlohmann::json parsed = parse_strict_json(lines[i], place, kMaxDepth);
    out.push_back(read_question(JsonObject(parsed, place)));
  }
  if (out.empty()) throw ConfigError(str(name, ": holds no question"));
  return out;
}

}  // namespace tailor
