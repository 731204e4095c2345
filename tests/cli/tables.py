"""Latency tables: own blocks in them, shown, compared and merged; a run on a datasheet alone."""
import re

from harness import TINY, check, main, read_csv, same, with_profile

OWN_BLOCK = """
  device: {name: stub}
  networks: 6
  blocks:
    - name: wide
      input: [1, 8, 12, 12]
      nodes: [{op: conv2d, out: 64, kernel: 3}, {op: batch_norm}, {op: activation}]
"""


def own_blocks_are_measured(tool):
    config = with_profile(tool, "own.yaml", OWN_BLOCK)
    log = tool.ok("profile", "--config", config, "--run-dir", "own").stderr
    check("1 of 1 own blocks measured now" in log, log)
    rows = read_csv(tool.folder / "own/profile/blocks.csv")
    same([row["block"] for row in rows], ["wide"], "blocks.csv")
    same(rows[0]["macs"], str(64 * 8 * 9 * 144), "MACs of the block")
    check(float(rows[0]["median_ms"]) > 0, str(rows))
    check("wide" in tool.ok("table", "show", "own/profile/lut.yaml").stdout, "no own block shown")


def tables_are_compared_and_merged(tool):
    tool.ok("profile", "--config", TINY, "--run-dir", "plain")
    own, plain = "own/profile/lut.yaml", "plain/profile/lut.yaml"
    text = tool.ok("table", "diff", own, plain).stdout
    check("difference: median 0 %, 95 of 100 within 0 %\n" in text, text)
    check(text.endswith("only in the first 1: wide\n"), text)
    tool.ok("table", "merge", plain, own, "--output", "both.yaml")
    check("only in" not in tool.ok("table", "diff", own, "both.yaml").stdout, "an entry is lost")
    tool.ok("profile", "--config", TINY, "--run-dir", "fast", "--set", "profile.device.threads=2")
    result = tool("table", "merge", plain, "fast/profile/lut.yaml", "--output", "wrong.yaml")
    same(result.returncode, 2, "exit code of an impossible merge")
    check("was measured with device" in result.stderr or "with threads" in result.stderr,
          result.stderr)
    check(not (tool.folder / "wrong.yaml").exists(), "a refused merge left a file")
    for words in ([], ["show"], ["diff", own], ["sum", own, plain]):
        result = tool("table", *words)
        same(result.returncode, 2, f"table {words}")
        check("table: expected 'show FILE'" in result.stderr, result.stderr)


def the_better_of_two_tables_is_used(tool):
    config = with_profile(tool, "carriers.yaml", "{device: {name: stub}, networks: 6, carriers: true}")
    log = tool.run("carriers", config=config).stderr
    check("networks are foretold with an error of" in log, log)
    tables = [(tool.folder / "carriers/profile" / name).read_text() for name in ("alone.yaml", "carried.yaml", "lut.yaml")]
    errors = [float(text) for text in re.search(r"error of ([0-9.]+) % from blocks alone, ([0-9.]+) %", log).groups()]
    check(tables[0] != tables[1], "the tables are one")
    if errors[0] != errors[1]:
        same(tables[2], tables[0 if errors[0] < errors[1] else 1], "the table that is used")
    check("behind the block in front" in tables[1], tables[1][:500])
    check("already done" in tool.ok("profile", "--config", config, "--run-dir", "carriers").stderr, "done again")


def a_datasheet_is_enough_for_a_search(tool):
    config = with_profile(tool, "sheet.yaml",
                         "{datasheet: raspberry_pi_4, fallback: [analytic]}")
    result = tool.run("sheet", config=config)
    check("(100 %) analytic" in result.stderr, result.stderr)
    check("latency is analytic, from the datasheet 'raspberry_pi_4'" in result.stdout, result.stdout)
    rows = read_csv(tool.folder / "sheet/search/latency_sources.csv")
    check(rows and all(row["share"] == "1" and row["measured_ms"] == "0" for row in rows), str(rows))
    check((tool.folder / "sheet/search/result.yaml").exists(), "no result")
    check(not (tool.folder / "sheet/finalists.csv").exists(), "finalists without a device")
    recipe = tool.ok("explain", "--config", config).stdout
    check("analytic, from the datasheet 'raspberry_pi_4' alone" in recipe, recipe)
    config = with_profile(tool, "typo.yaml",
                         "{datasheet: rasberry_pi_4, fallback: [analytic]}")
    result = tool("run", "--config", config, "--run-dir", "typo")
    same(result.returncode, 2, "exit code for an unknown datasheet")
    check("did you mean 'raspberry_pi_4'?" in result.stderr, result.stderr)


if __name__ == "__main__":
    main("tables", own_blocks_are_measured, tables_are_compared_and_merged,
         the_better_of_two_tables_is_used, a_datasheet_is_enough_for_a_search)
