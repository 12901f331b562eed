"""The alert rules and the dashboard: do they hold, and do they name metrics that there are?"""

import json
import pathlib
import re
import unittest

from lockstep_test.installed import run, tool

HERE = pathlib.Path(__file__).parent
MONITORING = HERE.parent.parent / "deploy" / "monitoring"
RULES = MONITORING / "lockstep.rules.yml"

# The contract's metrics with their labels ("Metrics"), and what Prometheus and its client libraries add.
METRICS = {
    "lockstep_zone_serial": {"zone"},
    "lockstep_zone_records": {"zone"},
    "lockstep_zone_lag_seconds": {"zone", "secondary", "primary"},
    "lockstep_secondary_in_sync": {"zone", "secondary"},
    "lockstep_zone_expires_in_seconds": {"zone"},
    "lockstep_propagation_seconds": {"zone", "secondary"},
    "lockstep_transfers_total": {"direction", "kind", "result"},
    "lockstep_transfer_octets_total": {"direction", "kind"},
    "lockstep_notifies_total": {"direction", "result"},
    "lockstep_queries_total": {"transport"},
    "lockstep_responses_total": {"rcode"},
    "lockstep_truncated_total": set(),
    "lockstep_dropped_total": {"reason"},
    "lockstep_tcp_connections": set(),
    "lockstep_updates_total": {"result"},
    "lockstep_build_info": {"version"},
    "process_start_time_seconds": set(),
    "process_open_fds": set(),
    "process_resident_memory_bytes": set(),
    "process_cpu_seconds_total": set(),
    "up": set(),
}
# What the exporter says in the labels that rules select by.
RESULTS = {
    "lockstep_transfers_total": {"done", "failed", "refused", "up-to-date"},
    "lockstep_notifies_total": {"acknowledged", "failed", "taken", "refused"},
}
OF_THE_SCRAPE = {"instance", "job", "le"}
RECORDED = "lockstep:"  # rules of our own start so
METRIC = re.compile(r"\b((?:lockstep|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?")


def uses(expression):
    """(metric, labels that are matched) for each metric in a PromQL expression."""
    for name, matchers in METRIC.findall(expression):
        for suffix in ("_bucket", "_sum", "_count"):
            name = name.removesuffix(suffix) if name.removesuffix(suffix) == "lockstep_propagation_seconds" else name
        yield name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))


def rule_expressions():
    """Each `expr` of the rules, folded ones included."""
    return re.findall(r"^ +expr: (?:>-\n)?((?:.*)(?:\n {10,}\S.*)*)", RULES.read_text(), re.M)


def dashboard():
    with open(MONITORING / "grafana.json") as file:
        return json.load(file)


class Rules(unittest.TestCase):
    def test_promtool_takes_them(self):
        done = run(tool("promtool"), "check", "rules", RULES)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_they_fire_when_they_should_and_not_before(self):
        done = run(tool("promtool"), "test", "rules", HERE / "lockstep.rules.test.yml")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_alert_is_tested(self):
        alerts = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
        tested = set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n", (HERE / "lockstep.rules.test.yml").read_text()))
        self.assertGreater(len(alerts), 8)
        self.assertEqual(alerts - tested, set(), "no test makes these fire")


class Names(unittest.TestCase):
    def check(self, expression, where):
        found = list(uses(expression))
        self.assertTrue(found or RECORDED in expression, f"{where}: no metric in {expression}")
        for name, labels in found:
            self.assertIn(name, METRICS, where)
            self.assertLessEqual(labels, METRICS[name] | OF_THE_SCRAPE, f"{where}: labels of {name}")

    def test_rules_use_metrics_and_labels_that_there_are(self):
        expressions = rule_expressions()
        self.assertEqual(len(expressions), len(re.findall(r"- (?:alert|record):", RULES.read_text())))
        for expression in expressions:
            self.check(expression, RULES.name)

    def test_results_that_rules_select_are_those_that_the_exporter_tells(self):
        selected = 0
        for expression in rule_expressions():
            for name, matchers in METRIC.findall(expression):
                for operator, values in re.findall(r'result(=~|!~|!=|=)"([^"]*)"', matchers):
                    selected += 1
                    self.assertIn(operator, ("=", "=~"), "a result that is new would count as a failure")
                    self.assertLessEqual(set(values.split("|")), RESULTS[name], expression)
        self.assertGreater(selected, 2)

    def test_so_does_the_dashboard(self):
        for panel in dashboard()["panels"]:
            for target in panel["targets"]:
                self.check(target["expr"], panel["title"])
        for variable in dashboard()["templating"]["list"]:
            if variable["type"] == "query":
                self.check(variable["definition"], variable["name"])

    def test_the_dashboard_shows_each_of_our_metrics(self):
        shown = {name for panel in dashboard()["panels"] for target in panel["targets"]
                 for name, _ in uses(target["expr"])}
        self.assertEqual({name for name in METRICS if name.startswith("lockstep_")} - shown, set())

    def test_promql_of_the_dashboard_parses(self):
        queries = [target["expr"].replace("$__rate_interval", "5m").replace("$zone", ".*").replace("$instance", ".*")
                   for panel in dashboard()["panels"] for target in panel["targets"]]
        rules = {"groups": [{"name": "dashboard", "rules": [
            {"record": f"panel:number{number}", "expr": query} for number, query in enumerate(queries)]}]}
        done = run(tool("promtool"), "check", "rules", "/dev/stdin", input=json.dumps(rules))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_panels_have_numbers_of_their_own_and_do_not_overlap(self):
        panels = dashboard()["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            taken |= cells


if __name__ == "__main__":
    unittest.main()
