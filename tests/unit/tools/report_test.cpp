// The report page: escaping, numbers, absent parts, run-folder files.
#include "tools/report/report.h"

#include <cmath>

#include "core/error.h"
#include "core/str.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/tools/report_sample.h"
#include "tools/report/html.h"
#include "tools/report/report_data.h"
#include "tools/report/sections.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::report;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

size_t times(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

}  // namespace

TEST_CASE("report: numbers read well") {
  CHECK(percent(0.9128) == "91.3 %");
  CHECK(milliseconds(142.4) == "142 ms");
  CHECK(milliseconds(14.24) == "14.2 ms");
  CHECK(milliseconds(1.424) == "1.42 ms");
  CHECK(milliseconds(0.1424) == "0.142 ms");
  CHECK(milliseconds(0.01424) == "0.0142 ms");
  CHECK(count(950) == "950");
  CHECK(count(142310) == "142 k");
  CHECK(count(12.3e6) == "12.3 M");
  CHECK(count(3.1e9) == "3.10 G");
  CHECK(duration(4.21) == "4.2 s");
  CHECK(duration(185) == "3 min 05 s");
  CHECK(duration(7800) == "2 h 10 min");
  CHECK(maybe(std::nullopt, milliseconds) == "–");
}

TEST_CASE("report: how the search went, and what its front covers") {
  ReportData data;
  CHECK(search_section(data).empty());
  data.search_history = {
      {"generation", "evaluations", "best", "mean"},
      {{"0", "1", "0.5", "0.5"}, {"1", "11", "0.8", "0.6"}, {"2", "21", "0.8", "0.7"}}};
  CHECK(holds(search_section(data), "21 evaluations; the best was found after 11 of them."));
  CHECK_FALSE(holds(search_section(data), "hypervolume"));
  data.limit_ms = 2;
  for (const auto& [accuracy, ms] : {std::pair(0.5, 0.5), std::pair(0.8, 1.0)}) {
    Network network;
    network.predicted_accuracy = accuracy;
    network.predicted_latency_ms = ms;
    data.front.push_back(network);
  }
  // 0.5 of accuracy over 1.5 of 2 ms, and 0.3 more over 1 of 2 ms.
  CHECK(holds(search_section(data), "no latency to the limit: 52.5 %."));
}

