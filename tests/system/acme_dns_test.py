"""The API of acme-dns: accounts that set TXT records at a name of their own, over HTTP."""

import http.client
import json
import re
import threading
import unittest

from lockstep_test.net import Endpoint
from lockstep_test.pair import ZONE
from lockstep_test.process import wait_until
from lockstep_test.updates import UpdateTest

DOMAIN = f"acme.{ZONE}"
TOKENS = [letter * 43 for letter in "abcdef"]


class Api(UpdateTest):
    def begin(self, secondaries=0, **settings):
        self.acme_dns = {"domain": DOMAIN, **settings}
        configuration = self.primary.configuration
        self.primary.configuration = lambda: {**configuration(), **({"acme_dns": self.acme_dns} if self.acme_dns else {})}
        self.start(secondaries=secondaries)

    def request(self, method, path, body="", headers=()):
        """Status, JSON or text, and the head's fields."""
        at = Endpoint(self.primary.http.address, self.primary.http.port)
        connection = http.client.HTTPConnection(at.address, at.port, timeout=30)
        self.addCleanup(connection.close)
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        text = answer.read().decode()
        is_json = answer.headers["Content-Type"] == "application/json"
        return answer.status, json.loads(text) if is_json else text, answer.headers

    def register(self, **wanted):
        status, account, _ = self.request("POST", "/register", json.dumps(wanted) if wanted else "")
        self.assertEqual(status, 201, account)
        return account

    def update(self, account, txt, **changed):
        """Status and answer. `changed`: username, password or subdomain that are others than the account's."""
        sent = {**account, **changed}
        status, answer, _ = self.request("POST", "/update", json.dumps({"subdomain": sent["subdomain"], "txt": txt}),
                                         {"X-Api-User": sent["username"], "X-Api-Key": sent["password"]})
        return status, answer

    def published(self, account, server=None):
        return self.of(f"{account['subdomain']}.acme", "TXT", server)

    def test_an_account_sets_its_records_and_all_secondaries_serve_them_when_it_is_answered(self):
        self.begin(secondaries=2)
        account = self.register()
        self.assertEqual(set(account), {"username", "password", "fulldomain", "subdomain", "allowfrom"})
        self.assertEqual(account["fulldomain"], f"{account['subdomain']}.{DOMAIN}".rstrip("."))
        self.assertEqual(account["allowfrom"], [])
        for number, token in enumerate(TOKENS):
            self.assertEqual(self.update(account, token), (200, {"txt": token}))
            wanted = {f'"{token}"' for token in TOKENS[max(0, number - 1):number + 1]}
            for server in (self.primary, *self.secondaries):
                self.assertEqual(self.published(account, server), wanted, "the last two")
        self.assertEqual(self.update(account, TOKENS[-1]), (200, {"txt": TOKENS[-1]}), "the same once more")
        self.assertIn(f"acme_dns account {account['username']}", self.primary.log())

    def test_accounts_last_over_restarts_and_their_passwords_are_nowhere(self):
        self.begin()
        account = self.register()
        self.primary.stop()
        self.primary.process.start()
        wait_until("it serves again", lambda: self.primary.serial(ZONE, timeout=0.2))
        self.assertEqual(self.update(account, TOKENS[0])[0], 200)
        for file in self.primary.directory.rglob("*"):
            if file.is_file():
                self.assertNotIn(account["password"].encode(), file.read_bytes(), file)

    def test_wrong_credentials_are_forbidden_and_tell_nothing(self):
        self.begin()
        mine, other = self.register(), self.register()
        for changed in ({"password": "x" * 40}, {"username": "nobody"}, {"username": other["username"]},
                        {"password": other["password"]}, {"password": ""}, {"subdomain": other["subdomain"]}):
            self.assertEqual(self.update(mine, TOKENS[0], **changed), (401, {"error": "forbidden"}), changed)
        self.assertEqual(self.request("POST", "/update", "{}")[:2], (401, {"error": "forbidden"}))
        self.assertEqual(self.published(mine) | self.published(other), set())

    def test_guessing_is_slowed_down(self):
        self.begin()
        account = self.register()
        answers = [self.update(account, TOKENS[0], password=f"{number:040}")[0] for number in range(15)]
        self.assertEqual(answers[:10], [401] * 10)
        self.assertEqual(set(answers[10:]), {429})
        self.assertEqual(self.update(account, TOKENS[0])[0], 200, "who has the password is not kept back")

    def test_an_account_is_kept_within_bounds(self):
        self.begin()
        account = self.register()
        answers = [self.update(account, TOKENS[number % 6])[0] for number in range(30)]
        self.assertEqual(set(answers[:20]), {200})
        self.assertIn(429, answers[20:])

    def test_registrations_are_limited(self):
        self.begin()
        answers = [self.request("POST", "/register") for _ in range(12)]
        self.assertEqual([status for status, _, _ in answers], [201] * 10 + [429] * 2)
        self.assertEqual(answers[-1][2]["Retry-After"], "30")
        self.assertEqual(len(json.loads(self.primary.verb("acme", "list", "--json").stdout)["accounts"]), 10)

    def test_who_may_register_and_from_where_an_account_is_used(self):
        self.begin(register_from=["192.0.2.0/24"])
        self.assertEqual(self.request("POST", "/register")[:2], (401, {"error": "forbidden"}))
        self.acme_dns = {"domain": DOMAIN}
        self.primary.configure()
        self.primary.reload()
        elsewhere = self.register(allowfrom=["192.0.2.0/24", "2001:db8::/32"])
        self.assertEqual(elsewhere["allowfrom"], ["192.0.2.0/24", "2001:db8::/32"])
        self.assertEqual(self.update(elsewhere, TOKENS[0]), (401, {"error": "forbidden"}))
        for field in ("Forwarded", "X-Forwarded-For", "Via"):
            self.assertEqual(self.request("POST", "/register", headers={field: "for=192.0.2.1"})[0], 401, "it may come from anywhere")
        here = self.register(allowfrom=["127.0.0.0/8"])
        self.assertEqual(self.update(here, TOKENS[0])[0], 200)

    def test_bodies_that_mean_nothing_are_refused_in_acme_dns_words(self):
        self.begin()
        account = self.register()
        credentials = {"X-Api-User": account["username"], "X-Api-Key": account["password"]}
        for body, error in (("", "malformed_json_payload"), ("[]", "malformed_json_payload"), ('{"a": {}}', "malformed_json_payload"),
                            ('{"txt": "x"}', "bad_subdomain"), (json.dumps({"subdomain": account["subdomain"]}), "bad_txt"),
                            *((json.dumps({"subdomain": account["subdomain"], "txt": txt}), "bad_txt")
                              for txt in ("", "a" * 42, "a" * 44, "a" * 42 + ".", "a" * 42 + "\n", 43))):
            self.assertEqual(self.request("POST", "/update", body, credentials)[:2], (400, {"error": error}), body)
        for body, error in (("x", "malformed_json_payload"), ('{"allowfrom": "192.0.2.1"}', "invalid_allowfrom_cidr"),
                            ('{"allowfrom": ["192.0.2.1/8"]}', "invalid_allowfrom_cidr"), ('{"allowfrom": [1]}', "invalid_allowfrom_cidr")):
            self.assertEqual(self.request("POST", "/register", body)[:2], (400, {"error": error}), body)
        self.assertEqual(self.request("POST", "/update", "x" * 9000, credentials)[0], 413)
        self.assertEqual(self.serial(), 1)

    def test_methods_and_browsers(self):
        self.begin()
        for path in ("/register", "/update"):
            status, _, fields = self.request("GET", path)
            self.assertEqual((status, fields["Allow"]), (405, "POST"))
        self.assertEqual(self.request("POST", "/api/status")[0], 405)
        status, _, fields = self.request("PUT", "/update")
        self.assertEqual((status, fields["Allow"]), (405, "POST"))
        self.assertEqual(self.request("POST", "/register", headers={"Origin": "http://evil.test"})[0], 403)

    def test_it_is_off_by_default_and_a_reload_turns_it_on_and_off(self):
        self.begin()
        account = self.register()
        self.acme_dns = None
        self.primary.configure()
        self.primary.reload()
        self.assertEqual(self.request("POST", "/update")[0], 405)
        self.assertEqual(self.request("GET", "/register")[0], 404)
        self.acme_dns = {"domain": DOMAIN}
        self.primary.configure()
        self.primary.reload()
        self.assertEqual(self.update(account, TOKENS[0])[0], 200)

    def test_a_revoked_account_is_one_no_longer(self):
        self.begin()
        account = self.register()
        listed = json.loads(self.primary.verb("acme", "list", "--json").stdout)["accounts"]
        self.assertEqual([(row["user"], row["name"]) for row in listed], [(account["username"], f"{account['fulldomain']}.")])
        self.primary.verb("acme", "revoke", account["username"])
        self.assertEqual(self.update(account, TOKENS[0])[0], 401)

    def test_many_at_once_each_get_their_record(self):
        self.begin(secondaries=1)
        accounts = [self.register() for _ in range(8)]
        answers = {}

        def work(number):
            answers[number] = [self.update(accounts[number], token)[0] for token in TOKENS[:3]]
        threads = [threading.Thread(target=work, args=(number,)) for number in range(len(accounts))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, {number: [200] * 3 for number in range(len(accounts))})
        for account in accounts:
            self.assertEqual(self.published(account, self.secondaries[0]), {f'"{token}"' for token in TOKENS[1:3]})

    def test_two_updates_of_one_account_at_once_are_done_one_after_the_other(self):
        self.begin()
        account = self.register()
        answers = []
        threads = [threading.Thread(target=lambda at=token: answers.append(self.update(account, at)[0])) for token in TOKENS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [200] * len(TOKENS))
        self.assertEqual(len(self.published(account)), 2)

    def test_a_domain_that_is_in_no_zone_or_without_http_is_told_with_its_place(self):
        self.begin()
        for change, said in (({"domain": "acme.other.test."}, "is in none of \"zones\""),):
            self.acme_dns = change
            self.primary.configure()
            errors = self.primary.verb("check", expect=1).stderr
            self.assertRegex(errors, re.escape(said))
            self.assertIn("/acme_dns/domain", errors)
        self.acme_dns = {"domain": DOMAIN}
        del self.primary.settings["http"]
        self.primary.configure()
        self.assertIn("acme_dns is spoken over HTTP", self.primary.verb("check", expect=1).stderr)


if __name__ == "__main__":
    unittest.main()
