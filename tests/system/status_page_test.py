"""The status page in a browser: before a daemon's double for what is many, broken or hostile, and before real daemons."""

import time
import unittest

from lockstep_test.net import free_endpoint
from lockstep_test.page_case import VERDICT, Looking, MockedPage
from lockstep_test.page_mock import at, busy_hour, episode, failure, peer, pulled, served
from lockstep_test.pair import ZONE, PairTest
from lockstep_test.process import wait_until

ZONES = ["example.com.", "example.net.", "example.org."]
PEERS = ("ns2", "ns3", "ns4")
SCHEMES, WIDTHS = ("light", "dark"), ((1280, 900), (360, 740))


def well():
    entries = [{"at": at(-300 + place), "event": "notify-out", "peer": name, "zone": ZONES[0], "serial": 2026112201,
                "times": 1, "first_at": at(-300 + place)} for place, name in enumerate(PEERS)]
    return {"zones": [served(zone, peers=PEERS) for zone in ZONES], "history": entries,
            "episodes": busy_hour(ZONES, PEERS), "identity": "ns1.example.net"}


def failing():
    state = well()
    for zone in state["zones"]:
        zone["secondaries"][2].update(state="unreachable", serial=2026112200, lag_seconds=412.0, verified_at=at(-460),
                                      last_error=failure("ns4", zone["name"]))
    state["zones"][1]["secondaries"][0].update(
        state="refused", serial=None, lag_seconds=None, verified_at=None,
        last_error=failure("ns2", ZONES[1], "tsig", "BADTIME: the clocks differ by 412 s", "set the clocks of both servers"))
    state["zones"][2].update(error="example.org.zone:14:7: '300.1.2.3' is not an IPv4 address")
    state["episodes"] += [episode(zone, "ns4", 2026112201, 0, 412, still_behind=True) for zone in ZONES]
    state["history"].append({**failure("ns4", ZONES[0]), "event": "failure", "times": 17, "first_at": at(-400)})
    return state


def following():
    """A secondary's: one zone well and handed on, one expired, one behind."""
    zones = [pulled(zone) for zone in ZONES]
    zones[0]["secondaries"] = [peer("ns5", "203.0.113.9:53", 2026112201)]
    zones[1].update(state="expired", primary_serial=None, lag_seconds=None, expires_at=at(-600),
                    last_error=failure("ns1", ZONES[1], "timeout", "no answer to the SOA query", "see that ns1 is up"))
    zones[2].update(primary_serial=2026112202, lag_seconds=77.0)
    return {"role": "secondary", "zones": zones, "episodes": busy_hour(ZONES, ["ns1"])}


def many(number, behind=(), gone=()):
    zones = [served(f"zone{place:04}.example.") for place in range(number)]
    for place in behind:
        zones[place]["secondaries"][1].update(state="behind", serial=2026112200, lag_seconds=300.0)
    for place in gone:
        zones[place]["secondaries"][0].update(state="unreachable", last_error=failure("ns2", zones[place]["name"]))
    return zones


