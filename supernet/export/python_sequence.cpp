// Sequences of tokens in plain PyTorch: short rather than fast, recurrences token by token.
#include "supernet/export/python_sequence.h"

#include "core/error.h"
#include "supernet/ops/attention.h"
#include "supernet/ops/causal_conv.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/embedding.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/recurrence.h"
#include "supernet/ops/rotary.h"

namespace tailor {
namespace {

constexpr const char* kRotary = R"(
def rotary(x, theta):
    """x [B, T, heads, size], each token's pairs (i, i + size / 2) turned by its position."""
    half = x.shape[-1] // 2
    position = torch.arange(x.shape[1], device=x.device)[:, None, None]
    angle = position * theta ** (-torch.arange(half, device=x.device) / half)
    a, b = x.chunk(2, -1)
    return torch.cat((a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()), -1)
)";

constexpr const char* kScaledRotary = R"(
def rope_rate(i, pairs, theta, kind, factor, slow, fast, context):
    """Angle of pair i from one token to the next."""
    rate = theta ** (-i / pairs)
    kept = 0.0
    if kind == "llama3":
        turns = context * rate / (2 * math.pi)
        kept = (turns - slow) / (fast - slow)
    if kind == "yarn":
        first, last = (pairs * math.log(context / (turns * 2 * math.pi)) / math.log(theta)
                       for turns in (fast, slow))
        first, last = max(math.floor(first), 0), min(math.ceil(last), 2 * pairs - 1)
        kept = 1 - (i - first) / ((last - first) or 1e-3)
    kept = min(max(kept, 0.0), 1.0)
    return rate * (kept + (1 - kept) / factor)


def scaled_rotary(x, theta, kind, factor, slow, fast, amplitude, context):
    """x [B, T, heads, size], each token's pairs (i, i + size / 2) turned by its position."""
    half = x.shape[-1] // 2
    position = torch.arange(x.shape[1], device=x.device)[:, None, None]
    angle = position * torch.tensor([rope_rate(i, half, theta, kind, factor, slow, fast, context)
                                     for i in range(half)], device=x.device)
    cos, sin = amplitude * angle.cos(), amplitude * angle.sin()
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)
)";

constexpr const char* kAttention = R"(
def attention(q, k, v, window=0):
    """Causal; q [B, T, heads, size], k and v may have fewer heads; window 0: all tokens before."""
    groups = q.shape[2] // k.shape[2]
    q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
    k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
    token = torch.arange(q.shape[2], device=q.device)
    age = token[:, None] - token
    seen = (age >= 0) & (age < window) if window else age >= 0
    return F.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2)
)";

constexpr const char* kCausalConv = R"(
class CausalConv(nn.Module):
    """x [B, T, D] -> [B, T, D]: a kernel a channel over a token and those before it."""

    def __init__(self, channels, taps, bias):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, taps))
        self.bias = nn.Parameter(torch.empty(channels)) if bias else None

    def forward(self, x):
        taps = self.weight.shape[1]
        padded = F.pad(x, (0, 0, taps - 1, 0))
        y = sum(self.weight[:, w] * padded[:, w:w + x.shape[1]] for w in range(taps))
        return y if self.bias is None else y + self.bias
)";

constexpr const char* kDynamicCausalConv = R"(
class DynamicCausalConv(nn.Module):
    """x [B, T, D], hidden [B, T, R] -> [B, T, D]: hidden makes each token's own kernel."""

    def __init__(self, hidden, channels, taps):
        super().__init__()
        self.taps = taps
        self.weight = nn.Parameter(torch.empty(channels * taps, hidden))
        self.bias = nn.Parameter(torch.empty(channels * taps))

    def forward(self, x, hidden):
        kernel = F.linear(hidden, self.weight, self.bias).unflatten(-1, (-1, self.taps))
        padded = F.pad(x, (0, 0, self.taps - 1, 0))
        return sum(kernel[..., w] * padded[:, w:w + x.shape[1]] for w in range(self.taps))
)";

constexpr const char* kGatedRmsNorm = R"(
class GatedRMSNorm(nn.Module):
    """RMS norm of x times silu(gate), or with gate_first of x * silu(gate)."""

    def __init__(self, size, eps, gate_first):
        super().__init__()
        self.eps, self.gate_first = eps, gate_first
        self.weight = nn.Parameter(torch.empty(size))

    def forward(self, x, gate):
        if self.gate_first:
            x = x * F.silu(gate)
        x = F.rms_norm(x, self.weight.shape, self.weight, self.eps)
        return x if self.gate_first else x * F.silu(gate)
)";

constexpr const char* kLogDecay = R"(
class LogDecay(nn.Module):
    """Step sizes [..., heads] -> logarithms of decays."""

    def __init__(self, heads):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(heads))

    def forward(self, step):
        return -self.weight.exp() * step
)";

constexpr const char* kScaleHeads = R"(
class ScaleHeads(nn.Module):
    """x [..., heads, size] times a number a head, or [heads, size] of them."""

    def __init__(self, *shape):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(shape))

    def forward(self, x):
        return x * (self.weight[:, None] if self.weight.dim() == 1 else self.weight)
)";

