// covers: supernet/formats/zip.cpp
#include "supernet/formats/pickle.h"

#include "core/error.h"
#include "supernet/formats/zip.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using tailor::test::error_text;
using Kind = PickleValue::Kind;

namespace {

PicklePtr read(std::string_view bytes) {
  size_t used = 0;
  PicklePtr value = read_pickle(bytes, "test", used);
  CHECK(used == bytes.size());
  return value;
}

std::string refusal(const std::string& bytes) {
  return error_text<IoError>([&] { read(bytes); });
}

template <size_t N>
std::string text(const char (&bytes)[N]) {
  return {bytes, N - 1};
}

}  // namespace

TEST_CASE("pickles of plain values are read") {
  CHECK(read("N.")->kind == Kind::none);
  CHECK(read("\x88.")->integer == 1);
  CHECK(read("K\x05.")->integer == 5);
  CHECK(read("M\x01\x02.")->integer == 513);
  CHECK(read("J\xff\xff\xff\xff.")->integer == -1);
  CHECK(read(text("\x8a\x02\x00\xff."))->integer == -256);
  CHECK(read(text("G\x3f\xf8\x00\x00\x00\x00\x00\x00."))->real == 1.5);
  CHECK(read(text("X\x02\x00\x00\x00hi."))->text == "hi");
}

TEST_CASE("pickled containers keep their order") {
  // {'a': [1, (2, 3)]}
  const PicklePtr value =
      read(text("\x80\x02}q\x00X\x01\x00\x00\x00"
                "a]q\x01(K\x01K\x02K\x03\x86"
                "es."));
  const PickleValue* list = value->find("a");
  REQUIRE(list != nullptr);
  CHECK(list->kind == Kind::list);
  CHECK(list->items[0]->integer == 1);
  CHECK(list->items[1]->items[1]->integer == 3);
  CHECK(value->find("b") == nullptr);
}

TEST_CASE("pickles that would run something are refused by name") {
  CHECK(refusal("cos\nsystem\nX\x02") ==
        "test: pickle at byte 11: it asks for 'os.system', which is no part of a weights file; "
        "refused, nothing was run");
  CHECK(refusal(text("\x8c\x08"
                     "builtins\x8c\x04"
                     "eval\x93."))
            .find("'builtins.eval'") != std::string::npos);
  CHECK(refusal("c__builtin__\nexec\n.").find("'__builtin__.exec'") != std::string::npos);
}

TEST_CASE("malformed pickles are refused") {
  CHECK(refusal("").find("the file ends inside it") != std::string::npos);
  CHECK(refusal("\x85.").find("a value is missing") != std::string::npos);
  CHECK(refusal("t.").find("a mark is missing") != std::string::npos);
  CHECK(refusal("h\x07.").find("refers to a value that is not there") != std::string::npos);
  CHECK(refusal("\x80\x05N.").find("protocol 5 is not read") != std::string::npos);
  CHECK(refusal("I1\n.").find("instruction 0x49") != std::string::npos);
  CHECK(refusal("NN.").find("left over") != std::string::npos);
  CHECK(refusal(text("]q\x00h\x00"
                     "a."))
            .find("a value holds itself") != std::string::npos);
  CHECK(refusal("N" + std::string(1000, '\x85') + ".").find("nested too deep") !=
        std::string::npos);
}

TEST_CASE("a zip file that is none is refused") {
  CHECK(error_text<IoError>([] { read_stored_zip("PK", "a.zip"); }) ==
        "a.zip: zip: the file ends too early");
  CHECK(error_text<IoError>([] {
          read_stored_zip(std::string(40, 'x'), "a.zip");
        }).find("no end record") != std::string::npos);
}
