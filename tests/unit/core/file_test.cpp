#include "core/file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>

#include "core/write_error.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;

TEST_CASE("a file is written with its folders and read back") {
  const test::TempDir dir;
  const std::string path = dir.file("a/b/c.bin");
  const std::string bytes("x\0\n\xff", 4);
  write_file(path, bytes);
  CHECK(read_file(path) == bytes);
  write_file(path, "");
  CHECK(read_file(path).empty());
  CHECK_FALSE(file_exists(path + ".tmp"));
}

TEST_CASE("reading names the file and the reason") {
  const test::TempDir dir;
  const std::string path = dir.file("none");
  CHECK(error_text<IoError>([&] { read_file(path); }) ==
        path + ": cannot open: No such file or directory");
  CHECK(error_text<IoError>([&] { read_file(dir.path()); }) ==
        dir.path() + ": is a folder, not a file");
  write_file(path, "12345");
  CHECK(read_file(path, 5) == "12345");
  CHECK(error_text<IoError>([&] { read_file(path, 4); }) ==
        path + ": is larger than the limit of 4 bytes");
  CHECK(error_text<IoError>([&] { read_file("/dev/zero", 100000); }) ==
        "/dev/zero: is larger than the limit of 100000 bytes");
}

TEST_CASE("a failed write leaves the old file and no temporary one") {
  const test::TempDir dir;
  const std::string path = dir.file("data");
  write_file(path, "old");
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  rlimit limits = {};
  getrlimit(RLIMIT_FSIZE, &limits);
  const rlimit small = {1000, limits.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string text =
      error_text<WriteError>([&] { write_file(path, std::string(5000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &limits);
  signal(SIGXFSZ, old_handler);
  CHECK(text == path + ".tmp: cannot write: File too large");
  CHECK(read_file(path) == "old");
  CHECK_FALSE(file_exists(path + ".tmp"));
}

TEST_CASE("a target that is a folder, or below a file, cannot be written") {
  const test::TempDir dir;
  std::filesystem::create_directory(dir.file("folder"));
  CHECK(error_text<IoError>([&] { write_file(dir.file("folder"), "x"); }) ==
        dir.file("folder") + ": cannot write: Is a directory");
  CHECK_FALSE(file_exists(dir.file("folder.tmp")));
  write_file(dir.file("plain"), "x");
  CHECK(error_text<IoError>([&] { write_file(dir.file("plain/below"), "x"); }) ==
        dir.file("plain") + ": cannot make the folder: Not a directory");
}

TEST_CASE("the previous file is kept on demand") {
  const test::TempDir dir;
  const std::string path = dir.file("checkpoint");
  write_file_keep_previous(path, "1");
  CHECK_FALSE(file_exists(path + ".prev"));
  write_file_keep_previous(path, "2");
  write_file_keep_previous(path, "3");
  CHECK(read_file(path) == "3");
  CHECK(read_file(path + ".prev") == "2");
}

TEST_CASE("lines are appended") {
  const test::TempDir dir;
  append_line(dir.file("x/log"), "a");
  append_line(dir.file("x/log"), "b");
  CHECK(read_file(dir.file("x/log")) == "a\nb\n");
  CHECK(error_text<IoError>([&] { append_line(dir.file("x"), "c"); }) ==
        dir.file("x") + ": cannot write: Is a directory");
}