class Telling(MockedPage):
    def test_all_well_is_said_in_one_sentence(self):
        self.show(**well())
        self.assertEqual(self.browser.text(VERDICT), "All 3 secondaries in step on 3 zones")
        self.assertEqual(self.browser.text("#identity"), "ns1.example.net")
        self.assertEqual(self.browser.text("#role"), "Lockstep primary")
        self.assertEqual([self.browser.text(f"#{one}") for one in ("ready", "uptime", "version")], ["yes", "1 d 2 h", "0.1.0"])
        self.assertIsNone(self.browser.text("#problems:not([hidden])"))
        self.assertEqual(self.browser.number_of(".row.peer"), 9)

    def test_a_dead_secondary_stands_first_with_its_reason_and_remedy(self):
        self.show(**failing())
        self.assertTrue(self.browser.text(VERDICT).startswith("ns4 unreachable; ns2 refuses 1 zone"), self.browser.text(VERDICT))
        first = self.browser.text(".problem")
        for part in ("ns4: unreachable", "3 zones", "connect", "connection refused", "To do: start the server at 198.51.100.4:53"):
            self.assertIn(part, first)
        row = self.browser.run("return [...document.querySelectorAll('.row.peer')].find(r => r.innerText.includes('ns4')).innerText;")
        for part in ("unreachable", "2026112200", "6 min 5"):
            self.assertIn(part, row)

    def test_an_error_in_the_table_unfolds_to_its_remedy(self):
        self.show(**failing())
        self.assertNotIn("To do", self.browser.text(".row.error"))
        self.browser.find(".row.error summary").click()
        self.browser.wait_text(".row.error", "To do: start the server")

    def test_states_differ_by_word_and_shape_not_by_colour_alone(self):
        self.show(**failing())
        shapes = self.browser.run("return Object.fromEntries([...document.querySelectorAll('.row .state .content')].map("
                                  "n => [n.querySelector('.value').innerText, n.querySelector('path').getAttribute('d')]));")
        self.assertLessEqual({"in step", "unreachable", "refused", "serving the old"}, set(shapes))
        self.assertEqual(len({shapes[word] for word in ("in step", "unreachable", "serving the old")}), 3)

    def test_what_is_behind_is_counted_by_peer(self):
        self.show(zones=many(12, behind=(1, 2)))
        self.assertEqual(self.browser.text(VERDICT), "2 zones behind on ns3")
        self.assertIn("it still serves serial 2026112200", self.browser.text(".problem"))

    def test_a_change_on_its_way_is_no_alarm(self):
        mock = self.show(**well())
        mock.change_peer(ZONES[0], "ns2", state="behind", lag_seconds=0.01)
        self.browser.wait_text(VERDICT, "1 change on the way to ns2")
        self.assertIsNone(self.browser.text("#problems:not([hidden])"))

    def test_a_secondary_tells_what_expired_and_when_it_asks_again(self):
        self.show(**following())
        self.assertEqual(self.browser.text(VERDICT), "Expired: example.net.; 1 zone behind ns1")
        self.assertIn("To do: see that ns1 is up", self.browser.text(".problem"))
        self.assertEqual(self.browser.text(".block .zone .theirs"), "2026112201")
        self.assertRegex(self.browser.text(".block .zone .next"), r"^in 5\d min$")
        self.assertRegex(self.browser.text(".block .zone .expires"), r"^in 1[34] d$")

    def test_a_daemon_that_is_not_ready_says_why(self):
        self.show(**{**following(), "ready": False})
        self.assertEqual(self.browser.text("#ready"), "no: not every zone is served")

    def test_hostile_names_are_shown_as_text(self):
        names = ['"><img src=x onerror=document.title=1>.example.', "<script>document.title='owned'</script>.example.",
                 ".".join(letter * 60 for letter in "wxyz") + ".example."]
        zones = [served(name, peers=("<b>ns2</b>",)) for name in names]
        for zone in zones:
            zone["secondaries"][0].update(state="unreachable", last_error=failure("<b>ns2</b>", zone["name"], text="<i>no</i>",
                                                                                  remedy="<a href=//evil.example>mend</a>"))
        entry = {"at": at(), "event": "failure", "times": 1, "first_at": at(), **failure("<b>ns2</b>", names[0], text="<u>no</u>")}
        self.show(zones=zones, history=[entry], identity="<i>ns1</i>",
                  episodes=[episode(name, "<b>ns2</b>", 1, 0.1, 60) for name in names])
        self.browser.find("#episodes summary").click()
        self.assertEqual(self.browser.number_of("main img, main script, main i, main u, main a, h1 *"), 0)
        self.assertEqual({name for name in names if name in self.browser.run("return document.body.textContent;")}, set(names))
        self.assertIn("<i>ns1</i>", self.browser.run("return document.title;"))
        for width, height in WIDTHS:
            self.browser.look(width, height)
            self.assert_no_sideways_scrolling()

    def test_times_are_relative_with_the_moment_in_the_title(self):
        self.show(**well())
        told = self.browser.run("const t = document.querySelector('.row.peer time'); return [t.innerText, t.title];")
        self.assertEqual(told[0], "1 min ago")
        self.assertRegex(told[1], r"\d{4}.*\d\d:\d\d:\d\d")


