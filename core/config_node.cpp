// Sections, lists of sections, --set and the closing check for unknown keys.
#include "core/config_node.h"

#include "core/config_tree.h"
#include "core/error.h"
#include "core/file.h"

namespace tailor {

namespace {

/// The entry `piece` of `at` on the way of a --set path; makes map entries that are absent.
Tree& step_into(Tree& at, const std::string& piece, const std::string& done,
                const std::string& whole) {
  const auto fail = [&](const std::string& text) {
    throw ConfigError(str("--set ", whole, ": ", done.empty() ? "the config" : done, " ", text));
  };
  if (at.kind == Tree::Kind::list) {
    int64_t index = -1;
    const int64_t size = static_cast<int64_t>(at.entries.size());
    if (!parse_number(piece, index) || index < 0 || index >= size) {
      fail(
          str("is a list of ", size, "; the next part must be an index from 0, got '", piece, "'"));
    }
    return *at.entries[static_cast<size_t>(index)].value;
  }
  if (at.kind == Tree::Kind::scalar) fail(str("is a single value and has no '", piece, "'"));
  at.kind = Tree::Kind::map;
  Tree::Entry* entry = at.find(piece);
  if (!entry) {
    const Place place{0, 0, whole};
    entry = &at.add(piece, place, std::make_shared<Tree>());
    entry->value->place = place;
  }
  entry->given = true;
  return *entry->value;
}

}  // namespace

ConfigNode::ConfigNode(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

ConfigNode ConfigNode::make_root(std::shared_ptr<Tree> tree, const std::string& name) {
  if (tree->kind == Tree::Kind::null) tree->kind = Tree::Kind::map;
  if (tree->kind != Tree::Kind::map) {
    throw ConfigError(place_text(tree->place, name) +
                      "a config must be lines of 'key: value', got " + found_text(*tree));
  }
  auto document = std::make_shared<ConfigDocument>();
  document->name = name;
  const Place place = tree->place;
  return ConfigNode(std::make_shared<Impl>(Impl{document, std::move(tree), "", place}));
}

ConfigNode ConfigNode::load(const std::string& path) {
  return make_root(load_config_tree(path), path);
}

ConfigNode ConfigNode::parse(const std::string& text, const std::string& name) {
  return make_root(parse_tree(text, name), name);
}

ConfigNode ConfigNode::empty(const std::string& name) { return parse("", name); }

void ConfigNode::set(const std::string& assignment) {
  const size_t equals = assignment.find('=');
  const std::string whole(trim(std::string_view(assignment).substr(0, equals)));
  const std::vector<std::string> pieces = split(whole, '.');
  bool bad = equals == std::string::npos;
  for (const std::string& piece : pieces) bad = bad || piece.empty();
  if (bad) throw ConfigError(str("--set ", assignment, ": must look like section.key=value"));

  const auto value =
      parse_tree(assignment.substr(equals + 1), impl_->document->name, whole, pieces.size());
  value->place = {0, 0, whole};
  Tree* at = impl_->tree.get();
  std::string done;
  for (const std::string& piece : pieces) {
    at = &step_into(*at, piece, done, whole);
    done += (done.empty() ? "" : ".") + piece;
  }
  value->declared = at->declared;
  *at = std::move(*value);  // in place: nodes made from the old value see the new one
}

ConfigNode ConfigNode::child(const std::string& key, const std::string& doc) const {
  impl_->tree->declared.insert(key);
  if (recording() && !doc.empty()) {
    impl_->record({impl_->path_of(key), "section", "{}", "", doc});
  }
  Tree::Entry* entry = impl_->tree->find(key);
  if (!entry) entry = &impl_->tree->add(key, {}, std::make_shared<Tree>(), false);
  Tree& tree = *entry->value;
  if (tree.kind == Tree::Kind::null) tree.kind = Tree::Kind::map;  // a section without a line
  if (tree.kind != Tree::Kind::map) {
    fail(key, "must be a section of 'key: value' lines, got " + found_text(tree));
  }
  return impl_->make_child(entry->value, impl_->path_of(key));
}

std::vector<ConfigNode> ConfigNode::children(const std::string& key, const std::string& doc) const {
  impl_->tree->declared.insert(key);
  const std::string list_path = impl_->path_of(key);
  if (recording()) {
    if (!doc.empty()) impl_->record({list_path, "list of sections", "[]", "", doc});
    auto item = std::make_shared<Tree>();
    item->kind = Tree::Kind::map;
    return {impl_->make_child(item, list_path + "[]")};
  }
  const Tree::Entry* entry = impl_->tree->find(key);
  if (!entry || entry->value->kind == Tree::Kind::null) return {};
  if (entry->value->kind != Tree::Kind::list) {
    fail(key, "must be a list of sections, got " + found_text(*entry->value));
  }
  std::vector<ConfigNode> out;
  for (const Tree::Entry& item : entry->value->entries) {
    const std::string item_path = str(list_path, ".", out.size());
    if (item.value->kind != Tree::Kind::map) {
      impl_->fail(item.value->place, item_path,
                  "must be a section of 'key: value' lines, got " + found_text(*item.value));
    }
    out.push_back(impl_->make_child(item.value, item_path));
  }
  return out;
}

bool ConfigNode::has(const std::string& key) const {
  const Tree::Entry* entry = impl_->tree->find(key);
  return entry && entry->given;
}

std::string ConfigNode::scalar_text(const std::string& key) const {
  const Tree::Entry* entry = impl_->tree->find(key);
  return entry && entry->value->kind == Tree::Kind::scalar ? entry->value->text : "";
}

bool ConfigNode::is_scalar(const std::string& key) const {
  return has(key) && impl_->tree->find(key)->value->kind == Tree::Kind::scalar;
}

bool ConfigNode::holds_list(const std::string& key) const {
  return has(key) && impl_->tree->find(key)->value->kind == Tree::Kind::list;
}

std::vector<std::string> ConfigNode::keys() const {
  std::vector<std::string> out;
  for (const Tree::Entry& entry : impl_->tree->entries) {
    if (entry.given) out.push_back(entry.key);
  }
  return out;
}

bool ConfigNode::recording() const { return impl_->document->recorded != nullptr; }

void ConfigNode::finish() const {
  if (recording()) {
    if (impl_->path.empty()) throw RecordingDone();
    return;
  }
  const Tree& tree = *impl_->tree;
  for (const Tree::Entry& entry : tree.entries) {
    if (tree.declared.contains(entry.key)) continue;
    const std::vector<std::string> known(tree.declared.begin(), tree.declared.end());
    const std::string near = nearest(entry.key, known);
    std::string text = "unknown key";
    if (!near.empty()) text += str("; did you mean '", near, "'?");
    text += near.empty() ? "; known: " : " known: ";
    text += known.empty() ? "none" : join(known, ", ");
    impl_->fail(entry.key_place, impl_->path_of(entry.key), text);
  }
}

std::string ConfigNode::where(const std::string& key) const {
  if (recording()) return "";
  const std::string at_path = key.empty() ? impl_->path : impl_->path_of(key);
  const std::string at = place_text(impl_->place_of(key), impl_->document->name);
  return at_path.empty() ? at : str(at, at_path, ": ");
}

void ConfigNode::fail(const std::string& key, const std::string& text) const {
  throw ConfigError(where(key) + text);
}

std::string ConfigNode::path() const { return impl_->path; }

std::string ConfigNode::text() const { return tree_text(*impl_->tree, false); }

std::string ConfigNode::canonical_text() const { return tree_text(*impl_->tree, true); }

std::string ConfigNode::Impl::path_of(const std::string& key) const {
  return path.empty() ? key : path + "." + key;
}

Place ConfigNode::Impl::place_of(const std::string& key) const {
  const Place& own = tree->place.known() ? tree->place : place;
  const Tree::Entry* entry = key.empty() ? nullptr : tree->find(key);
  if (!entry) return own;
  // yaml-cpp marks an absent value where the next token is; the key is what a person looks for.
  const bool has_value = entry->value->kind != Tree::Kind::null && entry->value->place.known();
  if (has_value) return entry->value->place;
  return entry->key_place.known() ? entry->key_place : own;
}

void ConfigNode::Impl::fail(const Place& at, const std::string& at_path,
                            const std::string& text) const {
  const Place& shown = at.known() ? at : place;
  throw ConfigError(str(place_text(shown, document->name), at_path, ": ", text));
}

ConfigNode ConfigNode::Impl::make_child(std::shared_ptr<Tree> child_tree,
                                        std::string child_path) const {
  const Place at = child_tree->place.known() ? child_tree->place : place_of("");
  return ConfigNode(
      std::make_shared<Impl>(Impl{document, std::move(child_tree), std::move(child_path), at}));
}

}  // namespace tailor
