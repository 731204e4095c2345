// tokenizer.json from strangers: an error, or a tokenizer that cuts any text without crashing. The
// text is the end of the input, behind a zero byte.
#include <string>
#include <string_view>

#include "core/error.h"
#include "supernet/formats/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\0');
  const std::string_view text =
      end == std::string_view::npos ? "he\xcc\x81llo <end> 1\xff\n" : input.substr(end + 1);
  try {
    const auto tokenizer = tailor::Tokenizer::parse(std::string(input.substr(0, end)), "input");
    tokenizer.decode(tokenizer.encode(text.substr(0, 200)), true);
    tokenizer.check_vocabulary(300);
  } catch (const tailor::ConfigError&) {
  }
  return 0;
}