class Following(MockedPage):
    def test_a_change_is_shown_within_a_second_and_rewrites_only_its_rows(self):
        mock = self.show(**well())
        self.browser.run("for (const n of document.querySelectorAll('.row')) n.untouched = true;")
        begun = time.monotonic()
        serial = mock.bump(ZONES[1])
        self.browser.wait_text(".block:nth-child(2)", str(serial), seconds=5)
        self.assertLess(time.monotonic() - begun, 1)
        self.assertEqual(self.browser.text(".block:nth-child(2)").count(str(serial)), 4)
        self.assertEqual(self.browser.run("return [...document.querySelectorAll('.row')].filter(n => !n.untouched).length;"), 0)
        self.assertIn("183 changes", self.browser.text("#propagation-readout"))

    def test_zones_come_and_go(self):
        mock = self.show(**well())
        mock.remove_zone(ZONES[0])
        self.browser.wait_text(VERDICT, "on 2 zones")
        mock.set_zone(served("a.example.com.", peers=PEERS))
        self.browser.wait_text(VERDICT, "on 3 zones")
        self.assertEqual(self.browser.texts(".row.zone .name .value"), ["a.example.com.", *ZONES[1:]])

    def test_after_a_reset_everything_is_asked_anew(self):
        mock = self.show(**well())
        mock.zones[ZONES[0]]["records"] = 4711
        mock.tell("reset", {})
        self.browser.wait_text(".row.zone .records", "4,711")

    def test_a_lost_daemon_is_told_and_found_again_without_a_reload(self):
        self.complaints_expected = True  # of the connections that fail
        mock = self.show(**well())
        self.browser.run("window.sameDocument = true;")
        mock.stop()
        self.browser.wait_text("#lost:not([hidden])", "No word from the daemon since")
        self.assertIn("Unknown; last heard", self.browser.text(VERDICT))
        self.assertIn("no word", self.browser.run("return document.title;"))
        self.browser.screenshot("lost")
        mock.zones[ZONES[0]]["serial"] += 7
        mock.start()
        self.browser.wait_text("#feed", "live", seconds=20)
        self.assertIsNone(self.browser.text("#lost:not([hidden])"))
        self.browser.wait_text(".row.zone", "2026112208")
        self.assertTrue(self.browser.run("return window.sameDocument;"))
        mock.bump(ZONES[1])
        self.browser.wait_text(".block:nth-child(2)", "2026112202")

    def test_without_a_free_stream_the_page_asks_again_and_again(self):
        self.complaints_expected = True  # of the refused stream
        mock = self.mock(**well())
        mock.streams_taken = True
        self.browser.open(mock.url)
        self.browser.wait_text("#feed", "polling")
        self.assertEqual(self.browser.text(VERDICT), "All 3 secondaries in step on 3 zones")
        mock.zones[ZONES[0]]["serial"] += 7
        self.browser.wait_text(".row.zone", "2026112208")
        mock.streams_taken = False
        self.browser.wait_text("#feed", "live")

    def test_what_repeats_itself_is_one_line_of_history(self):
        mock = self.show(**failing())
        lines = self.browser.number_of(".entry")
        mock.add_history({**mock.history[-1], "at": at(), "times": 18})
        self.browser.wait_text(".entry", "18 times since")
        self.assertEqual(self.browser.number_of(".entry"), lines)

    def test_without_propagation_there_are_no_charts_but_all_the_rest(self):
        self.complaints_expected = True  # of what is not there
        self.show(**{**well(), "episodes": None})
        self.assertEqual(self.browser.text(VERDICT), "All 3 secondaries in step on 3 zones")
        self.assertEqual(self.browser.text(".charts:not([hidden])"), None)

    def test_only_its_own_origin_is_asked(self):
        mock = self.show(**well())
        self.assertLessEqual(set(mock.asked), {"/", "/api/status", "/api/history", "/api/propagation", "/api/events"})
        asked = self.browser.run("return performance.getEntriesByType('resource').map(e => e.name);")
        self.assertEqual([url for url in asked if not url.startswith((mock.url, "data:"))], [])