constexpr const char* kL2Norm = R"(
def l2_norm(x, eps, scale):
    return x * torch.rsqrt(x.square().sum(-1, keepdim=True) + eps) * scale
)";

constexpr const char* kHeadNorm = R"(
class HeadNorm(nn.Module):
    """A layer norm of each head: x [..., heads, size]."""

    def __init__(self, heads, size, eps):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.empty(heads, size))
        self.bias = nn.Parameter(torch.empty(heads, size))

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], eps=self.eps) * self.weight + self.bias
)";

constexpr const char* kLerp = R"(
class Lerp(nn.Module):
    """a + (b - a) * weight."""

    def __init__(self, *shape):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(shape))

    def forward(self, a, b):
        return a + (b - a) * self.weight
)";

constexpr const char* kTokenShift = R"(
def token_shift(x):
    """x [B, T, D]: every token's predecessor, zeros before the first."""
    return F.pad(x, (0, 0, 1, 0))[:, :-1]
)";

constexpr const char* kWeightedDot = R"(
class WeightedDot(nn.Module):
    """a, b [..., heads, size] -> [..., heads, 1]."""

    def __init__(self, heads, size):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(heads, size))

    def forward(self, a, b):
        return (a * b * self.weight).sum(-1, keepdim=True)
)";

constexpr const char* kGatedLinearAttention = R"(
def gated_linear_attention(q, k, v, decay=None, scale=1.0, decay_scale=1.0):
    """q, k [B, T, groups, K], v [B, T, heads, V], logarithms of decays by head or by key."""
    heads = v.shape[2]
    q, k = (x.repeat_interleave(heads // x.shape[2], 2) for x in (q, k))
    if decay is None:  # RetNet's: one a head
        decay = torch.log1p(-2.0 ** (-5.0 - torch.arange(heads, device=v.device)))
        decay = decay.expand(v.shape[:3])
    keep = (decay * decay_scale).exp()
    keep = keep.unsqueeze(-1) if keep.dim() == 3 else keep
    state, outputs = 0, []
    for t in range(v.shape[1]):
        state = keep[:, t, :, :, None] * state + k[:, t, :, :, None] * v[:, t, :, None]
        outputs.append(torch.einsum("bhk,bhkv->bhv", q[:, t], state) * scale)
    return torch.stack(outputs, 1)
)";

constexpr const char* kGatedDeltaRule = R"(
def gated_delta_rule(q, k, v, beta, decay=None):
    """q, k [B, T, heads, K], v [B, T, heads, V], beta and logarithms of decays [B, T, heads]."""
    keep = torch.ones_like(beta) if decay is None else decay.exp()
    state, outputs = v.new_zeros(*k[:, 0].shape, v.shape[-1]), []
    for t in range(v.shape[1]):
        state = keep[:, t, :, None, None] * state
        known = torch.einsum("bhk,bhkv->bhv", k[:, t], state)
        write = beta[:, t, :, None] * (v[:, t] - known)
        state = state + k[:, t, :, :, None] * write[:, :, None]
        outputs.append(torch.einsum("bhk,bhkv->bhv", q[:, t], state))
    return torch.stack(outputs, 1)
)";

constexpr const char* kDplrDeltaRule = R"(
def dplr_delta_rule(r, k, v, w, a, b, decay_scale=1.0):
    """All [B, T, heads, K] but v [B, T, heads, V]; decay_scale * w: logarithms of decays."""
    w = w * decay_scale
    state, outputs = v.new_zeros(*k[:, 0].shape, v.shape[-1]), []
    for t in range(v.shape[1]):
        seen = torch.einsum("bhk,bhkv->bhv", a[:, t], state)
        state = (w[:, t].exp()[..., None] * state + b[:, t, :, :, None] * seen[:, :, None]
                 + k[:, t, :, :, None] * v[:, t, :, None])
        outputs.append(torch.einsum("bhk,bhkv->bhv", r[:, t], state))
    return torch.stack(outputs, 1)
)";

PythonCode call(const PythonCall& c, const char* function, const std::string& options = "") {
  return {.expression = str(function, "(", join(c.args, ", "), options, ")"), .helper = function};
}

PythonCode layer(const char* name, const std::string& arguments) {
  return {.layer = str(name, "(", arguments, ")"), .helper = name};
}

PythonCode emit_attention(const PythonCall& c) {
  const int64_t window = c.op<Attention>().window;
  return call(c, "attention", window > 0 ? str(", window=", window) : "");
}

PythonCode emit_causal_conv(const PythonCall& c) {
  const Shape w = c.weight_shape(Role::weight);
  return layer("CausalConv",
               str(w[0], ", ", w[1], ", bias=", c.has(Role::bias) ? "True" : "False"));
}

PythonCode emit_dplr_delta_rule(const PythonCall& c) {
  return call(c, "dplr_delta_rule",
              str(", decay_scale=", number(c.op<DplrDeltaRule>().decay_scale)));
}

PythonCode emit_dynamic_causal_conv(const PythonCall& c) {
  const Shape w = c.weight_shape(Role::weight);
  const int64_t taps = c.op<DynamicCausalConv>().taps;
  return layer("DynamicCausalConv", str(w[1], ", ", w[0] / taps, ", ", taps));
}