TEST_CASE("report: texts are escaped in HTML") {
  CHECK(escape("<b a=\"1\" c='2'>&</b>") ==
        "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;&lt;/b&gt;");
  ReportData data = sample_report();
  const std::string bad = "<script>alert(1)</script>";
  data.title = data.config_text = data.winner->arch = data.finalists[0].note = bad;
  data.blocks[0].name = data.latency[0].block = data.latency[0].options = data.notes[0] = bad;
  data.versions = {{bad, bad}};
  data.history.header[3] += bad;
  const std::string page = report_html(data);
  CHECK(!holds(page, bad));
  CHECK(holds(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST_CASE("report: texts cannot end the JSON element, and need not be UTF-8") {
  ReportData data;
  data.subnets = {{"</script>\xff", 0.5, 0.5}};
  const std::string json = chart_json(data);
  CHECK(!holds(json, "<"));
  CHECK(holds(json, "\\u003c/script>"));
}

TEST_CASE("report: a full run has every part") {
  const std::string page = report_html(sample_report());
  CHECK(times(page, "<section ") == 8);
  CHECK(times(page, "class=\"absent\"") == 0);
  CHECK(times(page, "<canvas ") == 9);
  CHECK(holds(page, "the limit of 1.80 ms"));
  CHECK(holds(page, "× <small>faster</small>"));
  CHECK(holds(page, "badge bad\">over the limit, skipped"));
  CHECK(!holds(page, "src=\"http"));
}

TEST_CASE("report: what has not run is named, not invented") {
  ReportData data;
  data.title = "empty";
  const std::string page = report_html(data);
  for (const char* stage : {"train", "evaluate", "profile", "search", "finalists"}) {
    CHECK(holds(page, std::string("stage ") + stage + " has not run"));
  }
  CHECK(!holds(page, "<canvas "));
  CHECK(!holds(page, "nan"));
}

TEST_CASE("report: a winner that was only predicted says so") {
  ReportData data;
  data.winner = Network{"ks=3", 0.9, {}, 1.5, {}, 1e6, 1e5, ""};
  data.limit_ms = 1.0;
  const std::string page = report_html(data);
  CHECK(holds(page, "Accuracy, predicted"));
  CHECK(holds(page, "Latency, predicted"));
  CHECK(holds(page, "50 % over the limit of 1.00 ms"));
  CHECK(holds(page, "the largest was not measured"));
}

TEST_CASE("report: the device loop has a row for each search") {
  ReportData data;
  data.limit_ms = 4;
  data.axis_shares = {{"r", 0.75}, {"ks", 0.0612}};
  data.loop = {{0, "a", 2, 2, 0.01},
               {1, "b", 3.8, 4.18, 0.02},
               {1, "c", 3.6, 3.78, 0.02},
               {1, "c", 3.6, 3.78, 0.04, "winner"}};
  const std::string page = device_section(data);
  CHECK(times(page, "class=\"absent\"") == 0);
  CHECK(holds(page, "<span>r</span><div><i style=\"width:75.0%\">"));
  CHECK(holds(page, ">6.1 %</span>"));
  CHECK(holds(page, "<td>with the profile</td><td class=\"n\">1</td><td class=\"n\">0.0 %</td>"));
  CHECK(holds(page,
              "<td>after search 1</td><td class=\"n\">3</td><td class=\"n\">6.7 %</td>"
              "<td class=\"n\">+5.0 %</td><td class=\"n\">+5.0 % to +10.0 %</td>"
              "<td class=\"n\">±2.7 %</td><td class=\"n\">94.5 %</td>"));
  CHECK(times(page, "<tr class=\"winner\">") == 1);
  CHECK(holds(device_section({}), "stage fit has not run"));
}

TEST_CASE("report: without Chart.js the page says where it was looked for") {
  ReportData data = sample_report();
  data.chart_js = "/nowhere/chart.js";
  const std::string page = report_html(data);
  CHECK(holds(page, "Chart.js could not be read from &#39;/nowhere/chart.js&#39;"));
  CHECK(holds(page, "libjs-chart.js"));
}

TEST_CASE("report: many different choices are listed by block") {
  ReportData data;
  for (int i = 0; i < 60; ++i) data.latency.push_back({str("b", i % 5), str("o", i), 1.0 + i, 0});
  CHECK(holds(latency_section(data), "class=\"chips\""));
  CHECK(holds(latency_section(sample_report()), "class=\"map\""));
}

TEST_CASE("report: a latency key in short") {
  CHECK(key_summary("f32 infer in[1, 16, 14, 14]; conv2d(stride=1) of 0 w[64, 16, 1, 1] -> [1, 64, "
                    "14, 14]; conv2d(stride=2) of 1 w[64, 1, 5, 5] -> [1, 64, 7, 7]; conv2d() of 2 "
                    "w[24, 64, 1, 1] w[24] -> [1, 24, 7, 7]") == "16→64→24, 5×5, 14×14");
  CHECK(key_summary("in[") == "in[");
  CHECK(key_summary(" in[1, 2") == " in[1, 2");
}

TEST_CASE("report: an empty run folder loads and renders") {
  const test::TempDir folder;
  const ReportData data = load_report_data(folder.path());
  CHECK(!data.winner);
  CHECK(holds(report_html(data), "No winner yet"));
}

TEST_CASE("report: the files of a run folder are read by column name") {
  const test::TempDir folder;
  const auto put = [&](const std::string& name, const std::string& text) {
    write_file(folder.file(name), text);
  };
  put("evaluate/accuracy.csv", "ks,e,accuracy\n\"3,5\",4,0.9\n\"5,5\",3,0.91\n");
  put("fit/quality.yaml", "accuracy:\n  kendall_tau: 0.81234567\n  folds: [1, 2]\n");
  put("profile/lut.yaml",
      "format_version: 1\nunit: ms\ndevice:\n  runtime: stub\nentries:\n"
      "  - {label: 's1.b1', median_ms: 0.5, spread: 0.01, count: 9, key: 'x in[1, 8, 4, 4] w[16, "
      "8, "
      "1, 1]'}\n");
  put("search/result.yaml",
      "space: tiny\nstrategy: random\nseed: 3\nbest: {arch: 'ks=3', accuracy: 0.9, latency_ms: "
      "1.5, macs: 1000, params: 10}\nconstraints:\n  - {metric: latency_ms, limit: 2, value: "
      "1.5}\n");
  put("search/front.csv", "latency_ms,accuracy,arch\n1.5,0.9,ks=3\n");
  put("finalists.csv",
      "arch,predicted_accuracy,accuracy,predicted_latency_ms,latency_ms,note\n"
      "ks=5,0.92,0.91,1.9,2.1,\"over the limit, skipped\"\nks=3,0.9,0.89,1.5,1.6,winner\n"
      "ks=7,,0.93,,3.2,largest\n");
  put("stages.yaml",
      "format: 1\nstages:\n  search: {hash: a, seconds: 2}\n  train: {hash: b, seconds: 100}\n");
  put("env.yaml", "tailor: 0.1.0\ncpu:\n  cores: 2\ncommand: tailor run\n");

  const ReportData data = load_report_data(folder.path());
  REQUIRE(data.subnets.size() == 2);
  CHECK(data.subnets[0].arch == "ks=3,5 e=4");
  CHECK(data.quality == Fields{{"accuracy.kendall_tau", "0.8123"}});
  REQUIRE(data.latency.size() == 1);
  CHECK(data.latency[0].options == "8→16, 4×4");
  CHECK(data.limit_ms == 2.0);
  REQUIRE(data.winner);
  CHECK(data.winner->arch == "ks=3");
  CHECK(data.winner->latency_ms == 1.6);
  CHECK(data.winner->params == 10);
  REQUIRE(data.finalists.size() == 2);
  REQUIRE(data.largest);
  CHECK(data.largest->latency_ms == 3.2);
  REQUIRE(data.stage_seconds.size() == 2);
  CHECK(data.stage_seconds[0].first == "train");
  CHECK(data.versions.size() == 3);
  CHECK(data.commands == std::vector<std::string>{"tailor run"});
  CHECK(holds(report_html(data), "2.0× <small>faster</small>"));
}

TEST_CASE("report: shares of axes and the device loop are read; the loop's winner is measured") {
  const test::TempDir folder;
  write_file(folder.file("fit/quality.yaml"),
             "latency:\n  mape: 0.02\n  depends_on:\n    ks: 0.1\n    r: 0.75\n");
  write_file(folder.file("search/result.yaml"), "best: {arch: 'ks=3', latency_ms: 1.5}\n");
  write_file(folder.file("search/measured.csv"),
             "round,arch,predicted_ms,measured_ms,spread,note\n0,ks=5,2,2.1,0.1,\n"
             "1,ks=3,1.4,1.48,0.02,winner\n1,ks=3,1.4,1.52,0.02,winner\n");
  const ReportData data = load_report_data(folder.path());
  CHECK(data.quality == Fields{{"latency.mape", "0.02"}});
  CHECK(data.axis_shares == std::vector<std::pair<std::string, double>>{{"r", 0.75}, {"ks", 0.1}});
  REQUIRE(data.loop.size() == 3);
  CHECK(data.loop[2].measured_ms == 1.52);
  CHECK(data.loop[0].spread == 0.1);
  REQUIRE(data.winner);
  CHECK(data.winner->latency_ms == 1.5);
  CHECK(data.winner->predicted_latency_ms == 1.4);
}

TEST_CASE("report: a damaged file is an error that names it") {
  const test::TempDir folder;
  write_file(folder.file("finalists.csv"), "arch,note\na,b,c\n");
  CHECK_THROWS_WITH(load_report_data(folder.path()), Catch::Contains("finalists.csv"));
  write_file(folder.file("finalists.csv"), "arch,note\n");
  write_file(folder.file("profile/lut.yaml"), "entries: {\n");
  CHECK_THROWS_WITH(load_report_data(folder.path()), Catch::Contains("lut.yaml"));
}

TEST_CASE("report: probabilities of a search by gradient, a picture a slot") {
  const test::TempDir folder;
  write_file(folder.file("gradient/architecture.csv"),
             "epoch,slot,option,probability\n0,b1,ks=3,0.5\n0,b1,ks=5,0.5\n0,<b2>,skip,1\n"
             "1,b1,ks=3,0.25\n1,b1,ks=5,0.75\n1,<b2>,skip,1\n");
  const ReportData data = load_report_data(folder.path());
  REQUIRE(data.slots.size() == 2);
  CHECK(data.slots[0].options == std::vector<std::string>{"ks=3", "ks=5"});
  REQUIRE(data.slots[0].probabilities.size() == 2);
  CHECK(data.slots[0].probabilities[1] == std::vector<double>{0.25, 0.75});
  const std::string section = slots_section(data);
  CHECK(times(section, "<svg ") == 2);
  CHECK(times(section, "<polygon ") == 3);
  // The lower band from half the height up to a quarter of the stack, and back along the floor.
  CHECK(holds(section, "points=\"0.0,40.0 240.0,60.0 240.0,80.0 0.0,80.0 \""));
  CHECK(holds(section, "ks=5 <span class=\"muted\">75 %"));
  CHECK(holds(section, "&lt;b2&gt;"));
  CHECK(!holds(section, "<b2>"));
  CHECK(slots_section(ReportData{}).empty());
}