class Many(MockedPage):
    def test_search_and_only_behind_among_a_thousand_zones(self):
        self.show(zones=many(1000, behind=(3, 500), gone=(77,)))
        self.browser.find("#only-behind").click()
        self.browser.wait_text("#zones-count", "3 of 1,000 zones")
        self.assertEqual(self.browser.texts(".row.zone .name .value"), ["zone0003.example.", "zone0077.example.", "zone0500.example."])
        self.browser.find("#search").send_keys("0500")
        self.browser.wait_text("#zones-count", "1 of 1,000 zones")
        self.browser.find("#only-behind").click()
        self.browser.find("#search").clear()
        self.browser.find("#search").send_keys("ZONE099")
        self.browser.wait_text("#zones-count", "10 of 1,000 zones")
        self.browser.find("#search").send_keys("no such")
        self.browser.wait_text(".nothing", "No zone matches")

    def test_what_falls_behind_enters_the_filtered_table(self):
        mock = self.show(zones=many(1000))
        self.browser.find("#only-behind").click()
        self.browser.wait_text(".nothing", "Nothing is behind")
        mock.change_peer("zone0123.example.", "ns3", state="behind", lag_seconds=60.0)
        self.browser.wait_text(".row.zone .name", "zone0123.example.")
        mock.change_peer("zone0123.example.", "ns3", state="in-sync", lag_seconds=0)
        self.browser.wait_text(".nothing", "Nothing is behind")

    def test_of_5000_zones_only_those_in_view_are_in_the_document(self):
        mock = self.show(zones=many(5000))
        self.assertLess(self.browser.number_of(".row"), 150)
        self.browser.run("const v = document.querySelector('.rows'); v.scrollTop = v.scrollHeight;")
        self.browser.wait_text(".body", "zone4999.example.")
        self.assertLess(self.browser.number_of(".row"), 150)
        self.browser.run("window.slowest = 0; new PerformanceObserver(list => list.getEntries().forEach("
                         "e => window.slowest = Math.max(window.slowest, e.duration))).observe({entryTypes: ['longtask']});")
        serials = [mock.bump(f"zone{place:04}.example.") for place in range(4000, 5000)]
        self.browser.wait_text(".block:last-child", str(serials[-1]), seconds=20)
        self.assertLess(self.browser.run("return window.slowest;"), 1000, "ms in one go")

    def test_a_table_that_is_scrolled_stays_where_it_is_under_events(self):
        mock = self.show(zones=many(1000))
        self.browser.run("document.querySelector('.rows').scrollTop = 9000;")
        self.browser.wait_text(".body", "zone0300.example.")
        place = self.browser.run("return document.querySelector('.rows').scrollTop;")
        serial = mock.bump("zone0300.example.")
        self.browser.wait_text(".body", str(serial))
        self.assertEqual(self.browser.run("return document.querySelector('.rows').scrollTop;"), place)


