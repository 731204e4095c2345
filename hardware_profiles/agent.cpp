// Talking to an agent.
#include "hardware_profiles/agent.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <utility>

#include <stdlib.h>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"

namespace tailor::hw {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr size_t kMaxLine = size_t{8} << 20;     // an answer: 4,096 times are 100 kB
constexpr size_t kMaxChatter = size_t{1} << 20;  // lines that are no answers, before each answer
constexpr size_t kMaxText = 200;                 // of what an agent says of itself
constexpr const char* kMemoryField = "activation_bytes";
constexpr int64_t kMaxBytes = int64_t{1} << 50;
constexpr double kClockSlack = 1.02, kClockSlackMs = 0.5;

/// An answer that cannot be used, from an agent that may still give a better one.
struct BadAnswer : Error {
  using Error::Error;
};

std::string text_field(const Json& answer, const char* name) {
  const auto found = answer.find(name);
  if (found == answer.end() || !found->is_string()) throw BadAnswer(str("no text '", name, "'"));
  std::string text = found->get<std::string>();
  if (text.empty() || text.size() > kMaxText) throw BadAnswer(str("an unusable '", name, "'"));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

int64_t integer_field(const Json& answer, const char* name) {
  const auto found = answer.find(name);
  if (found == answer.end() || !found->is_number_integer()) {
    throw BadAnswer(str("no integer '", name, "'"));
  }
  return found->get<int64_t>();
}

double unit_in_ms(const std::string& unit) {
  if (unit == "ms") return 1;
  if (unit == "us") return 1e-3;
  if (unit == "ns") return 1e-6;
  if (unit == "s") return 1e3;
  throw BadAnswer(str("the unit '", unit, "'; known: ns, us, ms, s"));
}

/// The times of an answer in ms.
std::vector<double> read_times(const Json& answer, int64_t runs) {
  const double unit = unit_in_ms(text_field(answer, "unit"));
  const auto times = answer.find("times");
  if (times == answer.end() || !times->is_array()) throw BadAnswer("no list 'times'");
  if (times->size() != static_cast<size_t>(runs)) {
    throw BadAnswer(str(times->size(), " times for ", runs, " runs"));
  }
  std::vector<double> out;
  for (const Json& time : *times) {
    if (!time.is_number()) throw BadAnswer(str("the time ", time.dump()));
    const double ms = time.get<double>() * unit;
    if (!std::isfinite(ms) || ms < 0) throw BadAnswer(str("the time ", time.dump()));
    out.push_back(ms);
  }
  return out;
}

/// Runs one after the other cannot take longer than the whole call: times that do are of another
/// unit, or made up.
void check_against_clock(const std::vector<double>& times, double wall_ms) {
  const double sum = std::accumulate(times.begin(), times.end(), 0.0);
  if (sum <= kClockSlack * wall_ms + kClockSlackMs) return;
  throw BadAnswer(str("times that add up to ", sum, " ms in a call of ", wall_ms, " ms"));
}

/// A model on disk while an agent reads it.
class ModelFile {
 public:
  explicit ModelFile(const std::string& bytes)
      : folder_((std::filesystem::temp_directory_path() / "tailor_XXXXXX").string()) {
    if (!::mkdtemp(folder_.data())) {
      throw IoError(str("cannot make a folder for a model in ",
                        std::filesystem::temp_directory_path().string()));
    }
    write_file(path(), bytes);
  }
  ~ModelFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;

  std::string path() const { return folder_ + "/model.onnx"; }

 private:
  std::string folder_;
};

double since_ms(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += k <= count ? kDigits[group >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return out;
}

Agent::Agent(const AgentOptions& options) : options_(options), process_(options.command) {
  try {
    greet();
  } catch (const BadAnswer& bad) {
    fail(str("answered 'hello' with ", bad.what()));
  }
}

void Agent::fail(const std::string& what) {
  process_.kill();
  failed_ = str("agent '", options_.command, "' ", what);
  const std::string words = process_.last_error_line();
  if (!words.empty()) failed_ += str("; its last words: ", words.substr(0, kMaxText));
  throw DeviceError(failed_);
}

void Agent::greet() {
  const Json answer = ask({{"op", "hello"},
                           {"protocol", kProtocol},
                           {"threads", options_.threads},
                           {"batch", options_.batch},
                           {"precision", options_.precision},
                           {"cpus", options_.cpus},
                           {"options", options_.options}});
  if (const int64_t protocol = integer_field(answer, "protocol"); protocol != kProtocol) {
    throw BadAnswer(str("protocol ", protocol, "; this build speaks ", kProtocol));
  }
  info_ = {.device = text_field(answer, "device"),
           .runtime = text_field(answer, "runtime"),
           .version = text_field(answer, "version"),
           .precision = options_.precision,
           .batch = options_.batch,
           .threads = options_.threads};
  if (const int64_t threads = integer_field(answer, "threads"); threads != options_.threads) {
    throw BadAnswer(str(threads, " threads, asked for ", options_.threads));
  }
}

Json Agent::ask(Json request) {
  if (!failed_.empty()) throw DeviceError(failed_);
  request["id"] = ++asked_;
  const std::string op = request.at("op").get<std::string>();
  try {
    process_.write(request.dump() + "\n", options_.timeout_s);
    return read_answer(asked_, op);
  } catch (const IoError& error) {
    fail(str(error.what(), ", asked to '", op, "'"));
  } catch (const Interrupted&) {
    failed_ = str("agent '", options_.command, "' was interrupted in '", op, "'");
    throw;
  }
}

Json Agent::read_answer(int64_t id, const std::string& op) {
  size_t chatter = 0;
  while (true) {
    const std::string line = process_.read_line(options_.timeout_s, kMaxLine);
    const Json answer = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (answer.is_discarded() && line.starts_with('{')) throw BadAnswer("a line that is not JSON");
    const bool numbered = answer.is_object() && answer.contains("id");
    if (!numbered) {  // a library's own output
      chatter += line.size() + 1;
      if (chatter > kMaxChatter)
        fail(str("printed ", chatter, " bytes that are no answer to '", op, "'"));
      continue;
    }
    const Json& number = answer.at("id");
    if (!number.is_number_integer() || number.get<int64_t>() != id) {
      fail(str("answered request ", number.dump(), " when asked ", id, " ('", op, "')"));
    }
    if (answer.value("ok", Json()) == true) return answer;
    const Json error = answer.value("error", Json());
    throw DeviceError(
        str("agent '", options_.command, "' cannot ", op, ": ",
            error.is_string() ? error.get<std::string>().substr(0, 1000) : "it gives no reason"));
  }
}

AgentModel Agent::prepare(const NetworkSpec& spec, const std::string& onnx) {
  Json request = {{"op", "prepare"}, {"name", spec.name}, {"input", spec.inputs.at(0)}};
  std::optional<ModelFile> file;
  if (options_.model == "path") {
    file.emplace(onnx);
    request["model_path"] = file->path();
  } else {
    request["model_base64"] = base64(onnx);
  }
  try {
    const Json answer = ask(std::move(request));
    AgentModel out{.network = integer_field(answer, "network")};
    if (answer.contains(kMemoryField)) {
      out.activation_bytes = integer_field(answer, kMemoryField);
      if (*out.activation_bytes < 0 || *out.activation_bytes > kMaxBytes) {
        throw BadAnswer(str(*out.activation_bytes, " bytes of activations"));
      }
    }
    return out;
  } catch (const BadAnswer& bad) {
    fail(str("answered 'prepare' with ", bad.what()));
  }
}

std::vector<double> Agent::measure(int64_t network, int64_t runs) {
  std::string wrong;
  for (int64_t tries = 0; tries <= options_.retries; ++tries) {
    const auto begin = Clock::now();
    try {
      const Json answer = ask({{"op", "measure"}, {"network", network}, {"runs", runs}});
      std::vector<double> times = read_times(answer, runs);
      check_against_clock(times, since_ms(begin));
      return times;
    } catch (const BadAnswer& bad) {
      wrong = bad.what();
      log_warning("agent '", options_.command, "' answered 'measure' with ", bad.what());
    }
  }
  fail(str("answered 'measure' with ", wrong, ", ", options_.retries + 1, " times"));
}

void Agent::release(int64_t network) noexcept {
  if (!failed_.empty()) return;
  try {
    ask({{"op", "release"}, {"network", network}});
  } catch (const std::exception&) {  // a later question meets the same failure
  }
}

}  // namespace tailor::hw
