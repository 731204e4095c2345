// Reading and writing the parts of net.config.
#include "supernet/families/published_json.h"

#include <cmath>

namespace tailor {
namespace {

constexpr int64_t kMaxValue = 1 << 20;
constexpr size_t kMaxList = 1024;
constexpr double kMaxRatio = 1024;

}  // namespace

const PublishedJson* JsonField::find(const char* key) const {
  if (!json.is_object()) fail("is not an object");
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

JsonField JsonField::child(const char* key) const {
  const PublishedJson* found = find(key);
  if (!found) fail("has no '", key, "'");
  return {*found, where + "." + key};
}

std::vector<JsonField> JsonField::list(const char* key) const {
  const JsonField all = child(key);
  if (!all.json.is_array() || all.json.size() > kMaxList) {
    all.fail("is not a list of at most ", kMaxList);
  }
  std::vector<JsonField> out;
  for (const PublishedJson& each : all.json) {
    out.push_back({each, str(all.where, "[", out.size(), "]")});
  }
  return out;
}

double JsonField::number(const char* key) const {
  const PublishedJson* found = &child(key).json;
  if (found->is_array() && found->size() == 1) found = &(*found)[0];
  if (!found->is_number()) fail(key, " is not a number");
  return found->get<double>();
}

int64_t JsonField::integer(const char* key) const {
  const double value = number(key);
  if (!(value >= 0 && value <= kMaxValue) || value != std::floor(value)) {
    fail(key, " must be an integer in [0, ", kMaxValue, "], got ", tailor::number(value));
  }
  return static_cast<int64_t>(value);
}

double JsonField::ratio(const char* key) const {
  const double value = number(key);
  if (!(value > 0 && value <= kMaxRatio)) {
    fail(key, " must be in (0, ", kMaxRatio, "], got ", tailor::number(value));
  }
  return value;
}

std::string JsonField::text(const char* key, const std::string& otherwise) const {
  const PublishedJson* found = find(key);
  if (!found) return otherwise;
  if (!found->is_string()) fail(key, " is not a string");
  return found->get<std::string>();
}

bool JsonField::boolean(const char* key, bool otherwise) const {
  const PublishedJson* found = find(key);
  if (!found) return otherwise;
  if (!found->is_boolean()) fail(key, " is not true or false");
  return found->get<bool>();
}

PublishedJson parse_published(const std::string& text, const std::string& name) {
  try {
    return PublishedJson::parse(text);
  } catch (const PublishedJson::exception& error) {
    throw ConfigError(str(name, ": is not JSON: ", error.what()));
  }
}

PublishedConv read_conv(const JsonField& f) {
  return {.in = f.integer("in_channels"),
          .out = f.integer("out_channels"),
          .kernel = f.integer("kernel_size"),
          .stride = f.integer("stride"),
          .activation = f.text("act_func", "identity"),
          .norm = f.boolean("use_bn", true)};
}

PublishedJson conv_json(const PublishedConv& conv) {
  return {{"name", "ConvLayer"},
          {"kernel_size", conv.kernel},
          {"stride", conv.stride},
          {"dilation", 1},
          {"groups", 1},
          {"bias", false},
          {"has_shuffle", false},
          {"use_se", false},
          {"in_channels", conv.in},
          {"out_channels", conv.out},
          {"use_bn", conv.norm},
          {"act_func", conv.activation},
          {"dropout_rate", 0},
          {"ops_order", "weight_bn_act"}};
}

PublishedJson identity_json(int64_t channels) {
  return {{"name", "IdentityLayer"},     {"in_channels", channels},
          {"out_channels", channels},    {"use_bn", false},
          {"act_func", PublishedJson()}, {"dropout_rate", 0},
          {"ops_order", "weight_bn_act"}};
}

PublishedJson classifier_json(int64_t features, int64_t classes) {
  return {{"name", "LinearLayer"},   {"in_features", features},
          {"out_features", classes}, {"bias", true},
          {"use_bn", false},         {"act_func", PublishedJson()},
          {"dropout_rate", 0},       {"ops_order", "weight_bn_act"}};
}

PublishedJson number_json(double value) {
  if (value == std::floor(value)) return static_cast<int64_t>(value);
  return value;
}

std::string difference(const PublishedConv& a, const PublishedConv& b) {
  if (a.in == b.in && a.out == b.out && a.kernel == b.kernel && a.stride == b.stride &&
      a.activation == b.activation && a.norm == b.norm) {
    return "";
  }
  auto text = [](const PublishedConv& c) {
    return str(c.kernel, "x", c.kernel, " from ", c.in, " to ", c.out, ", stride ", c.stride, ", ",
               c.norm ? "with" : "without", " norm, ", c.activation);
  };
  return str("is ", text(a), "; this space has ", text(b));
}

}  // namespace tailor
