// Recording runs: the fields that code declares while reading, for help texts and docs tables.
#include "core/config_tree.h"
#include "core/error.h"

namespace tailor {

namespace {

/// A Markdown cell: no bars, no line ends.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(const std::string& text) { return text.empty() ? "" : str("`", cell(text), "`"); }

}  // namespace

void ConfigNode::Impl::record(const FieldDoc& field) const {
  for (const FieldDoc& known : *document->recorded) {
    if (known.path == field.path) return;  // read by the caller and again by the part
  }
  document->recorded->push_back(field);
}

std::vector<FieldDoc> record_fields(const std::function<void(const ConfigNode&)>& run) {
  const ConfigNode root = ConfigNode::empty("");
  root.impl_->document->recorded = std::make_unique<std::vector<FieldDoc>>();
  try {
    run(root);
  } catch (const RecordingDone&) {
  }
  return std::move(*root.impl_->document->recorded);
}

std::string markdown_table(const std::vector<FieldDoc>& fields) {
  std::string out =
      "| field | type | default | range | meaning |\n| --- | --- | --- | --- | --- |\n";
  for (const FieldDoc& field : fields) {
    const std::string value = field.default_value.empty() ? "required" : code(field.default_value);
    out += str("| ", code(field.path), " | ", cell(field.type), " | ", value, " | ",
               cell(field.range), " | ", cell(field.doc), " |\n");
  }
  return out;
}

}  // namespace tailor
