#include "core/error.h"
#include "core/file.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;
using Row = std::vector<std::string>;

namespace {

std::string parse_error(const std::string& text) {
  return error_text<IoError>([&] { Csv::parse(text, "t.csv"); });
}

}  // namespace

TEST_CASE("csv text reads back as it was") {
  Csv csv;
  csv.header = {"arch", "note"};
  csv.rows = {{"ks=3,5 d=2", "said \"no\""}, {"", "two\nlines"}, {"a\rb", " "}};
  CHECK(csv.text() ==
        "arch,note\n\"ks=3,5 d=2\",\"said \"\"no\"\"\"\n,\"two\nlines\"\n\"a\rb\", \n");
  const Csv back = Csv::parse(csv.text(), "t.csv");
  CHECK(back.header == csv.header);
  CHECK(back.rows == csv.rows);
  CHECK(back.name == "t.csv");
}

TEST_CASE("csv takes other programs' line ends and blank lines") {
  const Csv csv = Csv::parse("a,b\r\n1,2\r\n\r\n3,4", "t.csv");
  CHECK(csv.rows == std::vector<Row>{{"1", "2"}, {"3", "4"}});
  const Csv one = Csv::parse("a\n\"\"\nx\n", "t.csv");
  CHECK(one.rows == std::vector<Row>{{""}, {"x"}});
  CHECK(Csv::parse(one.text(), "t.csv").rows == one.rows);
}

TEST_CASE("csv errors name file and line") {
  CHECK(parse_error("") == "t.csv:1: no header line");
  CHECK(parse_error("a,b\n1,2\n1,2,3\n") == "t.csv:3: must have 2 fields as the header has, got 3");
  CHECK(parse_error("a,b\n\"1\n1\",2\n1\n") ==
        "t.csv:4: must have 2 fields as the header has, got 1");
  CHECK(parse_error("a,b\n1,\"2\n\n") == "t.csv:2: a quote is left open");
  CHECK(parse_error("a,b\n\"1\"x,2\n") ==
        "t.csv:2: a closing quote must be followed by a comma or the end of the line");
  CHECK(parse_error("a,b,a\n") == "t.csv:1: column 'a' is given twice");
}

TEST_CASE("csv columns are found by name") {
  const Csv csv = Csv::parse("arch,accuracy\n", "t.csv");
  CHECK(csv.column("accuracy") == 1);
  CHECK(error_text<IoError>([&] { csv.column("latency"); }) ==
        "t.csv: has no column 'latency'; it has arch, accuracy");
}

TEST_CASE("csv files load, and rows of another width are not written") {
  const test::TempDir dir;
  write_file(dir.file("x.csv"), "a\n1\n");
  Csv csv = Csv::load(dir.file("x.csv"));
  CHECK(csv.name == dir.file("x.csv"));
  csv.rows.push_back({"1", "2"});
  CHECK_THROWS_AS(csv.text(), Error);
  CHECK_THROWS_AS(Csv::load(dir.file("none.csv")), IoError);
}
