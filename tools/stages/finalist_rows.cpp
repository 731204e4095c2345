// Reading and writing finalists.csv.
#include "tools/stages/finalist_rows.h"

#include <cmath>

#include "core/error.h"
#include "core/file.h"
#include "core/str.h"

namespace tailor::tools {
namespace {

struct Column {
  const char* name;
  double FinalistRow::*field;
};
constexpr Column kColumns[] = {
    {"predicted_accuracy", &FinalistRow::predicted_accuracy},
    {"validation_accuracy", &FinalistRow::validation_accuracy},
    {"accuracy", &FinalistRow::accuracy},
    {"predicted_latency_ms", &FinalistRow::predicted_latency_ms},
    {"latency_ms", &FinalistRow::latency_ms},
    {"latency_spread", &FinalistRow::latency_spread},
    {"limit_ms", &FinalistRow::limit_ms},
    {"macs", &FinalistRow::macs},
    {"params", &FinalistRow::params},
};

}  // namespace

void write_finalists(const std::string& path, const std::vector<FinalistRow>& rows) {
  Csv csv;
  csv.header = {"arch"};
  for (const Column& column : kColumns) csv.header.push_back(column.name);
  csv.header.push_back("note");
  for (const FinalistRow& row : rows) {
    std::vector<std::string>& out = csv.rows.emplace_back();
    out.push_back(row.arch);
    for (const Column& column : kColumns) {
      const double value = row.*(column.field);
      out.push_back(std::isfinite(value) ? number(value) : "");
    }
    out.push_back(row.note);
  }
  write_file(path, csv.text());
}

std::vector<FinalistRow> read_finalists(const std::string& path) {
  const Csv csv = Csv::load(path);
  std::vector<FinalistRow> rows;
  for (const auto& cells : csv.rows) {
    FinalistRow& row = rows.emplace_back();
    row.arch = cells[csv.column("arch")];
    row.note = cells[csv.column("note")];
    for (const Column& column : kColumns) {
      const std::string& text = cells[csv.column(column.name)];
      if (text.empty())
        row.*(column.field) = NAN;
      else if (!parse_number(text, row.*(column.field))) {
        throw IoError(str(path, ": ", column.name, ": '", text, "' is no number"));
      }
    }
  }
  return rows;
}

FinalistRow read_winner(const std::string& path) {
  for (const FinalistRow& row : read_finalists(path)) {
    if (row.is_winner()) return row;
  }
  throw IoError(str(path, ": no row is marked as winner"));
}

}  // namespace tailor::tools
