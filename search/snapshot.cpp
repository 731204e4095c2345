// Snapshot text: a head line with the checksum of the rest, counted records and history rows, then
// the strategy's own text.
#include "search/snapshot.h"

#include <cmath>
#include <limits>
#include <string_view>

#include "core/error.h"
#include "search/archive.h"

namespace tailor::search {
namespace {

constexpr const char* kHead = "tailor-search-snapshot 2 ";

/// Takes lines and their words off a text; errors name the line.
class Reader {
 public:
  Reader(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw IoError(str(name_, ":", line_, ": ", what, "; remove the file to begin anew"));
  }

  /// The words of the next line, which must be `count` (or at least -count).
  std::vector<std::string> words(int count) {
    ++line_;
    const size_t end = text_.find('\n');
    if (end == std::string_view::npos) fail("the file is cut off");
    std::vector<std::string> out = split(text_.substr(0, end), ' ');
    text_.remove_prefix(end + 1);
    const int got = static_cast<int>(out.size());
    if (count >= 0 ? got != count : got < -count) fail("has the wrong number of values");
    return out;
  }

  int64_t integer(const std::string& word) const {
    int64_t out = 0;
    if (!parse_number(word, out) || out < 0) fail(str("'", word, "' is not a count"));
    return out;
  }

  double real(const std::string& word) const {
    double out = 0;
    if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (!parse_number(word, out)) fail(str("'", word, "' is not a number"));
    return out;
  }

  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
  std::string name_;
  int64_t line_ = 0;
};

std::string real_text(double value) { return std::isnan(value) ? "nan" : number(value); }

/// What follows the objective on a record's line.
std::vector<std::string> words_of(const Record& record) {
  std::vector<std::string> out = {choices_text(record.arch)};
  for (double value : record.tracked) out.push_back(number(value));
  return out;
}

std::string body_text(const Snapshot& s) {
  std::string out = str(s.problem, " ", number(s.seconds), " ", s.idle, " ", s.limit, " ",
                        s.improved_at, " ", s.records.size(), " ", s.history.size(), "\n");
  for (const Record& record : s.records) {
    out += number(record.objective);
    for (const std::string& word : words_of(record)) out.append(1, ' ').append(word);
    out += '\n';
  }
  for (const HistoryRow& row : s.history) {
    out += str(row.generation, " ", row.evaluations, " ", number(row.best), " ", row.scored, " ",
               row.infeasible, " ", real_text(row.mean), "\n");
  }
  return out + s.strategy;
}

Record read_record(const SearchSpace& space, Reader& in) {
  const std::vector<std::string> words = in.words(-2);
  Record out;
  out.objective = in.real(words[0]);
  try {
    out.arch = parse_choices(space, words[1]);
  } catch (const IoError& error) {
    in.fail(error.what());
  }
  for (size_t k = 2; k < words.size(); ++k) out.tracked.push_back(in.real(words[k]));
  return out;
}

HistoryRow read_row(Reader& in) {
  const std::vector<std::string> words = in.words(6);
  return {in.integer(words[0]), in.integer(words[1]), in.real(words[2]),
          in.integer(words[3]), in.integer(words[4]), in.real(words[5])};
}

}  // namespace

std::string Snapshot::text() const {
  const std::string body = body_text(*this);
  return str(kHead, hex(fnv1a(body)), "\n", body);
}

Snapshot Snapshot::parse(const SearchSpace& space, const std::string& text,
                         const std::string& name) {
  Reader in(text, name);
  const std::string head = join(in.words(3), " ");
  if (head.rfind(kHead, 0) != 0) in.fail("is no search snapshot of this version");
  if (head != kHead + hex(fnv1a(in.rest()))) in.fail("the checksum does not match");
  Snapshot out;
  const std::vector<std::string> words = in.words(7);
  out.problem = words[0];
  out.seconds = in.real(words[1]);
  out.idle = in.integer(words[2]);
  out.limit = in.integer(words[3]);
  out.improved_at = in.integer(words[4]);
  const int64_t records = in.integer(words[5]);
  const int64_t rows = in.integer(words[6]);
  for (int64_t i = 0; i < records; ++i) out.records.push_back(read_record(space, in));
  for (int64_t i = 0; i < rows; ++i) out.history.push_back(read_row(in));
  out.strategy = in.rest();
  return out;
}

}  // namespace tailor::search
