#include "supernet/blocks/linear_mixers.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;

namespace {

/// Parameters of a mixer with everything in use.
int64_t params_of(const std::string& kind, int64_t hidden, int64_t heads, int64_t d_k,
                  int64_t d_v) {
  BlockBuilder b("b", {{1, 3, hidden}});
  const LinearMixerSizes sizes{.hidden = hidden,
                               .heads = Width::fixed(heads),
                               .d_k = Width::fixed(d_k),
                               .d_v = Width::fixed(d_v)};
  const Value y = linear_mixer(b, kind, "", b.input(), sizes);
  CHECK(b.shape(y) == Shape{1, 3, hidden});
  return b.finish({})->params;
}

}  // namespace

TEST_CASE("JetBlock has the parameters of Jet-Nemotron's two models") {
  CHECK(params_of("jet", 1536, 12, 96, 256) == 23052568);
  CHECK(params_of("jet", 2048, 16, 128, 256) == 43073824);
}

TEST_CASE("linear mixers have the parameters of their published layers") {
  const int64_t h = 32, n = 2, k = 8, v = 16, kd = n * k, vd = n * v;
  CHECK(params_of("gdn", h, n, k, v) ==
        2 * h * kd + 3 * h * vd + 2 * h * n + 2 * n + v + 4 * (2 * kd + vd));
  CHECK(params_of("delta", h, n, k, v) == 2 * h * kd + 2 * h * vd + h * n + v + 4 * (2 * kd + vd));
  CHECK(params_of("gla", h, n, k, v) == 2 * h * kd + 3 * h * vd + 16 * (h + kd) + kd + v);
  CHECK(params_of("retnet", h, n, k, v) == 2 * h * kd + 3 * h * vd + v);
  // z, x, out; B, C; step; convolutions with bias; A_log, D, dt_bias; norm
  CHECK(params_of("mamba2", h, n, k, v) ==
        3 * h * vd + 2 * h * k + h * n + 5 * (vd + 2 * k) + 3 * n + vd);
  // r, k; v, out; six shares; three low ranks of 32, two biases; k_k, k_a, r_k; norm
  CHECK(params_of("rwkv7", h, n, k, v) == 2 * h * kd + 2 * h * vd + 6 * h + 2 * 32 * (h + kd) +
                                              2 * kd + 32 * (h + vd) + 3 * kd + 2 * vd);
  // Ranks 128, 128 and 224, as fla/layers/rwkv7.py has them by default.
  CHECK(params_of("rwkv7", 2048, 32, 64, 64) ==
        4 * 2048 * 2048 + 6 * 2048 + 2 * 2048 * (128 + 128 + 224) + 7 * 2048);
}

TEST_CASE("a mixer in part takes a part of every parameter and keeps its shape") {
  for (const std::string& kind : linear_mixer_names()) {
    INFO(kind);
    BlockBuilder b("b", {{2, 5, 16}});
    const LinearMixerSizes sizes{
        .hidden = 16, .heads = {4, 2, ""}, .d_k = {8, 4, ""}, .d_v = {16, 8, ""}};
    CHECK(b.shape(linear_mixer(b, kind, kind + ".", b.input(), sizes)) == Shape{2, 5, 16});
    const auto block = b.finish({});
    int64_t full = 0;
    for (const Node& node : block->nodes) {
      for (const WeightRef& ref : node.weights) full += numel(ref.full_shape());
    }
    CHECK(block->params < full / 2);
    CHECK(block->state_bytes >= 2 * 2 * 4 * 8 * 4);
  }
}

TEST_CASE("an unknown mixer is named") {
  BlockBuilder b("b", {{1, 3, 8}});
  CHECK(test::error_text<UnknownNameError>([&] {
          linear_mixer(b, "gnd", "", b.input(), {});
        }).find("gdn") != std::string::npos);
}
