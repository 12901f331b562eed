"""What a campaign has seen, as text."""

import collections

from cases import beside

RULE = "-" * 78


def figures(campaign):
    rate = campaign.asked / campaign.seconds if campaign.seconds else 0
    print(f"{campaign.asked:,} questions to each of {', '.join(campaign.names)}; {campaign.zones:,} zones in "
          f"{campaign.batches} batches; {campaign.seconds:.0f} s, {rate:,.0f} questions/s")


def refused(campaign):
    print(f"{len(campaign.dropped)} zones left out, since not all servers load them:")
    for (server, why), count in sorted(campaign.refused.items()):
        print(f"  {count:6}  {server}: {why}")
    for seed, origin, reasons in campaign.dropped:
        if "does not say why" in reasons.values():
            print(f"    seed {seed}, {origin}")


def explained(campaign):
    print(f"{sum(campaign.explained.values())} differences that EXPLAINED.md tells of:")
    by_id = collections.defaultdict(list)
    for (name, server), count in sorted(campaign.explained.items()):
        by_id[name].append(f"{server} {count}")
    for name, counts in by_id.items():
        print(f"  {name}: {', '.join(counts)}")


def unexplained(campaign, most, folder=None):
    """Prints the differences that nothing explains, the first of each kind reduced, up to `most` of them."""
    total = sum(count for count, _ in campaign.unexplained.values())
    print(f"{total} differences that nothing explains, of {len(campaign.unexplained)} kinds")
    ordered = sorted(campaign.unexplained.items(), key=lambda item: -item[1][0])
    for number, (signature, (count, cases)) in enumerate(ordered):
        server, aspects, ours, theirs = signature
        print(f"{RULE}\n{count} times: {server} differs in {', '.join(sorted(aspects))}; {ours} here, {theirs} there; "
              f"seeds {', '.join(str(seed) for seed, _ in cases)}")
        if number >= most:
            print(f"question: {cases[0][1].difference.question}\n{beside(cases[0][1].difference)}")
            continue
        reduced = cases[0][1].reduced()
        print(reduced, flush=True)
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number}.txt").write_text(f"seed {cases[0][0]}\n{reduced}\n")
