// The folder of one run: its files, which stage is done for which config, and who is using it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tailor {

/// One stage's entry in `stages.yaml`: the hash of what it depended on, and checksums of its files.
/// Opening takes a lock (`.lock`, flock), so two processes cannot write one folder.
class RunDir {
 public:
  /// Makes the folder when absent. Throws IoError: not a folder, locked by another process.
  explicit RunDir(std::string path);
  ~RunDir();
  RunDir(const RunDir&) = delete;
  RunDir& operator=(const RunDir&) = delete;

  const std::string& path() const { return path_; }
  /// path()/name.
  std::string file(const std::string& name) const;

  /// True when the stage finished for this hash and all its files are there with their checksums.
  bool stage_done(const std::string& stage, const std::string& hash) const;
  /// True when the stage was begun with this hash (finished or not): its partial files may be used.
  bool stage_begun(const std::string& stage, const std::string& hash) const;
  /// Records that the stage works on this hash now. Partial files of another hash are removed first
  /// (`partial`: names the stage may leave when it is cut off).
  void begin_stage(const std::string& stage, const std::string& hash,
                   const std::vector<std::string>& partial);
  /// Records the stage as finished with the checksums of `files` (names below path()).
  void finish_stage(const std::string& stage, const std::string& hash,
                    const std::vector<std::string>& files, double seconds);
  /// Seconds the stage took when it last finished; negative when unknown.
  double stage_seconds(const std::string& stage) const;
  /// Checksum over the files a finished stage left (part of the hash of later stages); "" if none.
  std::string stage_fingerprint(const std::string& stage) const;

  /// Appends one JSON object line to events.jsonl: {"time": ..., "event": name, fields...}.
  /// fields: name and text, numbers unquoted when the text is one.
  void event(const std::string& name,
             const std::vector<std::pair<std::string, std::string>>& fields);

 private:
  struct Impl;
  std::string path_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tailor
