// Hybrid language models: in every layer a mixer of full, windowed or linear attention, or none,
// with its sizes, and the width of its MLP. The skeleton is Qwen's and Llama's (RMS norms before
// mixer and MLP, gated MLP, tied or own output matrix).
// Sources: Gu et al. 2025 (Jet-Nemotron), sections 2 and 3; NVlabs/Jet-Nemotron, jetai/modeling/hf.
#include <algorithm>
#include <memory>

#include "core/error.h"
#include "supernet/blocks/linear_mixers.h"
#include "supernet/blocks/sequence.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/embedding.h"
#include "supernet/ops/linear.h"
#include "supernet/space/builder.h"
#include "supernet/space/choices.h"
#include "supernet/space/search_space.h"

namespace tailor {
namespace {

constexpr const char *kNone = "none", *kFull = "attn", *kWindowed = "swa";

std::vector<std::string> mixer_names() {
  std::vector<std::string> names = linear_mixer_names();
  names.insert(names.end(), {kNone, kFull, kWindowed});
  return names;
}

bool is_linear(const std::string& mixer) {
  return mixer != kNone && mixer != kFull && mixer != kWindowed;
}

struct Options {
  std::string name = "hybrid_lm";
  int64_t vocab = 256, layers = 6, tokens = 256;
  AttentionOptions attention = {.hidden = 192, .heads = 6, .kv_heads = 2, .head_dim = 32};
  bool tied = true;
  std::vector<std::string> mixers = {"attn"};
  std::vector<int64_t> window = {64}, heads = {4}, d_k = {32}, d_v = {64}, mlp = {512};
  int64_t conv = 4, reduction = 8;
  double linear_eps = 1e-5;

  static Options read(const ConfigNode& cfg);

