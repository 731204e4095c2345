// The recurrences against flash-linear-attention's naive references: outputs, final states and
// gradients in double (tests/golden/make/fla_recurrences.py).
#include <cstring>
#include <map>

#include "core/tensor_file.h"
#include "tests/support/catch.h"
#include "tests/support/recurrence_samples.h"

using namespace tailor;
using namespace tailor::supernet;
using tailor::test::sine_fill;

namespace {

constexpr int64_t kBatch = 2, kTokens = 70, kHeads = 2, kKeys = 4, kValues = 3;

at::Tensor unit(const at::Tensor& x) { return x / (x.square().sum(-1, true) + 1e-6).sqrt(); }

/// The maker's inputs, as leaves.
std::map<std::string, at::Tensor> inputs() {
  const std::vector<int64_t> keys = {kBatch, kTokens, kHeads, kKeys};
  const std::vector<int64_t> gate = {kBatch, kTokens, kHeads};
  const at::Tensor removal = unit(sine_fill(10, keys, 1));
  std::map<std::string, at::Tensor> all = {
      {"q", sine_fill(1, keys, 1)},
      {"k", unit(sine_fill(2, keys, 1))},
      {"v", sine_fill(3, {kBatch, kTokens, kHeads, kValues}, 1)},
      {"g", -sine_fill(5, gate, 1).abs()},
      {"beta", sine_fill(6, gate, 1).sigmoid()},
      {"gk", -sine_fill(7, keys, 1).abs() / 4},
      {"w", -0.6 * sine_fill(8, keys, 1).sigmoid()},
      {"a", -removal},
      {"b", removal * sine_fill(11, keys, 1).sigmoid()},
      {"state", sine_fill(4, {kBatch, kHeads, kKeys, kValues}, 0.5)}};
  for (auto& [name, value] : all) value = value.detach().requires_grad_();
  return all;
}

at::Tensor from_file(const TensorFile& file, const std::string& name) {
  const HostTensor& host = file.at(name);
  REQUIRE(host.dtype == DType::f64);
  at::Tensor out = at::empty(host.shape, at::kDouble);
  std::memcpy(out.data_ptr<double>(), host.bytes.data(), host.bytes.size());
  return out;
}

RecurrenceResult run(const std::string& rule, std::map<std::string, at::Tensor>& in, Form form) {
  const at::Tensor q = in["q"] * 0.5, state = in["state"];  // the references scale by K^-1/2
  if (rule == "gated_delta")
    return gated_delta_rule(q, in["k"], in["v"], in["g"], in["beta"], state, form);
  if (rule == "delta") return gated_delta_rule(q, in["k"], in["v"], {}, in["beta"], state, form);
  if (rule == "dplr")
    return dplr_delta_rule(q, in["w"], in["k"], in["v"], in["a"], in["b"], state, form);
  const at::Tensor decay = in[rule == "decay_per_head" ? "g" : "gk"];
  return gated_linear_attention(q, in["k"], in["v"], decay, state, form);
}

}  // namespace

TEST_CASE("recurrences and their gradients are those of flash-linear-attention's references") {
  const TensorFile file = TensorFile::load(std::string(TAILOR_SOURCE_DIR) +
                                           "/tests/golden/fla_recurrences.safetensors");
  for (const std::string rule :
       {"gated_delta", "delta", "decay_per_head", "decay_per_key", "dplr"}) {
    for (const Form form : {Form::chunked, Form::recurrent}) {
      INFO(rule << (form == Form::chunked ? ", chunked" : ", token by token"));
      std::map<std::string, at::Tensor> in = inputs();
      const RecurrenceResult got = run(rule, in, form);
      const at::Tensor output = from_file(file, rule + ".output");
      CHECK((got.output - output).abs().max().item<double>() < 1e-9);
      CHECK((got.state - from_file(file, rule + ".state")).abs().max().item<double>() < 1e-9);
      torch::autograd::backward({got.output, got.state}, {sine_fill(21, output.sizes(), 1),
                                                          sine_fill(22, got.state.sizes(), 1)});
      int gradients = 0;
      for (const auto& [name, leaf] : in) {
        if (!file.tensors.contains(rule + ".d_" + name)) continue;
        INFO(name);
        REQUIRE(leaf.grad().defined());
        const at::Tensor want = from_file(file, rule + ".d_" + name);
        CHECK((leaf.grad() - want).abs().max().item<double>() <
              1e-9 * std::max(1.0, want.abs().max().item<double>()));
        ++gradients;
      }
      CHECK(gradients >= 5);
    }
  }
}
