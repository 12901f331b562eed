"""What lego's "exec" provider runs: `present NAME TXT` sets a challenge by the API of acme-dns, as clients of it do, and
`cleanup` leaves it. The first time it makes an account and ends with the alias that its user has to make.

ACME_DNS_API_BASE is where the API is, ACME_DNS_STORAGE_PATH the file that keeps the accounts: {domain: account}.
"""

import json
import os
import pathlib
import sys
import urllib.request


def post(path, fields, body):
    """The answer's JSON; an HTTP error ends the program."""
    request = urllib.request.Request(os.environ["ACME_DNS_API_BASE"] + path, body, fields | {"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return json.load(answer)


def main(action, name, txt):
    storage = pathlib.Path(os.environ["ACME_DNS_STORAGE_PATH"])
    accounts = json.loads(storage.read_text()) if storage.exists() else {}
    if action != "present":
        return
    if name not in accounts:
        accounts[name] = post("/register", {}, b"")
        storage.write_text(json.dumps(accounts))
        sys.exit(f"make this alias, then try again: {name} CNAME {accounts[name]['fulldomain']}.")
    account = accounts[name]
    fields = {"X-Api-User": account["username"], "X-Api-Key": account["password"]}
    answer = post("/update", fields, json.dumps({"subdomain": account["subdomain"], "txt": txt}).encode())
    if answer != {"txt": txt}:
        sys.exit(f"the answer is {answer}")


if __name__ == "__main__":
    main(*sys.argv[1:4])