 private:
  void read_attention(const ConfigNode& cfg);
  void read_scaling(const ConfigNode& cfg);
  void read_linear(const ConfigNode& cfg);
};

void Options::read_attention(const ConfigNode& cfg) {
  AttentionOptions& a = attention;
  cfg.read("heads", a.heads, {.min = 1, .max = 1024, .doc = "heads of queries"});
  cfg.read("kv_heads", a.kv_heads, {.min = 1, .max = 1024, .doc = "heads of keys and values"});
  cfg.read("head_dim", a.head_dim, {.min = 2, .max = 1024, .doc = "size of a head, even"});
  cfg.read("bias", a.bias, {.doc = "queries, keys and values have a bias (Qwen2)"});
  cfg.read("qk_norm", a.qk_norm, {.doc = "every query and key head is normalised (Qwen3)"});
  cfg.read("rope_theta", a.rope_theta, {.min = 1, .max = 1e9, .doc = "base of rotary positions"});
  read_scaling(cfg.child("rope_scaling", "rotary positions stretched to longer contexts"));
  read_choices(cfg, "window", window,
               {.min = 1, .max = 1 << 20, .doc = "choices of tokens that swa sees"});
  if (a.heads % a.kv_heads != 0) cfg.fail("kv_heads", str("must divide heads, ", a.heads));
  if (a.head_dim % 2 != 0) cfg.fail("head_dim", str("must be even, got ", a.head_dim));
  cfg.finish();
}

void Options::read_scaling(const ConfigNode& cfg) {
  RopeScaling& s = attention.rope_scaling;
  cfg.read("kind", s.kind,
           {.choices = rope_scaling_kinds(),
            .doc = "linear: all angles; llama3, yarn: those of pairs that turn slowly"});
  cfg.read("factor", s.factor, {.min = 1, .max = 1e6, .doc = "new context over the old"});
  s = RopeScaling::of(s.kind, s.factor);
  cfg.read("slow", s.slow,
           {.min = 0, .max = 1e6, .doc = "pairs of fewer turns in the old context are stretched"});
  cfg.read("fast", s.fast,
           {.min = 0, .max = 1e6, .doc = "pairs of more turns are left alone; yarn: 32"});
  cfg.read("amplitude", s.amplitude,
           {.min = 0,
            .max = 1e3,
            .doc = "yarn: cosine and sine times it; 0.1 ln(factor) + 1 unless told"});
  cfg.read("context", s.context, {.min = 1, .max = 1e9, .doc = "the old context, tokens"});
  cfg.finish();
  if (cfg.recording()) return;
  if (s.none() && !cfg.keys().empty() && !cfg.has("kind")) cfg.fail("kind", "is needed");
  if (const std::string wrong = s.complaint(); !wrong.empty()) cfg.fail("kind", wrong);
}

void Options::read_linear(const ConfigNode& cfg) {
  read_choices(cfg, "heads", heads, {.min = 1, .max = 1024, .doc = "choices of heads"});
  read_choices(cfg, "d_k", d_k,
               {.min = 2, .max = 1024, .doc = "choices of a head's keys; its state is d_k x d_v"});
  read_choices(cfg, "d_v", d_v, {.min = 1, .max = 2048, .doc = "choices of a head's values"});
  cfg.read("conv", conv, {.min = 1, .max = 64, .doc = "taps of the short convolutions"});
  cfg.read("reduction", reduction,
           {.min = 1, .max = 1024, .doc = "jet: heads * d_v over the kernel generator's width"});
  cfg.read("eps", linear_eps, {.min = 0, .max = 1, .doc = "of the norm behind the recurrence"});
  if (heads.front() * d_v.front() < reduction) {
    cfg.fail("reduction", str("leaves no width of ", heads.front(), " x ", d_v.front()));
  }
  cfg.finish();
}

Options Options::read(const ConfigNode& cfg) {
  Options o;
  std::string model;
  cfg.read("name", o.name, {.doc = "name of the space in results"});
  cfg.read("model", model,
           {.doc = "Hugging Face folder; what is absent here is as its config.json says"});
  cfg.read("vocab", o.vocab, {.min = 2, .max = 1 << 22, .doc = "token ids"});
  cfg.read("hidden", o.attention.hidden, {.min = 1, .max = 1 << 16, .doc = "width of the model"});
  cfg.read("layers", o.layers, {.min = 1, .max = 512, .doc = "pairs of mixer and MLP"});
  cfg.read("tokens", o.tokens,
           {.min = 1, .max = 1 << 20, .doc = "of a sequence where nothing else says how many"});
  cfg.read("tied", o.tied, {.doc = "the output matrix is the embedding"});
  cfg.read("rms_eps", o.attention.eps, {.min = 0, .max = 1, .doc = "of the norms"});
  cfg.read("mixers", o.mixers,
           {.choices = mixer_names(),
            .doc = "what a layer may hold, from small to large: attn (full attention), swa "
                   "(windowed, with attn's weights), linear mixers, none"});
  if (o.mixers.empty()) cfg.fail("mixers", "must hold at least one name");
  for (const std::string& mixer : o.mixers) {
    if (std::count(o.mixers.begin(), o.mixers.end(), mixer) > 1) {
      cfg.fail("mixers", str("holds ", mixer, " twice"));
    }
  }
  read_choices(cfg, "mlp", o.mlp,
               {.min = 0, .max = 1 << 18, .doc = "choices of the MLP's width; 0: none"});
  o.read_attention(cfg.child("attention", "full and windowed attention"));
  o.read_linear(cfg.child("linear", "linear mixers"));
  cfg.finish();
  return o;
}

std::vector<double> numbers(const std::vector<int64_t>& values) {
  return {values.begin(), values.end()};
}

/// Groups mixer, window, heads, dk, dv, mlp: one slot a layer.
std::vector<Axis> make_axes(const Options& o) {
  std::vector<double> kinds;
  for (size_t m = 0; m < o.mixers.size(); ++m) kinds.push_back(static_cast<double>(m));
  const auto place = [](int layer) { return str("layers.", layer); };
  const int layers = static_cast<int>(o.layers);
  std::vector<Axis> axes;
  for (int i = 0; i < layers; ++i) {
    axes.push_back(number_axis("mixer", i, place(i), kinds));
    axes.back().names = o.mixers;
  }
  const auto add = [&](const std::string& group, const std::vector<int64_t>& values,
                       const auto& matters) {
    for (int i = 0; i < layers; ++i) {
      axes.push_back(depends_on(
          number_axis(group, i, place(i), numbers(values)), i, axes[static_cast<size_t>(i)],
          [&](double kind) { return matters(o.mixers[static_cast<size_t>(kind)]); }));
    }
  };
  add("window", o.window, [](const std::string& mixer) { return mixer == kWindowed; });
  add("heads", o.heads, is_linear);
  add("dk", o.d_k, is_linear);
  add("dv", o.d_v, is_linear);
  for (int i = 0; i < layers; ++i) {
    axes.push_back(number_axis("mlp", i, place(i), numbers(o.mlp)));
  }
  return axes;
}

class HybridLm : public SearchSpace {
 public:
  explicit HybridLm(const Options& o) : SearchSpace(o.name, make_axes(o)), o_(o) {}

  std::string published_subnet_name(const Arch& arch, const std::string& parameter) const override;

 protected:
  void build(const Arch& arch, NetworkBuilder& net) const override {
    const Workload& load = net.workload();
    const int64_t tokens = load.tokens > 0 ? load.tokens : o_.tokens;
    int x = net.token_input(load.batch, tokens);
    x = net.block("embed", {}, {x}, [&](BlockBuilder& b) {
      b.add("", std::make_shared<Embedding>(), {b.input()}, {embedding(Init::normal)});
    });
    for (int i = 0; i < static_cast<int>(o_.layers); ++i) x = layer(arch, net, i, x);
    net.block("head", {}, {x}, [&](BlockBuilder& b) { head(b, load.phase); });
  }

