"""Labels and names that zones and questions are made of: few, so that they meet, and odd ones among them."""

import dns.name

PLAIN = [b"a", b"b", b"c", b"d", b"ns", b"www"]
ODD = [b"\x00", b"a.b", b"a b", b"\xff\xfe", b"a\x00b", b"_sip", b"_tcp", b"**", b"*a", b"@", b"$x", b"\\", b'"', b";", b"(",
       b"xn--a", b"a" * 63, b"-", b"\x7f", b"0"]
STAR = b"*"
LONG = [bytes([letter]) * 63 for letter in b"pqr"] + [b"s" * 61, b"t" * 40]


def label(dice, star=0.15):
    roll = dice.random()
    if roll < star:
        return STAR
    return dice.choice(ODD) if roll > 0.93 else dice.choice(PLAIN)


def below(labels, name):
    """`labels` in front of `name`; None where that is longer than a name can be."""
    try:
        return dns.name.Name(labels).concatenate(name)
    except dns.name.NameTooLong:
        return None


def mixed_case(dice, name):
    """The same name with the case of its letters drawn anew."""
    return dns.name.Name([bytes(o ^ 0x20 if chr(o).isascii() and chr(o).isalpha() and dice.random() < 0.5 else o for o in part)
                          for part in name.labels])


def text(dice, name):
    """The name as a master file may have it: some in mixed case, some with an octet as a number."""
    if dice.random() < 0.1:
        name = mixed_case(dice, name)
    written = name.to_text().replace("\\\\", "\\092")  # which NSD misreads
    if dice.random() < 0.03 and written[0].isalnum():
        written = f"\\{ord(written[0]):03d}{written[1:]}"
    return written
