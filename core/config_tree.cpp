// From YAML events to a tree, refusing whatever could be read in two ways.
#include "core/config_tree.h"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/emitterstyle.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "core/error.h"

namespace tailor {

namespace {

constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxBytes = size_t{16} << 20;
constexpr size_t kMaxKeyBytes = 256;  // YAML's own limit for a plain key is 1024

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& name, const std::string& set_path, size_t depth)
      : name_(name), set_path_(set_path), depth_(depth) {}

  std::shared_ptr<Tree> root;

  Place place(const YAML::Mark& mark) const {
    if (!set_path_.empty()) return {0, 0, set_path_};
    if (mark.is_null()) return {};
    return {mark.line + 1, mark.column + 1};  // yaml-cpp counts from 0
  }

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& text) const {
    throw ConfigError(place_text(place(mark), name_) + text);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root) fail(mark, "a second document; a config is one document, remove the '---'");
  }
  void OnDocumentEnd() override {}

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark, "aliases (*name) are not supported; write the value out");
  }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    fail(mark, "anchors (&name) are not supported; write the value out");
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (expects_key()) fail(mark, "a key is missing before ':'");
    put(make(mark, "?", Tree::Kind::null), mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    if (expects_key()) return take_key(mark, value);
    auto tree = make(mark, tag, Tree::Kind::scalar);
    tree->text = value;
    tree->quoted = tag == "!";
    put(tree, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, Tree::Kind::list);
  }
  void OnSequenceEnd() override { stack_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, Tree::Kind::map);
  }
  void OnMapEnd() override { stack_.pop_back(); }

 private:
  struct Frame {
    std::shared_ptr<Tree> tree;
    bool key_taken = false;
    std::string key = "";
    Place key_place = {};
  };

  bool expects_key() const {
    return !stack_.empty() && stack_.back().tree->kind == Tree::Kind::map &&
           !stack_.back().key_taken;
  }

  std::shared_ptr<Tree> make(const YAML::Mark& mark, const std::string& tag, Tree::Kind kind) {
    // "?" and "!" are what yaml-cpp reports for untagged plain and quoted values.
    if (!tag.empty() && tag != "?" && tag != "!") {
      fail(mark, str("tags (", tag, ") are not supported; remove it"));
    }
    auto tree = std::make_shared<Tree>();
    tree->kind = kind;
    tree->place = place(mark);
    return tree;
  }

  void take_key(const YAML::Mark& mark, const std::string& key) {
    Frame& frame = stack_.back();
    if (key == "<<") fail(mark, "merge keys (<<) are not supported; write the keys out");
    if (key.empty()) fail(mark, "a key must not be empty");
    if (key.size() > kMaxKeyBytes) {
      fail(mark, str("a key must have at most ", kMaxKeyBytes, " bytes, got ", key.size()));
    }
    if (const Tree::Entry* first = frame.tree->find(key)) {
      const std::string text = str("key '", key, "' is given twice");
      fail(mark, set_path_.empty() ? str(text, ", first in line ", first->key_place.line) : text);
    }
    frame.key = key;
    frame.key_place = place(mark);
    frame.key_taken = true;
  }

  void put(std::shared_ptr<Tree> tree, const YAML::Mark& mark) {
    if (stack_.empty()) {
      root = std::move(tree);
      return;
    }
    Frame& frame = stack_.back();
    if (frame.tree->kind == Tree::Kind::list) {
      frame.tree->add("", place(mark), std::move(tree));
      return;
    }
    frame.tree->add(frame.key, frame.key_place, std::move(tree));
    frame.key_taken = false;
  }

  void open(const YAML::Mark& mark, const std::string& tag, Tree::Kind kind) {
    // yaml-cpp also takes an unclosed bracket at the end of the text for a key.
    if (expects_key()) {
      fail(mark, "a key must be a plain text, not a list or a section; is a bracket left open?");
    }
    if (depth_ + stack_.size() >= kMaxDepth) {
      fail(mark, str("nested deeper than ", kMaxDepth, " levels"));
    }
    auto tree = make(mark, tag, kind);
    put(tree, mark);
    stack_.push_back({tree});
  }

  const std::string& name_;
  const std::string& set_path_;
  size_t depth_;
  std::vector<Frame> stack_;
};

}  // namespace

Tree::Entry* Tree::find(const std::string& key) {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &entries[found->second];
}

Tree::Entry& Tree::add(const std::string& key, const Place& key_place, std::shared_ptr<Tree> value,
                       bool given) {
  if (kind == Kind::map) index_.emplace(key, entries.size());
  Entry& entry = entries.emplace_back();
  entry.key = key;
  entry.key_place = key_place;
  entry.value = std::move(value);
  entry.given = given;
  return entry;
}

void Tree::remove(const std::string& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return;
  const size_t at = found->second;
  entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at));
  index_.erase(found);
  for (auto& [name, index] : index_) index -= index > at ? 1 : 0;
}

std::shared_ptr<Tree> parse_tree(const std::string& text, const std::string& name,
                                 const std::string& set_path, size_t depth) {
  if (text.size() > kMaxBytes) {
    throw ConfigError(str(name, ": is larger than ", kMaxBytes >> 20, " MiB; is it a config?"));
  }
  TreeBuilder builder(name, set_path, depth);
  std::istringstream input(text);
  try {
    YAML::Parser parser(input);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    builder.fail(error.mark, "not YAML: " + error.msg);
  }
  return builder.root ? builder.root : std::make_shared<Tree>();
}

}  // namespace tailor