class Using(MockedPage):
    def test_nothing_for_axe_to_find_light_and_dark_wide_and_phone(self):
        for name, state in (("well", well()), ("failing", failing()), ("secondary", following())):
            mock = self.mock(**state)
            for scheme in SCHEMES:
                for width, height in WIDTHS:
                    with self.subTest(state=name, scheme=scheme, width=width):
                        self.browser.look(width, height, scheme)
                        self.look_at(mock.url)
                        self.browser.find("#episodes summary").click()
                        self.assert_accessible(f"{name}, {scheme}, {width} px")
                        self.assert_no_sideways_scrolling()
                        self.browser.find("#episodes summary").click()
                        self.browser.screenshot(f"{name}-{scheme}-{width}")

    def test_the_theme_is_chosen_and_remembered(self):
        mock = self.show(**well())
        ground = lambda: self.browser.run("return getComputedStyle(document.body).backgroundColor;")
        light = ground()
        self.browser.find("#theme").click()
        self.assertEqual(self.browser.text("#theme"), "Theme: dark")
        dark = ground()
        self.assertNotEqual(light, dark)
        self.look_at(mock.url)
        self.assertEqual(ground(), dark)
        self.browser.find("#theme").click()
        self.browser.look(1280, 900, "dark")
        self.assertEqual(ground(), light)
        self.browser.find("#theme").click()
        self.assertEqual(ground(), dark)

    def test_the_keyboard_reaches_all_and_the_focus_is_seen(self):
        self.show(zones=many(40))
        seen, press = [], self.browser.find("body").send_keys
        for _ in range(12):
            press("\ue004")  # Tab
            seen.append(self.browser.run("const a = document.activeElement; return [a.id || a.className || a.tagName,"
                                         "getComputedStyle(a).outlineStyle];"))
            press = self.browser.driver.switch_to.active_element.send_keys
        names = [name for name, _ in seen]
        for wanted in ("theme", "lag-zone", "search", "only-behind", "scroller rows", "fold"):
            self.assertIn(wanted, names)
        self.assertNotIn("none", [outline for _, outline in seen])
        self.browser.find(".fold").send_keys("\ue007")  # Enter
        self.browser.wait_text(".row.peer", "ns2")
        self.assertEqual(self.browser.run("return document.activeElement.getAttribute('aria-expanded');"), "true")

    def test_who_wants_less_motion_gets_none(self):
        self.browser.look(1280, 900, reduced_motion=True)
        self.show(**well())
        self.assertEqual(self.browser.run("return getComputedStyle(document.querySelector('.fold .arrow')).transitionDuration;"), "0s")

    def test_charts_have_words_and_a_table(self):
        self.show(**failing())
        for chart in ("propagation", "lag"):
            told = self.browser.run("const s = document.querySelector(arguments[0]); return [s.getAttribute('role'),"
                                    "s.querySelector('title').textContent, s.querySelector('desc').textContent];", f"#{chart} svg")
            self.assertEqual(told[0], "img")
            self.assertRegex(told[1], "in the last hour")
            self.assertRegex(told[2], r"behind")
        self.browser.find("#episodes summary").click()
        self.browser.wait_text("#episodes-caption", "183 changes")
        self.assertEqual(self.browser.number_of("#episode-rows tr"), 183)

    def test_lag_of_one_zone(self):
        lagging = episode(ZONES[0], "ns2", 7, 30.0, 600)
        self.show(zones=well()["zones"], episodes=[lagging, episode(ZONES[1], "ns2", 7, 2.0, 300)])
        self.assertEqual(self.browser.text("#lag-readout"), "At most 30 s (example.com., ns2).")
        self.browser.find("#lag-zone").send_keys("example.net")
        self.browser.wait_text("#lag-readout", "At most 2 s (ns2)")
        self.browser.find("#lag-zone").send_keys(".nowhere")
        self.browser.wait_text("#lag-readout", "There is no zone example.net.nowhere. here")

    def test_a_load_is_told_once(self):
        entry = {"at": at(), "event": "load", "peer": "", "zone": ZONES[0], "serial": 2, "text": f"{ZONES[0]}: serial 1 -> 2",
                 "times": 1, "first_at": at()}
        self.show(zones=well()["zones"], history=[entry])
        self.assertEqual(self.browser.text(".entry .text"), "serial 1 -> 2")

    def test_history_by_kind_and_by_words(self):
        self.show(**failing())
        self.assertEqual(self.browser.number_of(".entry"), 4)
        self.browser.find("#history-kind option[value=trouble]").click()
        self.browser.wait_text("#history-count", "1 of 4 entries")
        self.assertIn("To do: start the server", self.browser.text(".entry"))
        self.browser.find("#history-kind option[value='']").click()
        self.browser.find("#history-search").send_keys("NS3")
        self.browser.wait_text("#history-count", "1 of 4 entries")


