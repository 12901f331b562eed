// What may be wrong within RDATA, each with all that is said about it, or what it yields.
#include "faults.hpp"
#include "support/catch.hpp"

#include <string>

using namespace lockstep;
using namespace lockstep::sample;

TEST_CASE("SOA records: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"@ SOA ns h 4294967296 2 3 4 5\n",
         "z:5:12: error: expected a number from 0 to 4294967295, found `4294967296`"},
        {"@ SOA ns h -1 3 2 5 5\n", "z:5:12: error: expected a number from 0 to 4294967295, found `-1`"},
        {"@ SOA ns h 1 2 3 4\n",
         "z:5:19: error: expected a period like 3600 or 1h30m, found the end of the record"},
        {"@ SOA ns h 1 3 2 5 5 6\n", "z:5:22: error: expected the end of the record, found `6`"},
        {"@ SOA ns h 1h 2 3 4 5\n", "z:5:12: error: expected a number from 0 to 4294967295, found `1h`"},
    });
}

TEST_CASE("the generic form: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a TYPE65280 \\# 4 AB\n", "z:5:18: error: 1 octets after a length of 4"},
        {"a TYPE65280 \\# 1 ABC\n", "z:5:18: error: expected an even number of hex digits, found `ABC`"},
        {"a TYPE65280 \\# 1 ABCD\n", "z:5:18: error: 2 octets after a length of 1"},
        {"a TYPE65280 \\# -1 AB\n",
         "z:5:21: error: expected the form \\# LENGTH HEX, as the type has no other, found the end of the record"},
        {"a TYPE65280 \\# 65536 AB\n", "z:5:16: error: expected a number from 0 to 65535, found `65536`"},
        {"a TYPE65280 \\# 1 XY\n", "z:5:18: error: expected an even number of hex digits, found `XY`"},
        {"a TYPE65280 \\#\n",
         "z:5:15: error: expected the form \\# LENGTH HEX, as the type has no other, found the end of the record"},
        {"a TYPE65280 AB\n",
         "z:5:15: error: expected the form \\# LENGTH HEX, as the type has no other, found the end of the record"},
        {"a A \\# 3 C00002\n",
         "z:5:10: error: octets that are no RDATA of type A: ends before all that it announces"},
        {"a A \\# 5 C000020202\n", "z:5:10: error: octets that are no RDATA of type A: octets after the end"},
        {"a NS \\# 2 C00C\n",
         "z:5:11: error: octets that are no RDATA of type NS: compression pointer that does not go strictly backwards, or is not allowed here"},
        {"a TXT \\# 0\n",
         "z:5:10: error: octets that are no RDATA of type TXT: ends before all that it announces"},
    });
}

