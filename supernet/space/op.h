// The interface of an operation: its attributes, shape rule and cost. Operations live in
// supernet/ops, one small file each; kernels and exporters find theirs by kind().
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "supernet/space/weight_ref.h"

namespace tailor {

/// Receives every attribute of an operation, by name; reads or writes it.
class AttrVisitor {
 public:
  virtual ~AttrVisitor() = default;
  virtual void on(const char* name, int64_t& value) = 0;
  virtual void on(const char* name, double& value) = 0;
  virtual void on(const char* name, std::string& value) = 0;
  virtual void on(const char* name, std::vector<int64_t>& value) = 0;
};

/// What a node's operation works on: shapes of its inputs and its weights.
struct OpInputs {
  std::span<const Shape> inputs;
  std::span<const WeightRef> weights;

  /// The weight with this role, or null.
  const WeightRef* weight(Role role) const;
};

/// What an operation remembers of each sequence when a network runs token by token.
struct StateSlot {
  std::string name;
  Shape shape;         ///< after the call
  bool exact = false;  ///< kept in float32 whatever the workload's precision
};

class Op {
 public:
  virtual ~Op() = default;
  /// "conv2d", "batch_norm", ...: the name in files, keys and tables.
  virtual std::string_view kind() const = 0;
  /// Output shape. Throws ShapeError saying what was expected and got (the builder adds the node).
  virtual Shape shape(const OpInputs& in) const = 0;
  /// Multiply-accumulates of one run; 0 for everything but convolutions and matrix products.
  virtual int64_t macs(const OpInputs& in, const Shape& out) const;
  /// What it remembers between calls; nothing for most.
  virtual std::vector<StateSlot> state(const OpInputs& in) const;
  /// Calls visitor.on for each attribute, in a fixed order.
  virtual void visit(AttrVisitor& visitor) = 0;
  virtual std::unique_ptr<Op> clone() const = 0;

  /// "conv2d(stride=2 padding=1 groups=1)": part of latency keys and messages.
  std::string text() const;
};

/// Gives an operation kind() and clone(); T has `static constexpr const char* kKind`.
template <class T>
class OpBase : public Op {
 public:
  std::string_view kind() const override { return T::kKind; }
  std::unique_ptr<Op> clone() const override {
    return std::make_unique<T>(static_cast<const T&>(*this));
  }
};

using OpPtr = std::shared_ptr<const Op>;

/// Makes an operation with default attributes; the reader of network files then fills them in.
/// supernet/builtin_ops.cpp. Throws UnknownNameError.
std::unique_ptr<Op> make_op(std::string_view kind);
/// Kinds of all operations, sorted.
std::vector<std::string> op_kinds();

}  // namespace tailor
