// Questions from strangers: an error, or questions with a right answer each.
#include <cstdlib>
#include <string>

#include "core/error.h"
#include "supernet/formats/choice_file.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  try {
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const tailor::ChoiceQuestion& question : tailor::parse_choices(text, "input")) {
      if (question.context.empty() ||
          question.choices.at(static_cast<size_t>(question.answer)).empty())
        std::abort();
    }
  } catch (const tailor::ConfigError&) {
    return 0;
  }
  return 0;
}
