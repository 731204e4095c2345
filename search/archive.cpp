// Archive and its text.
#include "search/archive.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tailor::search {
namespace {

Evaluated parse_line(const SearchSpace& space, const std::string& line) {
  const std::vector<std::string> words = split(line, ' ');
  Evaluated out;
  const bool scored = words[0] != "-";
  if (words.size() < 3 || words.size() > 4 || (scored && !parse_number(words[0], out.objective)) ||
      !parse_number(words[1], out.violation) || out.violation < 0 ||
      scored != (out.violation == 0)) {
    throw IoError("expected 'objective violation choices [trade-off]'");
  }
  out.arch = parse_choices(space, words[2]);
  if (words.size() == 4 && !parse_number(words[3], out.trade_off)) {
    throw IoError(str("'", words[3], "' is not a number"));
  }
  return out;
}

}  // namespace

std::string choices_text(const Arch& arch) {
  std::string out;
  for (size_t i = 0; i < arch.size(); ++i) {
    if (i > 0) out += ',';
    out += arch.active(i) ? std::to_string(arch[i]) : "-";
  }
  return out;
}

Arch parse_choices(const SearchSpace& space, std::string_view text) {
  const std::vector<std::string> words = split(text, ',');
  std::vector<int8_t> choices;
  bool legal = words.size() == space.axes().size();
  for (size_t i = 0; legal && i < words.size(); ++i) {
    int64_t choice = Arch::kInactive;
    if (words[i] != "-") {
      const auto most = static_cast<int64_t>(space.axes()[i].values.size());
      legal = parse_number(words[i], choice) && choice >= 0 && choice < most;
    }
    choices.push_back(static_cast<int8_t>(choice));
  }
  if (legal) {
    try {
      Arch out = space.arch(choices);
      if (std::equal(choices.begin(), choices.end(), out.choices().begin())) return out;
    } catch (const Error&) {  // a slot that matters has no choice
    }
  }
  throw IoError(str("'", text.substr(0, 80), "' is not an arch of '", space.name(), "'"));
}

bool best_first(const Evaluated& a, const Evaluated& b) {
  return a.objective != b.objective ? a.objective > b.objective : a.arch < b.arch;
}

void Archive::add(std::span<const Evaluated> evaluated) {
  for (const Evaluated& item : evaluated) {
    const size_t known = places_.insert(item.arch, all_.size(),
                                        [this](size_t i) -> const Arch& { return all_[i].arch; });
    if (known == ArchIndex::kNone) all_.push_back(item);
  }
}

const Evaluated* Archive::find(const Arch& arch) const {
  const size_t place = places_.find(arch, [this](size_t i) -> const Arch& { return all_[i].arch; });
  return place == ArchIndex::kNone ? nullptr : &all_[place];
}

std::string Archive::text() const {
  std::string out;
  for (const Evaluated& item : all_) {
    out += std::isnan(item.objective) ? "-" : number(item.objective);
    out += ' ';
    out += number(item.violation);
    out += ' ';
    out += choices_text(item.arch);
    if (!std::isnan(item.trade_off)) out.append(1, ' ').append(number(item.trade_off));
    out += '\n';
  }
  return out;
}

Archive Archive::parse(const SearchSpace& space, std::string_view text, const std::string& name) {
  Archive out;
  int64_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const size_t end = text.find('\n');
    try {
      if (end == std::string_view::npos) throw IoError("the last line is cut off");
      const Evaluated item = parse_line(space, std::string(text.substr(0, end)));
      const size_t before = out.size();
      out.add({&item, 1});
      if (out.size() == before) throw IoError("this arch is there twice");
    } catch (const IoError& error) {
      throw IoError(str(name, ":", line_number, ": ", error.what()));
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string ArchiveState::text(const std::string& strategy) const {
  return str(strategy, " 1 ", generation, "\n", archive.text());
}

ArchiveState ArchiveState::parse(const SearchSpace& space, const std::string& text,
                                 const std::string& strategy) {
  const size_t end = text.find('\n');
  const std::vector<std::string> words = split(text.substr(0, end), ' ');
  ArchiveState out;
  if (end == std::string::npos || words.size() != 3 || words[0] != strategy || words[1] != "1" ||
      !parse_number(words[2], out.generation) || out.generation < 0) {
    throw IoError(str("saved state of a search strategy: must begin with '", strategy,
                      " 1 GENERATION', got '", text.substr(0, std::min<size_t>(end, 80)), "'"));
  }
  out.archive = Archive::parse(space, std::string_view(text).substr(end + 1),
                               "saved state of '" + strategy + "'");
  return out;
}

}  // namespace tailor::search
