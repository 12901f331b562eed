"""A headless Chromium that looks at a page: Debian's, driven by python3-selenium."""

import json
import os
import pathlib
import subprocess

from lockstep_test.process import wait_until
from lockstep_test.server import find_program

PAGE_TOOLS = pathlib.Path(__file__).resolve().parent.parent / "page"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
START_SECONDS = 60


def axe_source():
    """The text of axe-core, from the folder where the build keeps it; fetched there by npm at first."""
    folder = pathlib.Path(os.environ["LOCKSTEP_PAGE_TOOLS"])
    script = folder / "node_modules/axe-core/axe.min.js"
    wanted = (PAGE_TOOLS / "package-lock.json").read_bytes()
    lock = folder / "package-lock.json"
    if not script.exists() or not lock.exists() or lock.read_bytes() != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_bytes((PAGE_TOOLS / name).read_bytes())
        done = subprocess.run([find_program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                              capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise AssertionError(f"npm could not fetch axe-core into {folder}:\n{done.stderr}")
    return script.read_text()


class Browser:
    """One window. `close` ends it and its driver."""

    def __init__(self, folder):
        chromium, chromedriver = find_program("chromium"), find_program("chromedriver")
        from selenium import webdriver  # pylint: disable=import-outside-toplevel
        from selenium.webdriver.chrome.service import Service  # pylint: disable=import-outside-toplevel
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        # Root has no sandbox; a small /dev/shm is not enough for it.
        for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
                     "--no-first-run", "--disable-background-networking", "--disable-component-update",
                     f"--user-data-dir={folder}/profile"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(chromedriver, log_path=f"{folder}/chromedriver.log"), options=options)
        self.driver.set_page_load_timeout(START_SECONDS)
        self.driver.set_script_timeout(START_SECONDS)
        self.look(1280, 900)

    def close(self):
        self.driver.quit()

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def look(self, width, height, scheme="light", reduced_motion=False):
        """Sets the size of the window, in CSS pixels, and what the system prefers."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        motion = "reduce" if reduced_motion else "no-preference"
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme},
                                                             {"name": "prefers-reduced-motion", "value": motion}])

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def text(self, selector):
        """The visible text of the first such element; None where there is none."""
        return self.run("const n = document.querySelector(arguments[0]); return n && n.innerText;", selector)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map(n => n.innerText);", selector)

    def number_of(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length;", selector)

    def wait_text(self, selector, part, seconds=15):
        """Waits for an element whose text holds `part`, and returns the text."""
        return wait_until(f"{selector} says {part!r}", lambda: part in (self.text(selector) or "") and self.text(selector), seconds)

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def complaints(self):
        """What the console was told as a warning or worse since the last call."""
        return [one["message"] for one in self.driver.get_log("browser") if one["level"] in ("WARNING", "SEVERE")]

    def violations(self):
        """axe-core's findings: [(rule, help, [elements])]."""
        self.run(axe_source())
        found = self.driver.execute_async_script(
            "const done = arguments[1]; axe.run(document, {runOnly: arguments[0]}).then("
            "r => done(r.violations.map(v => [v.id, v.help, v.nodes.map(n => n.html + ' ' + n.failureSummary).slice(0, 5)])),"
            "e => done([['axe', String(e), []]]));", RULES)
        return [tuple(one) for one in found]

    def screenshot(self, name, whole=True):
        """Into the folder LOCKSTEP_SCREENSHOTS, where that is set."""
        folder = os.environ.get("LOCKSTEP_SCREENSHOTS")
        if not folder:
            return
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        height = self.run("return document.documentElement.scrollHeight;") if whole else None
        size = json.loads(self.run("return JSON.stringify([innerWidth, innerHeight]);"))
        if whole:
            self.command("Emulation.setDeviceMetricsOverride", width=size[0], height=min(height, 6000), deviceScaleFactor=1, mobile=False)
        self.driver.save_screenshot(f"{folder}/{name}.png")
        if whole:
            self.command("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=False)
