// `include: FILE` at the top of a config: what the file says stands unless the config says it too.
#include <filesystem>
#include <memory>

#include "core/config_node.h"
#include "core/config_tree.h"
#include "core/error.h"
#include "core/file.h"

namespace tailor {
namespace {

constexpr int64_t kMaxFileBytes = int64_t{16} << 20;
constexpr int kMaxIncludes = 8;  // one in another

void set_file(Tree& tree, const std::string& file) {
  tree.place.file = file;
  for (Tree::Entry& entry : tree.entries) {
    entry.key_place.file = file;
    set_file(*entry.value, file);
  }
}

/// Sections that choose another part ("name", "family") have other fields: nothing to merge.
bool other_part(Tree& own, Tree& base) {
  for (const char* key : {"name", "family"}) {
    const Tree::Entry* a = own.find(key);
    const Tree::Entry* b = base.find(key);
    if (a && b && a->value->text != b->value->text) return true;
  }
  return false;
}

void merge(Tree& own, Tree& base) {
  for (Tree::Entry& entry : base.entries) {
    Tree::Entry* mine = own.find(entry.key);
    if (!mine) {
      own.add(entry.key, entry.key_place, entry.value);
      continue;
    }
    Tree& value = *mine->value;
    const bool sections = value.kind == Tree::Kind::map && entry.value->kind == Tree::Kind::map;
    if (sections && !other_part(value, *entry.value)) merge(value, *entry.value);
  }
}

std::shared_ptr<Tree> load_tree(const std::string& path, int depth);

/// Follows the tree's `include`, which is taken out.
void resolve(Tree& tree, const std::string& path, int depth) {
  const Tree::Entry* include = tree.kind == Tree::Kind::map ? tree.find("include") : nullptr;
  if (!include) return;
  const std::string at = place_text(include->value->place, path);
  if (include->value->kind != Tree::Kind::scalar || include->value->text.empty()) {
    throw ConfigError(str(at, "include: must be a file, got ", found_text(*include->value)));
  }
  if (depth >= kMaxIncludes) {
    throw ConfigError(
        str(at, "include: ", kMaxIncludes, " files include one another; does one include itself?"));
  }
  const auto base_path = std::filesystem::path(path).parent_path() / include->value->text;
  tree.remove("include");
  std::shared_ptr<Tree> base;
  try {
    base = load_tree(base_path.string(), depth + 1);
  } catch (const IoError& error) {
    throw ConfigError(str(at, "include: ", error.what()));
  }
  set_file(*base, base_path.lexically_normal().string());
  merge(tree, *base);
}

std::shared_ptr<Tree> load_tree(const std::string& path, int depth) {
  std::shared_ptr<Tree> tree = parse_tree(read_file(path, kMaxFileBytes), path);
  resolve(*tree, path, depth);
  return tree;
}

}  // namespace

std::shared_ptr<Tree> load_config_tree(const std::string& path) { return load_tree(path, 0); }

}  // namespace tailor
