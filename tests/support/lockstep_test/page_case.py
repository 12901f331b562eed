"""The test case that looks at the status page with a browser."""

import tempfile
import unittest

from lockstep_test.browser import Browser
from lockstep_test.page_mock import MockDaemon, built_page
from lockstep_test.process import wait_until

VERDICT = "#verdict"


class Looking:
    """One browser for all tests of a class, which takes a second to start. What a page says on the console fails its
    test, unless `complaints_expected`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="lockstep-page-", ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        cls.page = built_page(folder.name)
        cls.browser = Browser(folder.name)
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        super().setUp()
        self.complaints_expected = False
        self.browser.look(1280, 900)
        self.browser.complaints()

    def tearDown(self):
        self.browser.screenshot(f"{type(self).__name__}.{self._testMethodName}")
        complaints = self.browser.complaints()
        self.browser.open("about:blank")
        if not self.complaints_expected:
            self.assertEqual(complaints, [])
        super().tearDown()

    def look_at(self, url):
        """Opens the page, and returns when it shows what the daemon says."""
        self.browser.open(url)
        self.browser.wait_text("#feed", "live")
        wait_until("the page has drawn", lambda: "…" not in self.browser.text(VERDICT))

    def assert_accessible(self, what):
        found = self.browser.violations()
        self.assertEqual(found, [], f"{what}: axe-core finds\n" + "\n".join(map(str, found)))

    def assert_no_sideways_scrolling(self):
        over = self.browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth;")
        self.assertLessEqual(over, 0, "the page is wider than the window")


class MockedPage(Looking, unittest.TestCase):
    def mock(self, role="primary", **what):
        """A running daemon's double; look_at() its url."""
        mock = MockDaemon(self.page, role, **what).start()
        self.addCleanup(mock.stop)
        return mock

    def show(self, role="primary", **what):
        mock = self.mock(role, **what)
        self.look_at(mock.url)
        return mock