 private:
  WeightRef embedding(Init init) const {
    return whole_weight("embed.weight", Role::weight, init, {o_.vocab, o_.attention.hidden});
  }
  int64_t number_at(const Arch& arch, const char* group, int layer) const {
    return static_cast<int64_t>(value(arch, group, layer));
  }
  Width width_at(const Arch& arch, const char* group, int layer,
                 const std::vector<int64_t>& choices) const {
    return {choices.back(), number_at(arch, group, layer), ""};
  }

  /// x + mixer(norm(x)), then x + mlp(norm(x)). The mixer's block gives what is added, so that it
  /// can be compared with another mixer's.
  int layer(const Arch& arch, NetworkBuilder& net, int i, int x) const {
    const auto kind = static_cast<size_t>(number_at(arch, "mixer", i));
    const int64_t mlp = number_at(arch, "mlp", i);
    std::vector<int> terms = {x};
    if (o_.mixers[kind] != kNone) terms.push_back(mixer(arch, net, i, kind, x));
    if (mlp == 0 && terms.size() == 1) return x;
    return net.block(str("layers.", i, ".mlp"), {mlp}, terms, [&](BlockBuilder& b) {
      Value sum = b.input();
      if (terms.size() == 2) sum = b.add("mixed", std::make_shared<Add>(), {sum, b.input(1)});
      if (mlp == 0) return;
      const Value normed =
          rms_norm(b, "norm", sum, Width::fixed(o_.attention.hidden), o_.attention.eps);
      const Value out = gated_mlp(b, normed, o_.attention.hidden, {o_.mlp.back(), mlp, ""});
      b.add("add", std::make_shared<Add>(), {out, sum});
    });
  }

  int mixer(const Arch& arch, NetworkBuilder& net, int i, size_t kind, int x) const {
    const std::string& name = o_.mixers[kind];
    AttentionOptions attn = o_.attention;
    LinearMixerSizes linear{.hidden = attn.hidden,
                            .heads = width_at(arch, "heads", i, o_.heads),
                            .d_k = width_at(arch, "dk", i, o_.d_k),
                            .d_v = width_at(arch, "dv", i, o_.d_v),
                            .conv = o_.conv,
                            .reduction = o_.reduction,
                            .eps = o_.linear_eps};
    if (name == kWindowed) attn.window = number_at(arch, "window", i);
    return net.block(str("layers.", i, ".mixer"),
                     {static_cast<int64_t>(kind), attn.window, linear.heads.used, linear.d_k.used,
                      linear.d_v.used},
                     {x}, [&](BlockBuilder& b) {
                       const Value normed =
                           rms_norm(b, "norm", b.input(), Width::fixed(attn.hidden), attn.eps);
                       if (is_linear(name)) {
                         linear_mixer(b, name, name + ".", normed, linear);
                       } else {
                         attention(b, "attn.", normed, attn, net.workload().context);
                       }
                     });
  }

  void head(BlockBuilder& b, Phase phase) const {
    Value x = b.input();
    if (phase == Phase::prefill) x = b.add("last", std::make_shared<LastToken>(), {x});
    x = rms_norm(b, "norm", x, Width::fixed(o_.attention.hidden), o_.attention.eps);
    if (o_.tied) {
      b.add("linear", std::make_shared<Linear>(), {x}, {embedding(Init::normal)});
    } else {
      dense(b, "linear", x, {Width::fixed(o_.attention.hidden)}, {Width::fixed(o_.vocab)});
    }
  }

  const Options o_;
};

/// Names of Hugging Face transformers (models/qwen2) and NVlabs/Jet-Nemotron: a mixer's parameters
/// are self_attn's whatever its kind.
std::string HybridLm::published_subnet_name(const Arch&, const std::string& parameter) const {
  const std::vector<std::pair<std::string, std::string>> fixed = {
      {"embed.weight", "model.embed_tokens.weight"},
      {"head.norm.weight", "model.norm.weight"},
      {"head.linear.weight", "lm_head.weight"}};
  for (const auto& [ours, theirs] : fixed) {
    if (parameter == ours) return theirs;
  }
  std::string name = "model." + parameter;
  const auto swap = [&](const std::string& from, const std::string& to) {
    const size_t at = name.find(from);
    if (at != std::string::npos) name.replace(at, from.size(), to);
  };
  swap(".mixer.norm.", ".input_layernorm.");
  swap(".mlp.norm.", ".post_attention_layernorm.");
  for (const std::string& mixer : mixer_names()) {
    swap(".mixer." + (mixer == kWindowed ? kFull : mixer) + ".", ".self_attn.");
  }
  return name;
}

}  // namespace

FamilyRegistry::Factory make_hybrid_lm;

std::unique_ptr<SearchSpace> make_hybrid_lm(const ConfigNode& cfg) {
  return std::make_unique<HybridLm>(Options::read(cfg));
}

}  // namespace tailor
