// Shape rules, costs and states of the recurrences.
#include "supernet/ops/recurrence.h"

#include <algorithm>

#include "supernet/ops/rules.h"

namespace tailor {
namespace {

struct Sizes {
  int64_t batch, tokens, heads, keys, values;
};

/// q and k of one shape, and v of the same tokens and heads, or with `grouped` of a multiple of the
/// heads. Throws ShapeError.
Sizes check_qkv(const Shape& q, const Shape& k, const Shape& v, bool grouped = false) {
  const bool ranks = q.size() == 4 && k == q && v.size() == 4;
  if (!ranks || v[0] != q[0] || v[1] != q[1] || (grouped ? v[2] % q[2] != 0 : v[2] != q[2])) {
    throw ShapeError(str("takes q, k [B, T, h, K] and v [B, T, h, V], got ", shape_text(q), ", ",
                         shape_text(k), ", ", shape_text(v)));
  }
  return {q[0], q[1], v[2], q[3], v[3]};
}

/// A number a token and head: [B, T, h], or one a key channel: [B, T, h, K] where allowed.
void check_gate(const Shape& gate, const Sizes& s, bool by_channel) {
  const Shape a_head = {s.batch, s.tokens, s.heads};
  const Shape a_channel = {s.batch, s.tokens, s.heads, s.keys};
  if (gate != a_head && !(by_channel && gate == a_channel)) {
    throw ShapeError(str("gate must be ", shape_text(a_head),
                         by_channel ? " or " + shape_text(a_channel) : "", ", got ",
                         shape_text(gate)));
  }
}

void check_chunk(int64_t chunk) {
  if (chunk < 1) throw ShapeError(str("chunk must be at least 1, got ", chunk));
}

std::vector<StateSlot> matrix_state(const Shape& q, const Shape& v) {
  return {{"state", {q[0], v[2], q[3], v[3]}, true}};
}

/// Multiply-accumulates: `by_state` products of the state a token, and for several tokens products
/// inside a chunk, `with_keys` and `with_values` of them, each over chunk tokens.
int64_t recurrence_macs(const Sizes& s, int64_t chunk, int64_t by_state, int64_t with_keys,
                        int64_t with_values) {
  int64_t token = by_state * s.keys * s.values;
  if (s.tokens > 1) {
    token += std::min(chunk, s.tokens) * (with_keys * s.keys + with_values * s.values);
  }
  return numel({s.batch, s.tokens, s.heads, token});
}

Sizes sizes_of(const OpInputs& in) {
  const Shape &q = in.inputs[0], &v = in.inputs[2];
  return {q[0], q[1], v[2], q[3], v[3]};
}

void check_count(const OpInputs& in, size_t least, size_t most) {
  const size_t got = in.inputs.size();
  if (got < least || got > most) {
    throw ShapeError(str("takes ", least, " to ", most, " inputs, got ", got));
  }
}

}  // namespace

Shape LogDecay::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 0);
  if (x.empty()) throw ShapeError("input has no dimension");
  check_vector(in, Role::scale, x.back(), true);
  return x;
}

Shape GatedLinearAttention::shape(const OpInputs& in) const {
  check_count(in, 3, 4);
  check_chunk(chunk);
  const Sizes s = check_qkv(in.inputs[0], in.inputs[1], in.inputs[2], true);
  if (in.inputs.size() == 4) check_gate(in.inputs[3], s, s.heads == in.inputs[0][2]);
  return in.inputs[2];
}

int64_t GatedLinearAttention::macs(const OpInputs& in, const Shape&) const {
  return recurrence_macs(sizes_of(in), chunk, 2, 1, 1);
}

std::vector<StateSlot> GatedLinearAttention::state(const OpInputs& in) const {
  return matrix_state(in.inputs[0], in.inputs[2]);
}

void GatedLinearAttention::visit(AttrVisitor& visitor) {
  visitor.on("scale", scale);
  visitor.on("decay_scale", decay_scale);
  visitor.on("chunk", chunk);
}

Shape GatedDeltaRule::shape(const OpInputs& in) const {
  check_count(in, 4, 5);
  check_chunk(chunk);
  const Sizes s = check_qkv(in.inputs[0], in.inputs[1], in.inputs[2]);
  for (size_t i = 3; i < in.inputs.size(); ++i) check_gate(in.inputs[i], s, false);
  return in.inputs[2];
}

int64_t GatedDeltaRule::macs(const OpInputs& in, const Shape&) const {
  return recurrence_macs(sizes_of(in), chunk, 3, 3, 2);
}

std::vector<StateSlot> GatedDeltaRule::state(const OpInputs& in) const {
  return matrix_state(in.inputs[0], in.inputs[2]);
}

void GatedDeltaRule::visit(AttrVisitor& visitor) { visitor.on("chunk", chunk); }

Shape DplrDeltaRule::shape(const OpInputs& in) const {
  check_count(in, 6, 6);
  check_chunk(chunk);
  for (size_t i : {1u, 3u, 4u, 5u}) check_qkv(in.inputs[0], in.inputs[i], in.inputs[2]);
  return in.inputs[2];
}

int64_t DplrDeltaRule::macs(const OpInputs& in, const Shape&) const {
  return recurrence_macs(sizes_of(in), chunk, 4, 5, 4);
}

std::vector<StateSlot> DplrDeltaRule::state(const OpInputs& in) const {
  return matrix_state(in.inputs[0], in.inputs[2]);
}

void DplrDeltaRule::visit(AttrVisitor& visitor) {
  visitor.on("decay_scale", decay_scale);
  visitor.on("chunk", chunk);
}

}  // namespace tailor
