// The winner drawn as an SVG: one row a block, the box as wide as its channels, a bar for its
// latency.
#include <algorithm>
#include <cmath>

#include "core/str.h"
#include "tools/report/html.h"
#include "tools/report/sections.h"

namespace tailor::report {
namespace {

// All lengths in SVG units (pixels at full width).
constexpr int kWidth = 1000, kRow = 46, kBox = 30, kTop = 26;
constexpr int kBoxCentre = 95, kBoxMost = 180, kBoxLeast = 64;
constexpr int kNameAt = 206, kMacsAt = 640, kParamsAt = 730, kBarAt = 762, kBarMost = 160;
constexpr size_t kSummaryLetters = 62, kNameLetters = 48;

/// The numbers of "[1, 24, 14, 14]".
std::vector<int64_t> numbers_of(const std::string& shape) {
  std::vector<int64_t> out;
  std::string digits;
  for (char c : shape + " ") {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (!digits.empty()) {
      int64_t value = 0;
      if (parse_number(digits, value)) out.push_back(value);
      digits.clear();
    }
  }
  return out;
}

int64_t channels_of(const Block& block) {
  const std::vector<int64_t> shape = numbers_of(block.output_shape);
  return shape.size() < 2 ? 1 : std::max<int64_t>(shape[1], 1);
}

/// "24 × 14×14": channels and what they are spread over; the shape itself when it is another form.
std::string short_shape(const Block& block) {
  const std::vector<int64_t> shape = numbers_of(block.output_shape);
  if (shape.size() == 2) return str(shape[1]);
  if (shape.size() != 4) return block.output_shape;
  return str(shape[1], " × ", shape[2], "×", shape[3]);
}

/// At most `most` letters, cut between UTF-8 characters.
std::string shortened(const std::string& text, size_t most) {
  if (text.size() <= most) return text;
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string label(double x, double y, const std::string& attributes, const std::string& text) {
  return str("<text x=\"", x, "\" y=\"", y, "\" ", attributes, ">", escape(text), "</text>");
}

/// Colour number of a block: one for each first part of the name ("stage2" of "stage2.block1").
int colour_of(const std::string& name, std::vector<std::string>& groups) {
  const std::string group = name.substr(0, name.find('.'));
  const auto found = std::find(groups.begin(), groups.end(), group);
  const auto index = found - groups.begin();
  if (found == groups.end()) groups.push_back(group);
  return static_cast<int>(index % 6);
}

struct Scale {
  int64_t channels = 1;
  double latency_ms = 0, total_ms = 0;
};

Scale scale_of(const std::vector<Block>& blocks) {
  Scale scale;
  for (const Block& block : blocks) {
    scale.channels = std::max(scale.channels, channels_of(block));
    scale.latency_ms = std::max(scale.latency_ms, block.latency_ms.value_or(0));
    scale.total_ms += block.latency_ms.value_or(0);
  }
  return scale;
}

std::string latency_bar(const Block& block, const Scale& scale, int y, int colour) {
  if (!block.latency_ms || scale.latency_ms <= 0) return "";
  const double width = std::max(2.0, kBarMost * *block.latency_ms / scale.latency_ms);
  return str(
      "<rect class=\"c", colour, "\" x=\"", kBarAt, "\" y=\"", y + 8, "\" width=\"",
      fixed(width, 1), "\" height=\"14\" rx=\"2\"/>",
      label(kBarAt + width + 7, y + 19.5, "class=\"small\"", milliseconds(*block.latency_ms)));
}

std::string row(const Block& block, const Scale& scale, int y, int colour) {
  const double share =
      std::sqrt(static_cast<double>(channels_of(block)) / static_cast<double>(scale.channels));
  const double width = std::max<double>(kBoxLeast, kBoxMost * share);
  std::string out = str(
      "<g><title>", escape(str(block.name, "\n", block.summary, "\noutput ", block.output_shape)),
      "</title>");
  out += str("<rect class=\"box c", colour, "\" x=\"", fixed(kBoxCentre - width / 2, 1), "\" y=\"",
             y, "\" width=\"", fixed(width, 1), "\" height=\"", kBox, "\" rx=\"5\"/>");
  out += label(kBoxCentre, y + 19.5, "class=\"shape\"", short_shape(block));
  out += label(kNameAt, y + 12.5, "class=\"name\"", shortened(block.name, kNameLetters));
  out += label(kNameAt, y + 27.5, "class=\"small\"", shortened(block.summary, kSummaryLetters));
  out += label(kMacsAt, y + 19.5, "class=\"number\"", count(static_cast<double>(block.macs)));
  out += label(kParamsAt, y + 19.5, "class=\"number\"", count(static_cast<double>(block.params)));
  return out + latency_bar(block, scale, y, colour) + "</g>";
}

std::string drawing(const std::vector<Block>& blocks) {
  const Scale scale = scale_of(blocks);
  const int height = kTop + kRow * static_cast<int>(blocks.size());
  std::string out = str("<div class=\"scroll\"><svg class=\"net\" viewBox=\"0 0 ", kWidth, " ",
                        height, "\" role=\"img\" aria-label=\"The winner's blocks\">");
  out += label(kBoxCentre, 12, "class=\"head mid\"", "output");
  out += label(kNameAt, 12, "class=\"head\"", "block");
  out += label(kMacsAt, 12, "class=\"head end\"", "MACs");
  out += label(kParamsAt, 12, "class=\"head end\"", "params");
  out += label(kBarAt, 12, "class=\"head\"",
               scale.total_ms > 0 ? "latency, sum " + milliseconds(scale.total_ms) : "");
  std::vector<std::string> groups;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const int y = kTop + kRow * static_cast<int>(i);
    out += row(blocks[i], scale, y, colour_of(blocks[i].name, groups));
    if (i + 1 == blocks.size()) break;
    out += str("<path class=\"arrow\" d=\"M", kBoxCentre, " ", y + kBox + 1, "v", kRow - kBox - 4,
               "m-4 -4l4 4l4 -4\"/>");
  }
  return out + "</svg></div>";
}

}  // namespace

std::string structure_section(const ReportData& data) {
  return section("structure", "The winner's structure",
                 "Boxes grow with the square root of their channels; a colour is a stage. The "
                 "latencies are the table's, block by block.",
                 data.blocks.empty() ? absent("No winner to draw yet.") : drawing(data.blocks));
}

}  // namespace tailor::report
