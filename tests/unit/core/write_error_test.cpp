#include "core/write_error.h"

#include <cerrno>

#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using tailor::test::error_text;

TEST_CASE("what is the disk's fault is told from what is the user's") {
  for (const int error : {ENOSPC, EDQUOT, EFBIG, EIO}) {
    CHECK(error_text<WriteError>([&] {
            throw_write_error("a/b", "write", error);
          }).starts_with("a/b: cannot write: "));
  }
  for (const int error : {EACCES, ENOTDIR, EISDIR, EROFS}) {
    CHECK_THROWS_AS(throw_write_error("a/b", "write", error), IoError);
    bool disk = false;
    try {
      throw_write_error("a/b", "write", error);
    } catch (const WriteError&) {
      disk = true;
    } catch (const IoError&) {
    }
    CHECK(!disk);
  }
}
