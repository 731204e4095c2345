// Finding device profiles by name.
#include <algorithm>

#include "core/error.h"
#include "core/file.h"
#include "hardware_profiles/device_profile.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

std::string sheet(double gmacs_per_s) {
  return str("format_version: 1\ndevice: mine\nprocessor: cpu\nfigures:\n",
             "  f32_gmacs_per_s: {value: ", gmacs_per_s, ", source: me}\n",
             "  memory_gbytes_per_s: {value: 1, source: me}\n", "  cores: {value: 1, source: me}\n",
             "  node_us: {value: 1, source: me}\n  network_us: {value: 1, source: me}\n");
}

}  // namespace

TEST_CASE("shipped profiles are found from where the program lies") {
  const std::vector<std::string> names = profile_names();
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(std::count(names.begin(), names.end(), "raspberry_pi_4") == 1);
  CHECK(find_profile("raspberry_pi_4").value("f32_gmacs_per_s") == 24);
}

TEST_CASE("the first folder that has the name wins; a path is read as it is") {
  const test::TempDir near, far;
  write_file(near.file("board.yaml"), sheet(1));
  write_file(far.file("board.yaml"), sheet(2));
  write_file(far.file("other.yaml"), sheet(3));
  const std::vector<std::string> folders = {near.file(""), far.file("")};
  CHECK(find_profile("board", folders).value("f32_gmacs_per_s") == 1);
  CHECK(find_profile("other", folders).value("f32_gmacs_per_s") == 3);
  CHECK(find_profile(far.file("board.yaml"), folders).value("f32_gmacs_per_s") == 2);
  CHECK(profile_names(folders) == std::vector<std::string>{"board", "other"});
}

TEST_CASE("an unknown name lists the known ones and where they were looked for") {
  const test::TempDir dir;
  write_file(dir.file("board.yaml"), sheet(1));
  const std::string folder = dir.file("");
  CHECK(test::error_text<UnknownNameError>([&] { find_profile("bord", {folder}); }) ==
        "unknown device profile 'bord'; did you mean 'board'? known: board; looked in " + folder);
  CHECK(test::error_text<UnknownNameError>([&] { find_profile("board", {}); }) ==
        "unknown device profile 'board'; known: none; looked in no folder: give the path of a "
        ".yaml file");
  CHECK_THROWS_AS(find_profile("../board", {folder}), UnknownNameError);
  CHECK_THROWS_AS(find_profile(dir.file("absent.yaml"), {folder}), IoError);
}
