// The instructions, one function for each group of them.
#include "supernet/formats/pickle.h"

#include <bit>
#include <cstring>
#include <map>
#include <unordered_map>

#include "core/error.h"
#include "supernet/formats/little_endian.h"

namespace tailor {
namespace {

using Kind = PickleValue::Kind;

constexpr int kMaxDepth = 100;
constexpr size_t kMaxValues = size_t{1} << 22;

const std::map<std::string, DType>& storage_types() {
  static const std::map<std::string, DType> kTypes = {
      {"torch FloatStorage", DType::f32},        {"torch DoubleStorage", DType::f64},
      {"torch HalfStorage", DType::f16},         {"torch BFloat16Storage", DType::bf16},
      {"torch LongStorage", DType::i64},         {"torch IntStorage", DType::i32},
      {"torch ByteStorage", DType::u8},          {"torch BoolStorage", DType::boolean},
      {"torch.storage TypedStorage", DType::f32}};
  return kTypes;
}

bool is_allowed(const std::string& name) {
  return storage_types().contains(name) || name == "collections OrderedDict" ||
         name == "torch._utils _rebuild_tensor_v2" || name == "torch._utils _rebuild_parameter" ||
         name == "torch Size";
}

class Machine {
 public:
  Machine(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  PicklePtr run(size_t& used) {
    for (;;) {
      const auto code = static_cast<unsigned char>(take(1)[0]);
      if (code == '.') break;
      if (!constant(code) && !container(code) && !memory(code) && !object(code)) {
        fail(str("instruction 0x", hex(code), " is none of a weights file's"));
      }
    }
    PicklePtr out = pop();
    if (!stack_.empty()) fail("values are left over at its end");
    used = at_;
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw IoError(str(file_, ": pickle at byte ", at_, ": ", what));
  }
  static std::string hex(unsigned code) {
    const char* digits = "0123456789abcdef";
    return {digits[code / 16 % 16], digits[code % 16]};
  }

  std::string_view take(size_t count) {
    if (count > bytes_.size() - at_) fail("the file ends inside it");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  /// Little-endian, unsigned.
  uint64_t number(size_t bytes) { return read_little_endian(take(bytes)); }
  std::string line() {
    const size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos || end - at_ > 200) fail("a name has no end");
    const std::string_view text = take(end - at_);
    take(1);
    return std::string(text);
  }

  PicklePtr make(Kind kind) {
    if (++values_ > kMaxValues) fail("it holds too many values");
    auto value = std::make_shared<PickleValue>();
    value->kind = kind;
    return value;
  }
  void push(PicklePtr value) { stack_.push_back(std::move(value)); }
  void push_integer(int64_t value, Kind kind = Kind::integer) {
    push(make(kind));
    stack_.back()->integer = value;
  }
  void push_text(std::string_view value, Kind kind = Kind::text) {
    push(make(kind));
    stack_.back()->text = value;
  }
  PicklePtr pop() {
    if (stack_.empty() || (!marks_.empty() && stack_.size() <= marks_.back())) {
      fail("a value is missing");
    }
    PicklePtr out = std::move(stack_.back());
    stack_.pop_back();
    return out;
  }
  std::vector<PicklePtr> pop_to_mark() {
    if (marks_.empty()) fail("a mark is missing");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    marks_.pop_back();
    std::vector<PicklePtr> out(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    return out;
  }
  std::vector<PicklePtr> pop_some(size_t count) {
    std::vector<PicklePtr> out(count);
    for (size_t i = count; i-- > 0;) out[i] = pop();
    return out;
  }

  /// Puts values into a container. Only one that is part of nothing yet may grow: so no cycles, and
  /// `depth` is always right.
  void fill(const PicklePtr& container, const std::vector<PicklePtr>& items) {
    if (container->sealed) fail("a value changes after it was used");
    for (const PicklePtr& item : items) {
      if (item == container) fail("a value holds itself");
      item->sealed = true;
      container->depth = std::max(container->depth, item->depth + 1);
      container->items.push_back(item);
    }
    if (container->depth > kMaxDepth) fail("values are nested too deep");
  }
  void push_filled(Kind kind, const std::vector<PicklePtr>& items) {
    push(make(kind));
    fill(stack_.back(), items);
  }
  const PicklePtr& top(Kind kind) {
    if (stack_.empty() || (!marks_.empty() && stack_.size() <= marks_.back()) ||
        stack_.back()->kind != kind) {
      fail("a container is missing");
    }
    return stack_.back();
  }
  void add_pairs(const std::vector<PicklePtr>& items) {
    if (items.size() % 2 != 0) fail("a key has no value");
    fill(top(Kind::dict), items);
  }

  bool constant(unsigned char code) {
    switch (code) {
      case 'N':
        push(make(Kind::none));
        return true;
      case 0x88:
        push_integer(1, Kind::boolean);
        return true;
      case 0x89:
        push_integer(0, Kind::boolean);
        return true;
      case 'J':
        push_integer(static_cast<int32_t>(number(4)));
        return true;
      case 'K':
        push_integer(static_cast<int64_t>(number(1)));
        return true;
      case 'M':
        push_integer(static_cast<int64_t>(number(2)));
        return true;
      case 0x8a:
        push_long(static_cast<size_t>(number(1)));
        return true;
      case 'G':
        push_real();
        return true;
      case 'X':
        push_text(take(static_cast<size_t>(number(4))));
        return true;
      case 0x8c:
        push_text(take(static_cast<size_t>(number(1))));
        return true;
      case 'U':
        push_text(take(static_cast<size_t>(number(1))));
        return true;
      case 'T':
        push_text(take(static_cast<size_t>(number(4))));
        return true;
      case 'B':
        push_text(take(static_cast<size_t>(number(4))), Kind::bytes);
        return true;
      case 'C':
        push_text(take(static_cast<size_t>(number(1))), Kind::bytes);
        return true;
      default:
        return false;
    }
  }
  /// Two's complement, little-endian. More than 8 bytes: only the magic number of old files.
  void push_long(size_t bytes) {
    if (bytes > 16) fail("a number is too large");
    const std::string_view text = take(bytes);
    uint64_t value = read_little_endian(text.substr(0, 8));
    if (bytes > 0 && bytes < 8 && (text[bytes - 1] & 0x80)) value |= ~uint64_t{0} << 8 * bytes;
    push_integer(static_cast<int64_t>(value));
    if (bytes > 8) stack_.back()->text = text;
  }
  void push_real() {
    uint64_t bits = 0;
    for (char byte : take(8)) bits = bits << 8 | static_cast<unsigned char>(byte);
    push(make(Kind::real));
    stack_.back()->real = std::bit_cast<double>(bits);
  }

  bool container(unsigned char code) {
    switch (code) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case ']':
        push(make(Kind::list));
        return true;
      case '}':
        push(make(Kind::dict));
        return true;
      case ')':
        push(make(Kind::tuple));
        return true;
      case 't':
        push_filled(Kind::tuple, pop_to_mark());
        return true;
      case 'l':
        push_filled(Kind::list, pop_to_mark());
        return true;
      case 0x85:
      case 0x86:
      case 0x87:
        push_filled(Kind::tuple, pop_some(code - 0x84u));
        return true;
      case 'a': {
        const PicklePtr item = pop();
        fill(top(Kind::list), {item});
        return true;
      }
      case 'e': {
        const std::vector<PicklePtr> items = pop_to_mark();
        fill(top(Kind::list), items);
        return true;
      }
      case 's':
        add_pairs(pop_some(2));
        return true;
      case 'u':
        add_pairs(pop_to_mark());
        return true;
      case '0':
        pop();
        return true;
      case '1':
        pop_to_mark();
        return true;
      default:
        return false;
    }
  }

  bool memory(unsigned char code) {
    switch (code) {
      case 0x80:
        if (const uint64_t protocol = number(1); protocol < 2 || protocol > 4) {
          fail(str("protocol ", protocol, " is not read"));
        }
        return true;
      case 0x95:
        take(8);
        return true;  // a frame's length
      case 'q':
        remember(number(1));
        return true;
      case 'r':
        remember(number(4));
        return true;
      case 0x94:
        remember(memo_.size());
        return true;
      case 'h':
        recall(number(1));
        return true;
      case 'j':
        recall(number(4));
        return true;
      default:
        return false;
    }
  }
  void remember(uint64_t slot) {
    if (stack_.empty()) fail("a value is missing");
    memo_[slot] = stack_.back();
  }
  void recall(uint64_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end()) fail("it refers to a value that is not there");
    if (++values_ > kMaxValues) fail("it holds too many values");
    push(found->second);
  }

