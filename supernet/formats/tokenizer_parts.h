// Internal to the tokenizer: what tokenizer.json describes, ready to run.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "supernet/formats/byte_pairs.h"
#include "supernet/formats/tokenizer.h"
#include "supernet/formats/unicode_text.h"

namespace tailor {

/// A token that stands in a text as it is, whatever is around it.
struct AddedToken {
  int64_t id = 0;
  std::string content;
  bool special = false, strips_left = false, strips_right = false;
};

/// Finds added tokens: the leftmost, the longest of those.
class AddedTokens {
 public:
  void add(AddedToken token);

  /// A part of a text: a token, or (null) text between tokens, not empty.
  struct Part {
    std::string_view text;
    const AddedToken* token = nullptr;
  };
  std::vector<Part> cut(std::string_view text) const;

 private:
  const AddedToken* at_start(std::string_view text) const;

  std::map<char, std::vector<AddedToken>> by_first_;  ///< longest first
};

/// One step of cutting text into pieces.
struct CutStep {
  std::optional<SplitPattern> pattern;
  bool prefix_space = false;  ///< every piece begins with a space
};

struct Tokenizer::Impl {
  std::string name;
  bool plain_bytes = false;
  bool nfc = false;
  std::vector<CutStep> steps;
  std::optional<BytePairs> pairs;
  std::unordered_map<std::string, int32_t> whole;  ///< pieces that are tokens without any joining
  AddedTokens before_nfc, after_nfc;
  std::unordered_map<int64_t, std::string> bytes_of;
  std::set<int64_t> special;
  std::vector<int64_t> frame_begin, frame_end;
};

/// GPT-2's letters for bytes (printable ones for themselves, U+0100 on for the others) and back;
/// nothing for text with another character. Source: openai/gpt-2, src/encoder.py.
std::string byte_symbols(std::string_view bytes);
std::optional<std::string> symbol_bytes(std::string_view symbols);

}  // namespace tailor
