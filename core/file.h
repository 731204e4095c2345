// Whole files: read with a size limit, written beside the target and renamed, so that a reader or a
// crash never sees half a file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tailor {

/// Throws IoError naming the file: absent, a folder, larger than `limit_bytes`, read error.
std::string read_file(const std::string& path, int64_t limit_bytes = int64_t{1} << 32);

/// Writes `path`.tmp, flushes it to disk, renames it. Throws IoError with the system's reason (disk
/// full, ...); the old file is then untouched and the .tmp is removed. Makes missing folders.
void write_file(const std::string& path, std::string_view bytes);

/// Like write_file, but the file that was there before stays as `path`.prev.
void write_file_keep_previous(const std::string& path, std::string_view bytes);

/// Appends one line and flushes.
void append_line(const std::string& path, std::string_view line);

bool file_exists(const std::string& path);

/// CSV with a header line; fields with comma, quote or newline are quoted.
struct Csv {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  /// Index of a column; throws IoError naming the file and the columns it has.
  size_t column(const std::string& name) const;
  std::string text() const;
  /// Throws IoError naming file and line: rows of another width, a quote left open.
  static Csv parse(const std::string& text, const std::string& name);
  static Csv load(const std::string& path);

  std::string name = "csv";  ///< for messages
};

}  // namespace tailor
