"""Latency learned from whole networks: a few and what other devices take, or many alone."""
from harness import TINY, check, main, read_csv, same, with_profile

SLOW = "{name: stub, gmacs_per_s: 3, gbytes_per_s: 2, node_us: 4}"


def a_few_networks_and_other_devices_are_enough(tool):
    tool.ok("profile", "--config", TINY, "--run-dir", "one")
    tool.ok("profile", "--config", with_profile(tool, "two.yaml", "{device: {name: stub, gbytes_per_s: 3}}"),
            "--run-dir", "two")
    sources = "[one/profile/lut.yaml, two/profile/lut.yaml]"
    config = with_profile(tool, "few.yaml", f"{{device: {SLOW}, method: networks, networks: 6, sources: {sources}}}")
    log = tool.run("few", config=config).stderr
    check("latency by latency_transfer from 6 networks" in log, log)
    check("expected error" in log and "profile.archs=RUN_DIR/fit/measure_next.csv" in log, log)
    check(not (tool.folder / "few/profile/lut.yaml").exists(), "blocks were measured")
    same(len(read_csv(tool.folder / "few/profile/networks.csv")), 6, "networks measured")
    known = {row["arch"] for row in read_csv(tool.folder / "few/profile/networks.csv")}
    advised = {row["arch"] for row in read_csv(tool.folder / "few/fit/measure_next.csv")}
    check(not known & advised, "advises to measure again")
    rows = read_csv(tool.folder / "few/finalists.csv")
    check(rows, "no finalists")
    for row in rows:
        error = float(row["predicted_latency_ms"]) / float(row["latency_ms"]) - 1
        check(abs(error) < 0.1, f"{row['arch']} is predicted {100 * error} % off")
    log = tool.ok("fit", "--config", config, "--run-dir", "few").stderr
    check("fit: already done" in log, log)
    (tool.folder / "next.csv").write_text("arch\n" + "".join(f'"{arch}"\n' for arch in sorted(known)))
    tool.ok("profile", "--config", config, "--run-dir", "more", "--set", "profile.networks=3", "--set",
            "profile.archs=next.csv")
    again = [row["arch"] for row in read_csv(tool.folder / "more/profile/networks.csv")]
    check(set(again) >= known and len(again) == len(set(again)), str(again))


def measured_networks_of_another_run_are_a_source(tool):
    tool.ok("profile", "--config", TINY, "--run-dir", "csv", "--set", "profile.networks=20")
    config = with_profile(tool, "csv.yaml", f"{{device: {SLOW}, method: networks, networks: 5, "
                                           "sources: [csv/profile/networks.csv]}")
    log = tool.run("from_csv", config=config).stderr
    check("latency by latency_transfer from 5 networks" in log, log)
    known = {row["arch"] for row in read_csv(tool.folder / "csv/profile/networks.csv")}
    for row in read_csv(tool.folder / "from_csv/profile/networks.csv"):
        check(row["arch"] in known, "chosen from elsewhere: " + row["arch"])


def many_networks_need_no_source(tool):
    config = with_profile(tool, "many.yaml", f"{{device: {SLOW}, method: networks, networks: 60}}")
    log = tool.run("many", config=config).stderr
    check("latency by latency_regressor from 60 networks" in log, log)
    line = [text for text in (tool.folder / "many/fit/quality.yaml").read_text().splitlines() if "mape" in text]
    check(line and float(line[-1].split()[1]) < 0.03, str(line))


def what_makes_no_sense_is_refused(tool):
    for profile, words in (("{device: {name: stub}, sources: [x.csv]}", "is for `method: networks`"),
                           ("{device: {name: stub}, method: networks, sources: [absent.csv]}", "absent.csv"),
                           ("{device: {name: stub}, method: networks, carriers: true}", "is for `method: blocks`"),
                           ("{datasheet: raspberry_pi_4, fallback: [analytic], method: networks}",
                            "is for a device that is measured"),
                           ("{device: {name: stub}, method: guess}", "blocks, networks")):
        result = tool("profile", "--config", with_profile(tool, "wrong.yaml", profile), "--run-dir", "wrong")
        same(result.returncode, 2, f"exit code of {profile}")
        check(words in result.stderr, result.stderr)


if __name__ == "__main__":
    main("learned_latency", a_few_networks_and_other_devices_are_enough,
         measured_networks_of_another_run_are_a_source, many_networks_need_no_source,
         what_makes_no_sense_is_refused)