  bool object(unsigned char code) {
    switch (code) {
      case 'c': {
        const std::string module = line();
        push_global(module + " " + line());
        return true;
      }
      case 0x93: {
        const std::vector<PicklePtr> names = pop_some(2);
        push_global(names[0]->text + " " + names[1]->text);
        return true;
      }
      case 'Q':
        push_storage(pop());
        return true;
      case 'R': {
        const std::vector<PicklePtr> call = pop_some(2);
        reduce(*call[0], *call[1]);
        return true;
      }
      case 'b':  // attributes, such as a state_dict's versions
        pop();
        top(Kind::dict);
        return true;
      default:
        return false;
    }
  }
  void push_global(const std::string& name) {
    if (!is_allowed(name)) {
      std::string shown = name;
      shown[std::min(name.find(' '), name.size() - 1)] = '.';
      fail(str("it asks for '", shown,
               "', which is no part of a weights file; refused, nothing was run"));
    }
    push_text(name, Kind::global);
  }

  int64_t integer_of(const PickleValue& value) const {
    if (value.kind != Kind::integer || value.integer < 0) fail("a size is no whole number");
    return value.integer;
  }
  std::vector<int64_t> integers_of(const PickleValue& value) const {
    if (value.kind != Kind::tuple) fail("a shape is no tuple");
    std::vector<int64_t> out;
    for (const PicklePtr& item : value.items) out.push_back(integer_of(*item));
    return out;
  }

