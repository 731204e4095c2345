// Evaluated archs as CSV.
#include "predictors/accuracy_table.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/file.h"

namespace tailor::predict {
namespace {

double read_number(const std::string& text, const std::string& where, const char* column) {
  double value = 0;
  if (parse_number(text, value)) return value;
  throw IoError(str(where, "column ", column, " must be a number, got '", text, "'"));
}

}  // namespace

std::string accuracy_csv(const SearchSpace& space, const AccuracyTable& table) {
  const bool with_loss = !table.loss.empty();
  TAILOR_CHECK(table.accuracy.size() == table.size(), table.size(), " archs, ",
               table.accuracy.size(), " accuracies");
  TAILOR_CHECK(!with_loss || table.loss.size() == table.size(), table.size(), " archs, ",
               table.loss.size(), " losses");
  Csv csv;
  csv.header = {"arch", "accuracy"};
  if (with_loss) csv.header.push_back("loss");
  for (size_t i = 0; i < table.size(); ++i) {
    csv.rows.push_back({space.print(table.archs[i]), number(table.accuracy[i])});
    if (with_loss) csv.rows.back().push_back(number(table.loss[i]));
  }
  return csv.text();
}

void write_accuracy_csv(const SearchSpace& space, const AccuracyTable& table,
                        const std::string& path) {
  write_file(path, accuracy_csv(space, table));
}

AccuracyTable parse_accuracy_csv(const SearchSpace& space, const std::string& text,
                                 const std::string& name) {
  const Csv csv = Csv::parse(text, name);
  const size_t arch_column = csv.column("arch");
  const size_t accuracy_column = csv.column("accuracy");
  const bool with_loss =
      std::find(csv.header.begin(), csv.header.end(), "loss") != csv.header.end();
  AccuracyTable out;
  std::map<Arch, size_t> lines;
  for (size_t i = 0; i < csv.rows.size(); ++i) {
    const std::vector<std::string>& row = csv.rows[i];
    const std::string where = str(name, ":", i + 2, ": ");
    Arch arch;
    try {
      arch = space.parse(row[arch_column]);
    } catch (const ConfigError& error) {
      throw IoError(where + error.what());
    }
    const auto [first, is_new] = lines.emplace(arch, i + 2);
    if (!is_new) throw IoError(str(where, "the arch of line ", first->second, " again"));
    const double accuracy = read_number(row[accuracy_column], where, "accuracy");
    if (accuracy < 0 || accuracy > 1) {
      throw IoError(str(where, "accuracy must be a fraction in [0, 1], got ", number(accuracy)));
    }
    out.archs.push_back(std::move(arch));
    out.accuracy.push_back(accuracy);
    if (with_loss) out.loss.push_back(read_number(row[csv.column("loss")], where, "loss"));
  }
  return out;
}

AccuracyTable read_accuracy_csv(const SearchSpace& space, const std::string& path) {
  return parse_accuracy_csv(space, read_file(path, int64_t{1} << 30), path);
}

}  // namespace tailor::predict