TEST_CASE("service parameters: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a SVCB 1 . foo=x\n",
         "z:5:12: error: expected a service parameter like alpn=h2 or key667=\"value\", found `foo=x`"},
        {"a SVCB 1 . key65535=x\n", "a.example.com. 300 IN SVCB 1 . key65535=\"x\""},
        {"a SVCB 1 . key65536=x\n",
         "z:5:12: error: expected a service parameter like alpn=h2 or key667=\"value\", found `key65536=x`"},
        {"a SVCB 1 . key667=x\n", "a.example.com. 300 IN SVCB 1 . key667=\"x\""},
        {"a SVCB 1 . port=53 alpn=h2\n", "a.example.com. 300 IN SVCB 1 . alpn=\"h2\" port=53"},
        {"a SVCB 1 . port=53 port=54\n", "z:5:20: error: service parameter port stands twice"},
        {"a SVCB 1 . mandatory=mandatory\n", "z:5:12: error: service parameter mandatory lists itself"},
        {"a SVCB 1 . mandatory=port\n", "z:5:12: error: service parameter port is mandatory and not there"},
        {"a SVCB 1 . mandatory=port,port port=53\n",
         "z:5:12: error: expected a value that mandatory may have, found `mandatory=port,port`"},
        {"a SVCB 1 . mandatory= port=53\n",
         "z:5:12: error: expected a value that mandatory may have, found `mandatory=`"},
        {"a SVCB 1 . port=65536\n", "z:5:12: error: expected a value that port may have, found `port=65536`"},
        {"a SVCB 1 . no-default-alpn\n", "z:5:12: error: service parameter no-default-alpn without alpn"},
        {"a SVCB 0 b alpn=h2\n", "a.example.com. 300 IN SVCB 0 b.example.com. alpn=\"h2\""},
        {"a SVCB \\# 11 0001000008000000080000\n",
         "z:5:14: error: octets that are no RDATA of type SVCB: RDATA that does not fit its type"},
        {"a SVCB \\# 11 0001000009000000080000\n",
         "z:5:14: error: octets that are no RDATA of type SVCB: RDATA that does not fit its type"},
        {"a SVCB \\# 9 000100000000020000\n",
         "z:5:13: error: octets that are no RDATA of type SVCB: RDATA that does not fit its type"},
        {"a SVCB 1 . alpn=\n", "z:5:12: error: expected a value that alpn may have, found `alpn=`"},
        {"a SVCB 1 . key3=x\n",
         "z:5:12: error: a service parameter's value has not the form that its key asks for"},
        {"a SVCB 1 . key0=\\000 alpn=h2\n",
         "z:5:22: error: a service parameter's value has not the form that its key asks for"},
        {"a SVCB 1 . ipv4hint=::1\n",
         "z:5:12: error: expected a value that ipv4hint may have, found `ipv4hint=::1`"},
        {"a SVCB 1 . ech=!\n", "z:5:12: error: expected a value that ech may have, found `ech=!`"},
    });
}

TEST_CASE("APL and LOC: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a APL 1:192.0.2.0/33\n",
         "z:5:7: error: expected an address prefix like 1:192.0.2.0/24 or !2:2001:db8::/32, found `1:192.0.2.0/33`"},
        {"a APL 2:2001:db8::/129\n",
         "z:5:7: error: expected an address prefix like 1:192.0.2.0/24 or !2:2001:db8::/32, found `2:2001:db8::/129`"},
        {"a APL 3:1/2\n",
         "z:5:7: error: expected an address prefix like 1:192.0.2.0/24 or !2:2001:db8::/32, found `3:1/2`"},
        {"a APL 1:192.0.2.0\n",
         "z:5:7: error: expected an address prefix like 1:192.0.2.0/24 or !2:2001:db8::/32, found `1:192.0.2.0`"},
        {"a APL 1:192.0.2.0/-1\n",
         "z:5:7: error: expected an address prefix like 1:192.0.2.0/24 or !2:2001:db8::/32, found `1:192.0.2.0/-1`"},
        {"a LOC 90 0 0.001 N 0 E 0\n", "z:5:18: error: an angle over 90 degrees"},
        {"a LOC 91 N 0 E 0\n", "z:5:7: error: expected a number from 0 to 90, found `91`"},
        {"a LOC 0 N 180 0 0.001 E 0\n", "z:5:23: error: an angle over 180 degrees"},
        {"a LOC 0 60 N 0 E 0\n", "z:5:9: error: expected minutes from 0 to 59, or N or S, found `60`"},
        {"a LOC 0 N 0 E 42849672.96m\n",
         "z:5:15: error: expected an altitude from -100000.00m to 42849672.95m, found `42849672.96m`"},
        {"a LOC 0 N 0 E -100000.01m\n",
         "z:5:15: error: expected an altitude from -100000.00m to 42849672.95m, found `-100000.01m`"},
        {"a LOC 0 N 0 E 0 90000000.01m\n",
         "z:5:17: error: expected a size from 0.00m to 90000000.00m, found `90000000.01m`"},
        {"a LOC 0 N 0 E 99999999999999999999m\n",
         "z:5:15: error: expected an altitude from -100000.00m to 42849672.95m, found `99999999999999999999m`"},
        {"a LOC 0 N 0 E\n",
         "z:5:14: error: expected an altitude from -100000.00m to 42849672.95m, found the end of the record"},
    });
}

