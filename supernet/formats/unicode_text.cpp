// ICU behind plain UTF-8 strings.
#include "supernet/formats/unicode_text.h"

#include <unicode/normalizer2.h>
#include <unicode/regex.h>
#include <unicode/uchar.h>

#include "core/error.h"

namespace tailor {
namespace {

/// Steps of the matcher at one place of the text, of ten thousand states each.
constexpr int32_t kMaxSteps = 1000;

icu::StringPiece piece_of(std::string_view text) {
  return {text.data(), static_cast<int32_t>(text.size())};
}

icu::UnicodeString from_utf8(std::string_view text) {
  TAILOR_CHECK(text.size() <= INT32_MAX / 2, "text of ", text.size(), " bytes");
  return icu::UnicodeString::fromUTF8(piece_of(text));
}

/// Bytes of the character that begins here in valid UTF-8.
size_t length_at(std::string_view text, size_t at) {
  const auto first = static_cast<uint8_t>(text[at]);
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

bool is_space(std::string_view character) {
  return u_isUWhiteSpace(from_utf8(character).char32At(0)) != 0;
}

std::string to_utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

}  // namespace

std::string valid_utf8(std::string_view bytes) { return to_utf8(from_utf8(bytes)); }

std::string nfc(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFCInstance(status);
  std::string out;
  if (U_SUCCESS(status)) {
    icu::StringByteSink<std::string> sink(&out);
    form->normalizeUTF8(0, piece_of(text), sink, nullptr, status);
  }
  if (U_FAILURE(status)) throw Error(str("ICU cannot normalise text: ", u_errorName(status)));
  return out;
}

size_t leading_space(std::string_view text) {
  size_t at = 0;
  while (at < text.size() && is_space(text.substr(at, length_at(text, at)))) {
    at += length_at(text, at);
  }
  return at;
}

size_t trailing_space(std::string_view text) {
  size_t end = text.size();
  while (end > 0) {
    size_t at = end - 1;
    while (at > 0 && (text[at] & 0xc0) == 0x80) --at;
    if (!is_space(text.substr(at, end - at))) break;
    end = at;
  }
  return text.size() - end;
}

struct SplitPattern::Impl {
  std::unique_ptr<icu::RegexPattern> pattern;
  SplitKeeps keeps;
};

SplitPattern::SplitPattern(const std::string& pattern, bool literal, const SplitKeeps& keeps)
    : impl_(std::make_unique<Impl>()) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError place = {};
  const uint32_t flags = literal ? UREGEX_LITERAL : 0;
  impl_->pattern.reset(icu::RegexPattern::compile(from_utf8(pattern), flags, place, status));
  impl_->keeps = keeps;
  if (U_FAILURE(status)) {
    throw ConfigError(str("not a pattern: ", u_errorName(status), " at character ", place.offset));
  }
}

SplitPattern::~SplitPattern() = default;
SplitPattern::SplitPattern(SplitPattern&&) noexcept = default;
SplitPattern& SplitPattern::operator=(SplitPattern&&) noexcept = default;

void SplitPattern::split(std::string_view text, std::vector<std::string>& out) const {
  const icu::UnicodeString wide = from_utf8(text);
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::RegexMatcher> matcher(impl_->pattern->matcher(wide, status));
  if (matcher) matcher->setTimeLimit(kMaxSteps, status);
  const auto keep = [&](int32_t begin, int32_t end) {
    if (end > begin) out.push_back(to_utf8(wide.tempSubStringBetween(begin, end)));
  };
  int32_t done = 0;
  while (U_SUCCESS(status) && matcher->find(status) && U_SUCCESS(status)) {
    const int32_t begin = matcher->start(status), end = matcher->end(status);
    if (impl_->keeps.between) keep(done, begin);
    if (impl_->keeps.matches) keep(begin, end);
    done = end;
  }
  if (U_FAILURE(status)) {
    throw ConfigError(str("the pattern cannot be matched: ", u_errorName(status)));
  }
  if (impl_->keeps.between) keep(done, wide.length());
}

}  // namespace tailor