class RealDaemons(Looking, PairTest):
    """The page that lockstep-primary and lockstep-secondary serve themselves."""

    def start(self):
        for server in (self.primary, self.secondaries[0]):
            server.http = free_endpoint()
            server.settings["http"] = str(server.http)
        super().start()

    def url(self, server):
        return f"http://{server.http}/"

    def test_a_bump_is_shown_within_a_second(self):
        self.start()
        self.look_at(self.url(self.primary))
        self.browser.wait_text(VERDICT, "All 2 secondaries in step on 1 zone")
        took = []
        for _ in range(3):
            before = self.browser.text(".row.zone .serial")
            self.browser.run("window.shown = null; new MutationObserver((_, o) => {"
                             "if ([...document.querySelectorAll('.serial')].filter(n => n.innerText !== arguments[0]).length < 3) return;"
                             "window.shown ??= Date.now() / 1000; o.disconnect(); }).observe(document.body,"
                             "{subtree: true, childList: true, characterData: true});", before)
            serial = self.bump()
            shown = wait_until(f"the page shows {serial} three times", lambda: self.browser.run("return window.shown;"))
            took.append(shown - self.loaded_at())
        self.assertEqual(self.browser.texts(".serial"), [str(serial)] * 3)
        self.browser.find("#episodes summary").click()
        self.browser.wait_text("#episode-rows tr", str(serial))
        self.assertIn("with 2 peers", self.browser.text("#propagation-readout"))
        self.assertLess(min(took), 1, took)

    def loaded_at(self):
        """When the primary took what it serves, by the same clock as the browser's."""
        return self.browser.run("return fetch('api/status').then(r => r.json()).then("
                                "s => Date.parse(s.zones[0].loaded_at) / 1000);")

    def test_a_stopped_secondary_is_shown_with_its_reason_and_remedy(self):
        self.start()
        self.look_at(self.url(self.primary))
        self.secondaries[1].stop()
        self.bump()
        self.browser.wait_text(".problem", "ns3", seconds=60)
        told = self.browser.text(".problem")
        self.assertIn("To do:", told)
        self.assertIn("ns3 unreachable", self.browser.text(VERDICT))
        row = self.primary.status(ZONE)["secondaries"][1]
        self.assertIn(row["last_error"]["remedy"], told)
        self.secondaries[1].start()
        self.browser.wait_text(VERDICT, "All 2 secondaries in step", seconds=60)

    def test_a_secondary_has_the_page_too(self):
        self.start()
        self.look_at(self.url(self.secondaries[0]))
        self.browser.wait_text(VERDICT, "The zone is in step with ns1")
        serial = self.bump()
        self.browser.wait_text(".row.zone .serial", str(serial))
        self.assertEqual(self.browser.text("#role"), "Lockstep secondary")

    def test_the_page_finds_a_restarted_daemon(self):
        self.complaints_expected = True
        self.start()
        self.look_at(self.url(self.primary))
        self.primary.stop()
        self.browser.wait_text("#lost:not([hidden])", "No word from the daemon since")
        self.primary.start()
        self.browser.wait_text("#feed", "live", seconds=30)
        self.browser.wait_text(VERDICT, "All 2 secondaries in step", seconds=60)


if __name__ == "__main__":
    unittest.main()
