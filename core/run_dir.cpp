// The stage book (`stages.yaml`), the lock and the event log of a run folder.
#include "core/run_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/config_node.h"
#include "core/file.h"
#include "core/write_error.h"
#include "core/yaml_text.h"

namespace tailor {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kFormat = 1;

struct Stage {
  std::string hash;
  bool finished = false;
  double seconds = -1;
  std::vector<std::string> files;
  std::vector<std::string> checksums;

  /// Reads the stage, or, from an empty node, writes it: a read puts absent values into the node.
  void visit(const ConfigNode& node) {
    node.read("hash", hash, {});
    node.read("finished", finished, {});
    node.read("seconds", seconds, {});
    node.read("files", files, {});
    node.read("checksums", checksums, {});
    node.finish();
    if (files.size() != checksums.size()) node.fail("checksums", "must be as many as the files");
  }
};

/// Read in pieces: checkpoints may be larger than what memory has left.
std::string file_checksum(const std::string& path) {
  std::ifstream input(path, std::ios::binary);
  std::vector<char> buffer(size_t{1} << 20);
  uint64_t hash = fnv1a("");
  while (input.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         input.gcount() > 0) {
    hash = fnv1a({buffer.data(), static_cast<size_t>(input.gcount())}, hash);
  }
  if (!input.eof()) throw IoError(path + ": cannot read the file for its checksum");
  return hex(hash);
}

/// The lock file, held open for as long as the folder is in use.
class Lock {
 public:
  explicit Lock(const std::string& folder) {
    const std::string path = folder + "/.lock";
    handle_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (handle_ < 0) fail(path);
    if (::flock(handle_, LOCK_EX | LOCK_NB) == 0) return;
    const int error = errno;
    ::close(handle_);
    errno = error;
    if (error != EWOULDBLOCK) fail(path);
    throw IoError(folder +
                  ": another process is using this run folder; wait for it to end or "
                  "choose another --run-dir");
  }
  ~Lock() { ::close(handle_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  [[noreturn]] static void fail(const std::string& path) { throw_write_error(path, "lock", errno); }
  int handle_ = -1;
};

void make_folder(const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_directory(path, error)) {
    throw IoError(path + ": is not a folder; choose another --run-dir");
  }
  fs::create_directories(path, error);
  if (error) throw_write_error(path, "make the folder", error.value());
}

/// Refuses names that would reach outside the run folder.
void check_name(const std::string& name) {
  const fs::path path(name);
  bool inside = !name.empty() && path.is_relative();
  for (const fs::path& part : path) inside = inside && part != "..";
  TAILOR_CHECK(inside, "'", name, "' is not a name inside the run folder");
}

}  // namespace

struct RunDir::Impl {
  explicit Impl(const std::string& folder) : lock(folder), book(folder + "/stages.yaml") {}

  Lock lock;
  std::string book;
  std::map<std::string, Stage> stages;

  void load() {
    if (!file_exists(book)) return;
    const ConfigNode root = ConfigNode::load(book);
    int64_t format = 0;
    root.read("format", format, {.min = kFormat, .max = kFormat, .required = true});
    const ConfigNode list = root.child("stages");
    for (const std::string& name : list.keys()) stages[name].visit(list.child(name));
    root.finish();
  }

  void save() {
    const ConfigNode root = ConfigNode::empty(book);
    int64_t format = kFormat;
    root.read("format", format, {});
    const ConfigNode list = root.child("stages");
    for (auto& [name, stage] : stages) stage.visit(list.child(name));
    write_file(book, root.text());
  }

  const Stage* find(const std::string& name) const {
    const auto found = stages.find(name);
    return found == stages.end() ? nullptr : &found->second;
  }
};

RunDir::RunDir(std::string path) : path_(std::move(path)) {
  make_folder(path_);
  impl_ = std::make_unique<Impl>(path_);
  impl_->load();
}

RunDir::~RunDir() = default;

std::string RunDir::file(const std::string& name) const { return path_ + "/" + name; }

bool RunDir::stage_done(const std::string& stage, const std::string& hash) const {
  const Stage* known = impl_->find(stage);
  if (!known || known->hash != hash || !known->finished) return false;
  for (size_t i = 0; i < known->files.size(); ++i) {
    const std::string path = file(known->files[i]);
    if (!file_exists(path) || file_checksum(path) != known->checksums[i]) return false;
  }
  return true;
}

bool RunDir::stage_begun(const std::string& stage, const std::string& hash) const {
  const Stage* known = impl_->find(stage);
  return known && known->hash == hash;
}

void RunDir::begin_stage(const std::string& stage, const std::string& hash,
                         const std::vector<std::string>& partial) {
  for (const std::string& name : partial) check_name(name);
  if (!stage_begun(stage, hash)) {
    for (const std::string& name : partial) {
      std::error_code error;
      fs::remove_all(file(name), error);
      if (error) throw IoError(str(file(name), ": cannot remove: ", error.message()));
    }
  }
  Stage& entry = impl_->stages[stage];
  entry = {hash, false, entry.seconds, {}, {}};
  impl_->save();
}

void RunDir::finish_stage(const std::string& stage, const std::string& hash,
                          const std::vector<std::string>& files, double seconds) {
  Stage entry{hash, true, seconds, files, {}};
  for (const std::string& name : files) {
    check_name(name);
    entry.checksums.push_back(file_checksum(file(name)));
  }
  impl_->stages[stage] = std::move(entry);
  impl_->save();
}

double RunDir::stage_seconds(const std::string& stage) const {
  const Stage* known = impl_->find(stage);
  return known ? known->seconds : -1;
}

std::string RunDir::stage_fingerprint(const std::string& stage) const {
  const Stage* known = impl_->find(stage);
  if (!known || !known->finished) return "";
  uint64_t hash = fnv1a("");
  for (size_t i = 0; i < known->files.size(); ++i) {
    hash = fnv1a(str(known->files[i], "\n", known->checksums[i], "\n"), hash);
  }
  return hex(hash);
}

void RunDir::event(const std::string& name,
                   const std::vector<std::pair<std::string, std::string>>& fields) {
  nlohmann::ordered_json line = {{"time", utc_now()}, {"event", name}};
  for (const auto& [key, text] : fields) {
    int64_t integer = 0;
    double real = 0;
    if (parse_number(text, integer)) {
      line[key] = integer;
    } else if (parse_number(text, real)) {
      line[key] = real;
    } else {
      line[key] = text;
    }
  }
  append_line(file("events.jsonl"),
              line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace tailor
