#include "supernet/ops/attention.h"

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

namespace {

int64_t kept_tokens(const Attention& op, int64_t tokens) {
  const std::vector<Shape> in = {{2, tokens, 4, 8}, {2, tokens, 2, 8}, {2, tokens, 2, 8}};
  return op.state({in, {}})[0].shape[1];
}

}  // namespace

TEST_CASE("attention gives as many heads as it has queries") {
  CHECK(shape_of(Attention(), {{2, 5, 4, 8}, {2, 5, 2, 8}, {2, 5, 2, 8}}) == Shape{2, 5, 4, 8});
  CHECK(shape_error(Attention(), {{2, 5, 4, 8}, {2, 5, 3, 8}, {2, 5, 3, 8}})
            .find("h a multiple of h_kv, got [2, 5, 4, 8], [2, 5, 3, 8]") != std::string::npos);
  CHECK(shape_error(Attention(-1, 0), {{1, 1, 1, 2}, {1, 1, 1, 2}, {1, 1, 1, 2}}) ==
        "window -1, context 0");
}

TEST_CASE("attention's products count what causal queries see") {
  const std::vector<Shape> in = {{1, 4, 2, 8}, {1, 4, 2, 8}, {1, 4, 2, 8}};
  CHECK(macs_of(Attention(), in, {}) == 2 * 2 * 8 * (1 + 2 + 3 + 4));
  CHECK(macs_of(Attention(0, 10), in, {}) == 2 * 2 * 8 * (11 + 12 + 13 + 14));
  CHECK(macs_of(Attention(2, 0), in, {}) == 2 * 2 * 8 * (1 + 2 + 2 + 2));
  CHECK(macs_of(Attention(12, 10), in, {}) == 2 * 2 * 8 * (11 + 12 + 12 + 12));
  CHECK(macs_of(Attention(3, 10), in, {}) == 2 * 2 * 8 * 4 * 3);
}

TEST_CASE("attention remembers all tokens or those of its window") {
  CHECK(kept_tokens(Attention(), 5) == 5);
  CHECK(kept_tokens(Attention(0, 7), 5) == 12);
  CHECK(kept_tokens(Attention(9, 7), 5) == 9);
  CHECK(kept_tokens(Attention(9, 1), 5) == 6);
}
