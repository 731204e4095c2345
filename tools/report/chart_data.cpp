// The figures that report.js draws.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/str.h"
#include "tools/report/sections.h"

namespace tailor::report {
namespace {

using Json = nlohmann::json;

Json value_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json number_or_null(const std::string& text) {
  double value = 0;
  return parse_number(text, value) ? Json(value) : Json();
}

/// [latency_ms, accuracy], or null when one is unknown.
Json point(const std::optional<double>& x, const std::optional<double>& y) {
  return x && y ? Json::array({*x, *y}) : Json();
}

Json network_json(const Network& network) {
  return {{"arch", network.arch},
          {"note", network.note},
          {"predicted", point(network.predicted_latency_ms, network.predicted_accuracy)},
          {"measured", point(network.latency_ms, network.accuracy)},
          {"latency", point(network.predicted_latency_ms, network.latency_ms)}};
}

Json networks_json(const std::vector<Network>& networks) {
  Json out = Json::array();
  for (const Network& network : networks) out.push_back(network_json(network));
  return out;
}

Json subnets_json(const std::vector<Subnet>& subnets) {
  Json out = Json::array();
  for (const Subnet& subnet : subnets) {
    out.push_back({{"arch", subnet.arch},
                   {"accuracy", subnet.accuracy},
                   {"predicted", value_or_null(subnet.predicted)}});
  }
  return out;
}

Json loop_json(const std::vector<LoopRow>& loop) {
  Json out = Json::array();
  for (const LoopRow& row : loop) {
    out.push_back({{"round", row.round},
                   {"arch", row.arch},
                   {"predicted", row.predicted_ms},
                   {"measured", row.measured_ms},
                   {"spread", row.spread}});
  }
  return out;
}

Json column(const Csv& csv, size_t index) {
  Json out = Json::array();
  for (const auto& row : csv.rows) out.push_back(number_or_null(row[index]));
  return out;
}

Json series(const Csv& history, const std::string& part) {
  Json out = Json::array();
  for (size_t index : history_columns(history, part)) {
    out.push_back({{"name", history.header[index]}, {"y", column(history, index)}});
  }
  return out;
}

/// The epoch column where it always rises, else the number of the row.
Json abscissa(const Csv& history) {
  const auto found = std::find(history.header.begin(), history.header.end(), "epoch");
  Json rows = Json::array();
  for (size_t i = 0; i < history.rows.size(); ++i) rows.push_back(i + 1);
  if (found == history.header.end()) return rows;
  Json epochs = column(history, static_cast<size_t>(found - history.header.begin()));
  for (size_t i = 0; i < epochs.size(); ++i) {
    if (epochs[i].is_null()) return rows;
    if (i > 0 && epochs[i].get<double>() <= epochs[i - 1].get<double>()) return rows;
  }
  return epochs;
}

/// Where each phase begins: [{"row": 0, "name": "largest"}, ...].
Json phases(const Csv& history) {
  Json out = Json::array();
  const auto found = std::find(history.header.begin(), history.header.end(), "phase");
  if (found == history.header.end()) return out;
  const auto index = static_cast<size_t>(found - history.header.begin());
  for (size_t i = 0; i < history.rows.size(); ++i) {
    const std::string& name = history.rows[i][index];
    if (out.empty() || out.back()["name"] != name) out.push_back({{"row", i}, {"name", name}});
  }
  return out;
}

Json history_json(const Csv& history) {
  return {{"x", abscissa(history)},
          {"phases", phases(history)},
          {"loss", series(history, "loss")},
          {"accuracy", series(history, "acc")},
          {"lr", series(history, "lr")}};
}

/// Best and mean accuracy of the search's generations over its evaluations.
Json search_json(const Csv& history) {
  Json out = {{"x", Json::array()}, {"series", Json::array()}};
  for (size_t i = 0; i < history.header.size(); ++i) {
    const std::string& name = history.header[i];
    if (name == "evaluations") out["x"] = column(history, i);
    if (name == "best" || name == "mean")
      out["series"].push_back({{"name", name}, {"y", column(history, i)}});
  }
  return out;
}

}  // namespace

std::string chart_json(const ReportData& data) {
  Json all = {{"front", networks_json(data.front)},
              {"finalists", networks_json(data.finalists)},
              {"largest", data.largest ? network_json(*data.largest) : Json()},
              {"limit_ms", value_or_null(data.limit_ms)},
              {"subnets", subnets_json(data.subnets)},
              {"loop", loop_json(data.loop)},
              {"history", history_json(data.history)},
              {"search", search_json(data.search_history)}};
  // Untrusted texts: bytes that are not UTF-8 are replaced, and no "<" can end the element.
  std::string out;
  for (char c : all.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace tailor::report
