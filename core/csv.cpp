// CSV reading and writing (RFC 4180), declared in core/file.h.
#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/file.h"

namespace tailor {

namespace {

constexpr int64_t kLimitBytes = int64_t{1} << 30;

void append_row(std::string& out, const std::vector<std::string>& fields) {
  // A row of one empty field would be a blank line, which readers skip.
  if (fields.size() == 1 && fields[0].empty()) out += "\"\"";
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    if (fields[i].find_first_of(",\"\r\n") == std::string::npos) {
      out += fields[i];
      continue;
    }
    out += '"';
    for (const char c : fields[i]) out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }
  out += '\n';
}

/// Reads one row after another and knows the line it is in.
class CsvReader {
 public:
  CsvReader(const std::string& text, const std::string& name) : text_(text), name_(name) {}

  /// False at the end. Blank lines are skipped.
  bool row(std::vector<std::string>& fields) {
    while (at_ < text_.size() && end_of_line() > 0) {
      at_ += end_of_line();
      ++line_;
    }
    if (at_ >= text_.size()) return false;
    row_line_ = line_;
    fields.clear();
    fields.push_back(field());
    while (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      fields.push_back(field());
    }
    at_ += end_of_line();
    ++line_;
    return true;
  }

  [[noreturn]] void fail(int64_t line, const std::string& text) const {
    throw IoError(str(name_, ":", line, ": ", text));
  }
  int64_t row_line() const { return row_line_; }

 private:
  /// Length of the line end at the current place, 0 when there is none.
  size_t end_of_line() const {
    if (text_.compare(at_, 2, "\r\n") == 0) return 2;
    return at_ < text_.size() && text_[at_] == '\n' ? 1 : 0;
  }

  std::string field() {
    if (at_ < text_.size() && text_[at_] == '"') return quoted_field();
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ',' && end_of_line() == 0) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::string quoted_field() {
    const int64_t opened = line_;
    std::string out;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        if (text_.compare(at_, 2, "\"\"") != 0) break;
        ++at_;
      }
      if (text_[at_] == '\n') ++line_;
      out += text_[at_];
    }
    if (at_ >= text_.size()) fail(opened, "a quote is left open");
    ++at_;
    if (at_ < text_.size() && text_[at_] != ',' && end_of_line() == 0) {
      fail(line_, "a closing quote must be followed by a comma or the end of the line");
    }
    return out;
  }

  const std::string& text_;
  const std::string& name_;
  size_t at_ = 0;
  int64_t line_ = 1, row_line_ = 1;
};

}  // namespace

size_t Csv::column(const std::string& column_name) const {
  const auto found = std::find(header.begin(), header.end(), column_name);
  if (found == header.end()) {
    throw IoError(str(name, ": has no column '", column_name, "'; it has ", join(header, ", ")));
  }
  return static_cast<size_t>(found - header.begin());
}

std::string Csv::text() const {
  std::string out;
  append_row(out, header);
  for (const auto& row : rows) {
    TAILOR_CHECK(row.size() == header.size(), name, ": a row has ", row.size(), " fields, not ",
                 header.size());
    append_row(out, row);
  }
  return out;
}

Csv Csv::parse(const std::string& text, const std::string& name) {
  Csv csv;
  csv.name = name;
  CsvReader reader(text, name);
  if (!reader.row(csv.header)) reader.fail(1, "no header line");
  std::set<std::string> seen;
  for (const std::string& column : csv.header) {
    if (!seen.insert(column).second) {
      reader.fail(reader.row_line(), str("column '", column, "' is given twice"));
    }
  }
  std::vector<std::string> fields;
  while (reader.row(fields)) {
    if (fields.size() != csv.header.size()) {
      reader.fail(reader.row_line(), str("must have ", csv.header.size(),
                                         " fields as the header has, got ", fields.size()));
    }
    csv.rows.push_back(std::move(fields));
  }
  return csv;
}

Csv Csv::load(const std::string& path) { return parse(read_file(path, kLimitBytes), path); }

}  // namespace tailor