  /// ('storage', type, key, location, elements[, None])
  void push_storage(const PicklePtr& id) {
    const auto& items = id->items;
    const bool known = id->kind == Kind::tuple && items.size() >= 5 &&
                       items[0]->text == "storage" && items[1]->kind == Kind::global &&
                       storage_types().contains(items[1]->text) &&
                       (items.size() == 5 || items[5]->kind == Kind::none);
    if (!known) fail("a persistent id is no storage");
    push(make(Kind::tensor));
    PickleValue& value = *stack_.back();
    value.is_storage = true;
    value.tensor.dtype = storage_types().at(items[1]->text);
    value.tensor.storage = items[2]->text;
    value.tensor.storage_numel = integer_of(*items[4]);
  }

  void reduce(const PickleValue& function, const PickleValue& arguments) {
    const auto& items = arguments.items;
    if (function.kind != Kind::global || arguments.kind != Kind::tuple) fail("a call is malformed");
    if (function.text == "collections OrderedDict") return push_dict(items);
    if (function.text == "torch._utils _rebuild_tensor_v2") return push_tensor(items);
    if (items.empty()) fail("a call has no arguments");
    if (function.text == "torch Size" && items[0]->kind == Kind::tuple) return push(items[0]);
    if (function.text == "torch._utils _rebuild_parameter" && items[0]->kind == Kind::tensor) {
      return push(items[0]);
    }
    fail(str("'", function.text, "' is called with what it does not take"));
  }
  /// OrderedDict() or OrderedDict([(key, value), ...]).
  void push_dict(const std::vector<PicklePtr>& arguments) {
    std::vector<PicklePtr> pairs;
    if (!arguments.empty()) {
      for (const PicklePtr& pair : arguments[0]->items) {
        if (pair->items.size() != 2) fail("a dict's item is no pair");
        pairs.insert(pairs.end(), pair->items.begin(), pair->items.end());
      }
    }
    push_filled(Kind::dict, pairs);
  }
  /// (storage, offset, shape, strides, ...)
  void push_tensor(const std::vector<PicklePtr>& items) {
    if (items.size() < 4 || items[0]->kind != Kind::tensor || !items[0]->is_storage) {
      fail("a tensor has no storage");
    }
    push(make(Kind::tensor));
    PickledTensor& out = stack_.back()->tensor;
    out = items[0]->tensor;
    out.offset = integer_of(*items[1]);
    out.shape = integers_of(*items[2]);
    out.strides = integers_of(*items[3]);
    if (out.shape.size() != out.strides.size()) fail("a tensor's strides do not fit its shape");
  }

  const std::string_view bytes_;
  const std::string& file_;
  size_t at_ = 0, values_ = 0;
  std::vector<PicklePtr> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, PicklePtr> memo_;
};

}  // namespace

const PickleValue* PickleValue::find(std::string_view key) const {
  if (kind != Kind::dict) return nullptr;
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i]->kind == Kind::text && items[i]->text == key) return items[i + 1].get();
  }
  return nullptr;
}

PicklePtr read_pickle(std::string_view bytes, const std::string& file, size_t& used) {
  return Machine(bytes, file).run(used);
}

}  // namespace tailor
