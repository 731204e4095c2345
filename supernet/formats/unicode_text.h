// Unicode text for tokenizers, by ICU: normal form, splitting by a pattern, UTF-8 that is not
// valid.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tailor {

/// UTF-8 with every ill-formed part replaced by U+FFFD.
std::string valid_utf8(std::string_view bytes);
/// Normal form C of valid UTF-8.
std::string nfc(std::string_view text);
/// Bytes of white space that valid UTF-8 begins or ends with.
size_t leading_space(std::string_view text);
size_t trailing_space(std::string_view text);

/// What a split keeps: the pattern's matches, the text between them, or both.
struct SplitKeeps {
  bool matches = true, between = true;
};

/// Cuts text at the matches of a pattern. Thread-safe.
class SplitPattern {
 public:
  /// A regular expression, or (literal) text to be found as it stands. Throws ConfigError saying
  /// what is wrong with it.
  SplitPattern(const std::string& pattern, bool literal, const SplitKeeps& keeps);
  ~SplitPattern();
  SplitPattern(SplitPattern&&) noexcept;
  SplitPattern& operator=(SplitPattern&&) noexcept;

  /// Appends the parts of valid UTF-8, in order, none of them empty. Throws ConfigError where the
  /// pattern takes longer than text of any use could.
  void split(std::string_view text, std::vector<std::string>& out) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tailor
