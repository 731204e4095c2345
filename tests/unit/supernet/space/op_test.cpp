#include "supernet/space/op.h"

#include "core/error.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/layout.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using tailor::test::error_text;

TEST_CASE("an operation prints its attributes in order") {
  CHECK(Conv2d(2, 1, 8).text() == "conv2d(stride=2 padding=1 groups=8)");
  CHECK(Reshape({-1, 4}).text() == "reshape(to=-1,4)");
}

TEST_CASE("every listed operation can be made, copied and says its kind") {
  CHECK(op_kinds().size() >= 13);
  for (const std::string& kind : op_kinds()) {
    const std::unique_ptr<Op> op = make_op(kind);
    CHECK(op->kind() == kind);
    CHECK(op->clone()->text() == op->text());
    CHECK(op->text().rfind(kind + "(", 0) == 0);
  }
}

TEST_CASE("an unknown operation is answered with the nearest") {
  const std::string text = error_text<UnknownNameError>([] { make_op("conv2"); });
  CHECK(text.rfind("unknown operation 'conv2'; did you mean 'conv2d'? known: activation, add", 0) ==
        0);
}

TEST_CASE("every operation refuses to work on nothing") {
  for (const std::string& kind : op_kinds()) {
    CHECK_THROWS_AS(make_op(kind)->shape({{}, {}}), ShapeError);
  }
}

TEST_CASE("operations without products cost nothing") {
  const Shape x = {1, 2, 3, 3};
  CHECK(make_op("add")->macs({{&x, 1}, {}}, x) == 0);
}