PythonCode emit_embedding(const PythonCall& c) {
  const Shape w = c.weight_shape(Role::weight);
  return {.layer = str("nn.Embedding(", w[0], ", ", w[1], ")")};
}

PythonCode emit_gated_delta_rule(const PythonCall& c) { return call(c, "gated_delta_rule"); }

PythonCode emit_gated_linear_attention(const PythonCall& c) {
  const auto& op = c.op<GatedLinearAttention>();
  return call(c, "gated_linear_attention",
              str(", scale=", number(op.scale), ", decay_scale=", number(op.decay_scale)));
}

PythonCode emit_gated_rms_norm(const PythonCall& c) {
  const auto& op = c.op<GatedRmsNorm>();
  return layer("GatedRMSNorm", str(c.weight_shape(Role::scale)[0], ", eps=", number(op.eps),
                                   ", gate_first=", op.gate_first != 0 ? "True" : "False"));
}

PythonCode emit_head_norm(const PythonCall& c) {
  const Shape w = c.weight_shape(Role::scale);
  return layer("HeadNorm", str(w[0], ", ", w[1], ", eps=", number(c.op<HeadNorm>().eps)));
}

PythonCode emit_l2_norm(const PythonCall& c) {
  const auto& op = c.op<L2Norm>();
  return call(c, "l2_norm", str(", eps=", number(op.eps), ", scale=", number(op.scale)));
}

PythonCode emit_last_token(const PythonCall& c) { return {.expression = c.args[0] + "[:, -1:]"}; }

PythonCode emit_lerp(const PythonCall& c) {
  return layer("Lerp", join(c.weight_shape(Role::scale), ", "));
}

PythonCode emit_log_decay(const PythonCall& c) {
  return layer("LogDecay", str(c.weight_shape(Role::scale)[0]));
}

PythonCode emit_rotary(const PythonCall& c) {
  return call(c, "rotary", str(", theta=", number(c.op<Rotary>().theta)));
}

PythonCode emit_scaled_rotary(const PythonCall& c) {
  const auto& op = c.op<ScaledRotary>();
  const RopeScaling& s = op.scaling;
  return call(c, "scaled_rotary",
              str(", theta=", number(op.theta), ", kind=\"", s.kind, "\", factor=",
                  number(s.factor), ", slow=", number(s.slow), ", fast=", number(s.fast),
                  ", amplitude=", number(s.amplitude), ", context=", s.context));
}

PythonCode emit_scale_heads(const PythonCall& c) {
  return layer("ScaleHeads", join(c.weight_shape(Role::scale), ", "));
}

PythonCode emit_token_shift(const PythonCall& c) { return call(c, "token_shift"); }

PythonCode emit_weighted_dot(const PythonCall& c) {
  return layer("WeightedDot", join(c.weight_shape(Role::scale), ", "));
}

}  // namespace

const std::map<std::string_view, PythonEmit*>& python_sequence_emitters() {
  static const std::map<std::string_view, PythonEmit*> kEmitters = {
      {Attention::kKind, emit_attention},
      {CausalConv::kKind, emit_causal_conv},
      {DplrDeltaRule::kKind, emit_dplr_delta_rule},
      {DynamicCausalConv::kKind, emit_dynamic_causal_conv},
      {Embedding::kKind, emit_embedding},
      {GatedDeltaRule::kKind, emit_gated_delta_rule},
      {GatedLinearAttention::kKind, emit_gated_linear_attention},
      {GatedRmsNorm::kKind, emit_gated_rms_norm},
      {HeadNorm::kKind, emit_head_norm},
      {L2Norm::kKind, emit_l2_norm},
      {LastToken::kKind, emit_last_token},
      {Lerp::kKind, emit_lerp},
      {LogDecay::kKind, emit_log_decay},
      {Rotary::kKind, emit_rotary},
      {ScaleHeads::kKind, emit_scale_heads},
      {ScaledRotary::kKind, emit_scaled_rotary},
      {TokenShift::kKind, emit_token_shift},
      {WeightedDot::kKind, emit_weighted_dot},
  };
  return kEmitters;
}

const char* python_helper(std::string_view name) {
  static const std::map<std::string_view, const char*> kHelpers = {
      {"rotary", kRotary},
      {"scaled_rotary", kScaledRotary},
      {"attention", kAttention},
      {"CausalConv", kCausalConv},
      {"DynamicCausalConv", kDynamicCausalConv},
      {"GatedRMSNorm", kGatedRmsNorm},
      {"LogDecay", kLogDecay},
      {"ScaleHeads", kScaleHeads},
      {"HeadNorm", kHeadNorm},
      {"Lerp", kLerp},
      {"token_shift", kTokenShift},
      {"WeightedDot", kWeightedDot},
      {"l2_norm", kL2Norm},
      {"gated_linear_attention", kGatedLinearAttention},
      {"gated_delta_rule", kGatedDeltaRule},
      {"dplr_delta_rule", kDplrDeltaRule},
  };
  return kHelpers.at(name);
}

}  // namespace tailor