TEST_CASE("HIP and IPSECKEY: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a HIP 2 ABC AQID\n",
         "z:5:9: error: expected a host identity tag of 1 to 255 octets in hex, found `ABC`"},
        {"a HIP 2 XY AQID\n",
         "z:5:9: error: expected a host identity tag of 1 to 255 octets in hex, found `XY`"},
        {"a HIP 2 AB A\n", "z:5:12: error: expected a key of 1 to 65535 octets in base64, found `A`"},
        {"a HIP 2 AB\n",
         "z:5:11: error: expected a key of 1 to 65535 octets in base64, found the end of the record"},
        {"a HIP 256 AB AQID\n", "z:5:7: error: expected a number from 0 to 255, found `256`"},
        {"a HIP 2 " + std::string(512, 'A') + " AQID\n",
         "z:5:9: error: expected a host identity tag of 1 to 255 octets in hex, found `AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA…`"},
        {"a HIP \\# 5 0002000101\n",
         "z:5:12: error: octets that are no RDATA of type HIP: RDATA that does not fit its type"},
        {"a HIP \\# 4 FF020001\n",
         "z:5:12: error: octets that are no RDATA of type HIP: ends before all that it announces"},
        {"a IPSECKEY 10 1 2 ::1 AQID\n", "z:5:19: error: expected an IPv4 address, found `::1`"},
        {"a IPSECKEY 10 2 2 192.0.2.1 AQID\n", "z:5:19: error: expected an IPv6 address, found `192.0.2.1`"},
        {"a IPSECKEY 10 4 2 . AQID\n", "z:5:15: error: expected a number from 0 to 3, found `4`"},
        {"a IPSECKEY 256 0 0 .\n", "z:5:12: error: expected a number from 0 to 255, found `256`"},
        {"a IPSECKEY 10 0 2 x AQID\n", "z:5:19: error: expected `.` for no gateway, found `x`"},
        {"a IPSECKEY \\# 4 0A010200\n",
         "z:5:17: error: octets that are no RDATA of type IPSECKEY: ends before all that it announces"},
        {"a IPSECKEY \\# 5 0A04020000\n",
         "z:5:17: error: octets that are no RDATA of type IPSECKEY: RDATA that does not fit its type"},
    });
}

TEST_CASE("strings: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"a TXT " + std::string(255, 'x') + "\n",
         "a.example.com. 300 IN TXT \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\""},
        {"a TXT " + std::string(256, 'x') + "\n",
         "z:5:7: error: a character string of 256 octets, at most 255 fit"},
        {"a TXT\n", "z:5:6: error: expected a character string, found the end of the record"},
        {"a TXT \"\"\n", "a.example.com. 300 IN TXT \"\""},
    });
}

TEST_CASE("NSEC3 and its parameters: each mistake with what is said about it", "[zonefile][faults]") {
    check_faults({
        {"@ NSEC3PARAM 1 0 65535 -\n",
         "z:5:1: error: example.com.: NSEC3 with 65535 iterations, which each negative answer would cost; at most 50 are served: sign the zone with 0 (RFC 9276 §3.1)"},
        {"@ NSEC3PARAM 1 0 65536 -\n", "z:5:18: error: expected a number from 0 to 65535, found `65536`"},
        {"@ NSEC3PARAM 1 0 0 " + std::string(510, 'a') + "\n",
         "example.com. 300 IN NSEC3PARAM 1 0 0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"@ NSEC3PARAM 1 0 0 " + std::string(512, 'a') + "\n",
         "z:5:20: error: expected a salt in hex, up to 255 octets, or `-`, found `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…`"},
        {"@ NSEC3PARAM 1 0 0 abc\n",
         "z:5:20: error: expected a salt in hex, up to 255 octets, or `-`, found `abc`"},
        {"x NSEC3 1 0 0 - 2t7b4g4v A\n", "z:5:26: error: a hash that is not of 20 octets, as SHA-1 makes"},
        {"x NSEC3 1 0 65535 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A\n",
         "x.example.com. 300 IN NSEC3 1 0 65535 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A"},
    });
}
