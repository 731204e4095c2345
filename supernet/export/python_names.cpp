// Choosing module paths and variables.
#include "supernet/export/python_names.h"

#include <algorithm>
#include <cctype>

#include "core/error.h"

namespace tailor {
namespace {

/// Keywords of Python 3.11 and public attributes of torch.nn.Module (2.11).
const std::set<std::string>& reserved_names() {
  static const std::set<std::string> kNames = [] {
    const std::vector<std::string> list = split(
        "False None True and as assert async await break class continue def del elif else except "
        "finally for from global if import in is lambda nonlocal not or pass raise return try "
        "while with yield "
        "T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda "
        "double dump_patches eval extra_repr float forward get_buffer get_extra_state "
        "get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers "
        "named_children named_modules named_parameters parameters register_backward_hook "
        "register_buffer register_forward_hook register_forward_pre_hook "
        "register_full_backward_hook register_full_backward_pre_hook "
        "register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module "
        "register_parameter register_state_dict_post_hook register_state_dict_pre_hook "
        "requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train "
        "training type xpu zero_grad",
        ' ');
    return std::set<std::string>(list.begin(), list.end());
  }();
  return kNames;
}

bool is_attribute_name(const std::string& name) {
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  const auto inner = [&](char c) { return letter(c) || c == '_' || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), inner) &&
         !reserved_names().contains(name);
}

bool is_number(const std::string& part) {
  return !part.empty() && std::all_of(part.begin(), part.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The path under which PyTorch would give all weights of the node their names; "" if none.
std::string natural_path(const Node& node) {
  std::string path;
  for (const WeightRef& ref : node.weights) {
    const std::string ending = "." + torch_name(ref.role);
    if (!ref.name.ends_with(ending)) return "";
    const std::string start = ref.name.substr(0, ref.name.size() - ending.size());
    if (!path.empty() && start != path) return "";
    path = start;
  }
  return path;
}

/// "a.b.c" -> "a", "a.b".
std::vector<std::string> parents(const std::string& path) {
  std::vector<std::string> out;
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
    out.push_back(path.substr(0, dot));
  }
  return out;
}

}  // namespace

std::string torch_name(Role role) {
  switch (role) {
    case Role::weight:
    case Role::scale:
      return "weight";
    case Role::bias:
    case Role::shift:
      return "bias";
    case Role::running_mean:
      return "running_mean";
    case Role::running_var:
      return "running_var";
    case Role::transform:
      break;
  }
  throw Error(str("no PyTorch layer has a weight of role ", role_name(role)));
}

bool LayerNames::usable(const std::string& path, const std::string& code) const {
  if (path.empty() || groups_.contains(path)) return false;
  const std::vector<std::string> parts = split(path, '.');
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool number = numbers_ && i > 0 && is_number(parts[i]);
    if (!number && !is_attribute_name(parts[i])) return false;
  }
  for (const std::string& parent : parents(path)) {
    if (layers_.contains(parent)) return false;
  }
  const auto found = layers_.find(path);
  return found == layers_.end() || found->second == code;
}

void LayerNames::keep(const std::string& path, const std::string& code) {
  layers_[path] = code;
  for (const std::string& parent : parents(path)) groups_.insert(parent);
}

std::string LayerNames::fallback_path() const {
  for (int number = 1;; ++number) {
    std::string path = str("layer", number);
    if (!layers_.contains(path) && !groups_.contains(path)) return path;
  }
}

LayerNames::Place LayerNames::place(const Node& node, const std::string& code) {
  std::string path = natural_path(node);
  if (usable(path, code)) {
    const bool is_new = !layers_.contains(path);
    keep(path, code);
    return {path, is_new};
  }
  path = fallback_path();
  keep(path, "");  // no other node may take it for its own
  for (const WeightRef& ref : node.weights) {
    renamed_[path + "." + torch_name(ref.role)] = ref.name;
  }
  return {path, true};
}

std::string attribute_text(const std::string& path) {
  std::string out = "self";
  for (const std::string& part : split(path, '.')) {
    out += is_number(part) ? str("[", part, "]") : "." + part;
  }
  return out;
}

std::vector<std::string> variable_names(const FlatNetwork& network) {
  const size_t count = network.nodes.size() + 1;
  std::vector<size_t> last_use(count, 0);  // by value: the number of the value read from it last
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    for (size_t input : network.nodes[i].inputs) last_use[input] = i + 1;
  }
  std::vector<size_t> busy_until;  // by variable
  std::vector<std::string> names;
  for (size_t value = 0; value < count; ++value) {
    size_t slot = 0;
    while (slot < busy_until.size() && busy_until[slot] > value) ++slot;
    if (slot == busy_until.size()) busy_until.push_back(0);
    busy_until[slot] = last_use[value];
    names.push_back(slot < 3 ? std::string(1, "xyz"[slot]) : str("v", slot + 1));
  }
  return names;
}

}  // namespace tailor
